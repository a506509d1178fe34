import doctest
import json
import os
import re
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from odoo.exceptions import AccessDenied
from odoo.tests import HttpCase, tagged
from odoo.tools import config, mute_logger

from odoo.addons.lottery_message.engine import code as codes
from odoo.addons.lottery_message.engine import proof as proofs
from odoo.addons.lottery_message.tests.common import (
    ENVIRONMENT,
    forget_messages,
    solve,
)

from ..engine import local_path
from .common import PHONE, TEST_KEY, OutletCase

UNKNOWN = PHONE % 999
# Types a short number, then the right one, then the code that the test's server drew.
BROWSER_SCRIPT = """
void (async () => {
    const el = (name) => document.querySelector(name);
    const until = async (test) => {
        while (!test()) {
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    };
    const type = (name, text) => {
        el(name).value = text;
        el(name).dispatchEvent(new Event("input"));
    };
    const fetch = window.fetch;
    window.fetch = async (url, options) => {
        const response = await fetch(url, options);
        if (url === "/owner/login/verify") {
            const { result } = await response.clone().json();
            if (result.ok && result.redirect === "/my/outlet") {
                console.log("test successful");
            }
        }
        return response;
    };
    type(".js_phone", "1540000080");
    el(".js_send").click();
    await until(() => el(".js_phone_error").textContent);
    type(".js_phone", "15400000801");
    if (el(".js_phone").value !== "154 0000 0801" || el(".js_phone_error").textContent) {
        throw new Error(`not grouped: ${el(".js_phone").value}`);
    }
    el(".js_send").click();
    await until(() => !el(".js_code_form").hidden);
    if (!el(".js_resend").disabled) {
        throw new Error("sending again must wait");
    }
    type(".js_code", "246810");
})();
"""


@tagged("post_install", "-at_install")
class TestOwnerLogin(OutletCase, HttpCase):
    """IT-POR-01, PF-OTP-01: owners log in by phone and one-time code."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.dict(os.environ, {**ENVIRONMENT, "LOTTERY_IDENTITY_KEY": TEST_KEY})
        )
        otp_class = cls.registry["lottery.otp"]
        cls.startClassPatcher(patch.object(otp_class, "_wait_until"))
        forget_messages(cls.env)
        cls.ahead = timedelta()
        real = otp_class._get_now
        cls.startClassPatcher(
            patch.object(otp_class, "_get_now", lambda model: real(model) + cls.ahead)
        )
        cls.outlet = cls._create_outlet(801)
        cls.phone = cls.outlet.owner_phone
        cls.user = cls.outlet.user_id

    def setUp(self):
        super().setUp()
        type(self).ahead = timedelta()
        self.registry.__dict__.pop("_login_failures", None)

    # === DOORS === #

    def _call(self, url, **params):
        body = {"jsonrpc": "2.0", "method": "call", "params": params, "id": 1}
        response = self.url_open(
            url, data=json.dumps(body), headers={"Content-Type": "application/json"}
        )
        return response.json()["result"]

    def _ask(self, phone=None, **params):
        if "proof" not in params:
            params["proof"] = solve(proofs.make_challenge(100))
        return self._call("/owner/login/code", phone=phone or self.phone, **params)

    def _verify(self, challenge, code, phone=None, **params):
        return self._call(
            "/owner/login/verify",
            phone=phone or self.phone,
            challenge=challenge,
            code=code,
            **params,
        )

    def _get_code(self, challenge):
        otp = self.env["lottery.otp"].search([("challenge", "=", challenge)])
        return re.search(r"\d{6}", otp.message_id._open_body())[0]

    def _get_wrong(self, challenge):
        return f"{(int(self._get_code(challenge)) + 1) % 10**6:06d}"

    def _log_in(self, phone=None, **params):
        challenge = self._ask(phone)["challenge"]
        return self._verify(challenge, self._get_code(challenge), phone, **params)

    def _get_uid(self):
        body = {"jsonrpc": "2.0", "method": "call", "params": {}, "id": 1}
        response = self.url_open(
            "/web/session/get_session_info",
            data=json.dumps(body),
            headers={"Content-Type": "application/json"},
        ).json()
        return response.get("result", {}).get("uid")

    # === THE WAY IN === #

    def test_owner_logs_in(self):
        page = self.url_open("/owner/login?redirect=/my/outlet")
        self.assertEqual(page.status_code, 200)
        self.assertIn('data-redirect="/my/outlet"', page.text)
        answer = self._ask("154 0000-0801")
        self.assertEqual((answer["ok"], answer["hint"]), (True, "154****0801"))
        code = self._get_code(answer["challenge"])
        before = self.opener.cookies.get("session_id")
        result = self._verify(answer["challenge"], code, redirect="/my/outlet")
        self.assertEqual(result, {"ok": True, "redirect": "/my/outlet"})
        self.assertEqual(self._get_uid(), self.user.id)
        self.assertNotEqual(before, self.opener.cookies.get("session_id"))
        self.assertIn(self.outlet.name, self.url_open("/my/outlet").text)

    def test_page_is_light_and_closed(self):
        """PF-SEC: no foreign origin, no frame, nothing kept by caches."""
        page = self.url_open("/owner/login")
        self.assertIn("frame-ancestors 'none'", page.headers["Content-Security-Policy"])
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        weight = len(page.content)
        assets = re.findall(r'(?:href|src)="(/web/assets/[^"]+)"', page.text)
        self.assertEqual(len(assets), 2)
        for path in assets:
            asset = self.url_open(path)
            self.assertEqual(asset.status_code, 200, path)
            weight += len(asset.content)
        self.assertLess(weight, 60_000)
        self.assertTrue(page.text.lstrip().startswith("<!DOCTYPE html>"))
        self.assertNotRegex(page.text, r"<script(?![^>]*src=)|\son\w+=|<style|style=")

    def test_browser_solves_and_asks(self):
        """The page as a phone runs it: puzzle in a worker, number, code, inside."""
        with patch.object(codes, "draw_code", return_value="246810"):
            self.browser_js(
                "/owner/login?redirect=/my/outlet",
                BROWSER_SCRIPT,
                ready="document.readyState === 'complete'",
            )

    def test_right_code_once(self):
        challenge = self._ask()["challenge"]
        code = self._get_code(challenge)
        self.assertTrue(self._verify(challenge, code)["ok"])
        self.opener.cookies.clear()
        self.assertFalse(self._verify(challenge, code)["ok"])
        self.assertFalse(self._get_uid())

    def test_wrong_codes_count_down(self):
        challenge = self._ask()["challenge"]
        wrong = self._get_wrong(challenge)
        left = [self._verify(challenge, wrong)["tries_left"] for _i in range(5)]
        self.assertEqual(left, [4, 3, 2, 1, 0])
        self.assertFalse(self._verify(challenge, self._get_code(challenge))["ok"])
        self.assertFalse(self._get_uid())

    def test_wrong_codes_do_not_lock_the_network(self):
        """Shops share addresses: core's counter per process would shut all of them."""
        challenge = self._ask()["challenge"]
        for _i in range(5):
            self._verify(challenge, self._get_wrong(challenge))
        type(self).ahead = timedelta(seconds=61)
        self.assertTrue(self._log_in()["ok"])

    def test_code_runs_out(self):
        challenge = self._ask()["challenge"]
        type(self).ahead = timedelta(minutes=5, seconds=1)
        result = self._verify(challenge, self._get_code(challenge))
        self.assertEqual((result["ok"], result["tries_left"]), (False, 0))

    def test_code_of_another_phone_or_purpose(self):
        other = self._create_outlet(802)
        mine = self._ask()["challenge"]
        theirs = self._ask(other.owner_phone)["challenge"]
        self.assertFalse(self._verify(theirs, self._get_code(mine))["ok"])
        self.assertFalse(
            self._verify(mine, self._get_code(mine), other.owner_phone)["ok"]
        )
        confirm = self.env["lottery.otp"]._request_code(
            PHONE % 803,
            "confirm",
            address="192.0.2.1",
            device=None,
            proof=solve(proofs.make_challenge(100)),
        )
        self.assertFalse(
            self._verify(confirm, self._get_code(confirm), PHONE % 803)["ok"]
        )
        self.assertFalse(self._get_uid())

    # === WHO IS KNOWN === #

    def test_strangers_get_the_same_answers(self):
        """IT-POR-01: one neutral answer for unknown phones and closed outlets."""
        closed = self._create_outlet(804)
        closed.action_close("退出")
        suspended_owner = closed.owner_phone
        answers = []
        for phone in (self.phone, UNKNOWN, suspended_owner):
            first = self._ask(phone)
            again = self._ask(phone)
            wrong = self._verify(first["challenge"], "000000", phone)
            answers.append(
                (
                    sorted(first),
                    first["ok"],
                    first["wait"],
                    len(first["challenge"]),
                    again["code"],
                    again["message"].replace("59", "60"),
                    wrong["ok"],
                    wrong["message"],
                    wrong["tries_left"],
                )
            )
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(answers[0], answers[2])
        sent = self.env["lottery.otp"].search([]).filtered("message_id")
        self.assertEqual(len(sent), 1)

    def test_closed_between_code_and_log_in(self):
        challenge = self._ask()["challenge"]
        code = self._get_code(challenge)
        self.outlet.action_close("退出")
        self.assertFalse(self._verify(challenge, code)["ok"])
        self.assertFalse(self._get_uid())

    def test_staff_does_not_log_in_by_phone(self):
        """A code must not be a way around passwords and second factors."""
        self.desk.login = PHONE % 805
        self.assertFalse(self.env["res.users"]._find_owner_user(PHONE % 805))
        challenge = self.env["lottery.otp"]._request_code(
            PHONE % 805,
            "login",
            address="192.0.2.1",
            device=None,
            proof=solve(proofs.make_challenge(100)),
        )
        code = self._get_code(challenge)
        self.assertFalse(self._verify(challenge, code, PHONE % 805)["ok"])
        self.assertFalse(self._get_uid())

    def test_other_doors_know_no_codes(self):
        """No password, no half credential opens an owner's account."""
        users = self.env["res.users"]
        for credential in (
            {"type": "otp", "login": self.phone},
            {"type": "otp", "login": self.phone, "proved": True},
            {"type": "otp", "login": self.phone, "code": "123456", "challenge": "x"},
            {"type": "password", "login": self.phone, "password": ""},
            {"type": "password", "login": self.phone, "password": "123456"},
        ):
            with self.subTest(credential=credential), self.assertRaises(AccessDenied):
                users.authenticate(credential, {"interactive": True})
        owner = users.with_user(self.user).env.user
        for mark in (True, "1", None):
            with self.assertRaises(AccessDenied):
                owner._check_credentials({"type": "otp", "proved": mark}, {})
        page = self.url_open("/web/login")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        for extra in ({"type": "otp"}, {"type": "otp", "proved": "1"}):
            self.url_open(
                "/web/login",
                data={
                    "login": self.phone,
                    "password": "x",
                    "csrf_token": token,
                    **extra,
                },
            )
            self.assertFalse(self._get_uid())

    # === FLOODING === #

    def test_flooding_is_refused(self):
        """PF-OTP-01: per device 5/h, per address 10/h, seen from outside."""
        self.url_open("/owner/login")
        codes = [self._ask(PHONE % (810 + n)).get("code") for n in range(6)]
        self.assertEqual(codes, [None] * 5 + ["device"])
        for _round in range(2):
            self.opener.cookies.clear()
            self.url_open("/owner/login")
            for _number in range(3):
                codes.append(self._ask(PHONE % (820 + len(codes))).get("code"))
        self.assertEqual(codes[6:], [None] * 3 + [None] * 2 + ["address"])
        self.assertEqual(self.env["lottery.otp"].search_count([]), 10)

    def test_address_is_the_proxys_word(self):
        """PF-OTP-01: limits by address don't move with a header of the client's own."""
        spoofed = {
            "X-Forwarded-For": "198.51.100.77",
            "X-Forwarded-Host": "example.com",
        }
        self.opener.headers.update(spoofed)
        challenges = []
        for number, trusted in ((830, "10.0.0.0/8"), (831, "127.0.0.1/32")):
            with (
                patch.dict(config.options, {"proxy_mode": True}),
                patch.dict(os.environ, {"LOTTERY_TRUSTED_PROXIES": trusted}),
            ):
                challenges.append(self._ask(PHONE % number)["challenge"])
        codes = self.env["lottery.otp"].search([("challenge", "in", challenges)])
        self.assertEqual(
            codes.sorted("id").mapped("address"), ["127.0.0.1", "198.51.100.77"]
        )

    def test_replayed_and_missing_proof(self):
        proof = solve(proofs.make_challenge(100))
        self.assertTrue(self._ask(proof=proof)["ok"])
        self.assertEqual(self._ask(UNKNOWN, proof=proof)["code"], "replayed_proof")
        for bad in (None, "", "x", {"a": 1}, 7):
            self.assertEqual(self._ask(UNKNOWN, proof=bad)["code"], "bad_proof")

    def test_bad_phones(self):
        for phone in ("", "12345", "+12025550100", None, ["x"], "x" * 5000):
            answer = self._call(
                "/owner/login/code",
                phone=phone,
                proof=solve(proofs.make_challenge(100)),
            )
            self.assertEqual(answer["code"], "bad_phone")

    def test_forms_of_other_sites_can_not_call(self):
        """Log-in CSRF: a plain form post is no call."""
        for url in ("/owner/login/code", "/owner/login/verify"):
            response = self.url_open(url, data={"phone": self.phone})
            self.assertGreaterEqual(response.status_code, 400)

    # === WHERE TO === #

    def test_redirect_stays_on_this_site(self):
        for evil in (
            "//evil.example/x",
            "https://evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "javascript:alert(1)",
            "/%0d%0aX: y\r\n",
            ["/x"],
        ):
            type(self).ahead += timedelta(hours=2)
            with self.subTest(evil=evil):
                self.opener.cookies.clear()
                self.assertEqual(self._log_in(redirect=evil)["redirect"], "/my")
        page = self.url_open("/owner/login?redirect=//evil.example")
        self.assertNotIn("evil.example", page.url)

    def test_local_path_doctest(self):
        self.assertFalse(doctest.testmod(local_path).failed)

    def test_owner_of_several_chooses(self):
        second = self._create_outlet(806, owner=self.outlet.owner_id)
        stranger = self._create_outlet(807)
        result = self._log_in(redirect="/my/outlet")
        parts = urlsplit(result["redirect"])
        self.assertEqual(parts.path, "/owner/outlet")
        self.assertEqual(parse_qs(parts.query), {"redirect": ["/my/outlet"]})
        page = self.url_open(result["redirect"])
        self.assertIn(second.name, page.text)
        self.assertNotIn(stranger.name, page.text)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        form = {"csrf_token": token, "redirect": "/my/outlet"}
        refused = self.url_open(
            "/owner/outlet/use", data={**form, "outlet_id": stranger.id}
        )
        self.assertEqual(urlsplit(refused.url).path, "/owner/outlet")
        chosen = self.url_open(
            "/owner/outlet/use", data={**form, "outlet_id": second.id}
        )
        self.assertEqual(urlsplit(chosen.url).path, "/my/outlet")
        self.assertIn(second.name, chosen.text)
        for bad in ("", "x", "9" * 30, "-1", stranger.id):
            self.url_open("/owner/outlet/use", data={**form, "outlet_id": bad})
        self.assertIn(second.name, self.url_open("/my/outlet").text)

    def test_choice_needs_csrf_token(self):
        self._create_outlet(808, owner=self.outlet.owner_id)
        self._log_in()
        response = self.url_open(
            "/owner/outlet/use", data={"outlet_id": self.outlet.id, "redirect": "/my"}
        )
        self.assertEqual(response.status_code, 400)

    def test_log_out(self):
        self._log_in()
        page = self.url_open("/owner/logout")
        self.assertEqual(self._get_uid(), self.user.id, "asking is not leaving")
        self.assertEqual(self.url_open("/owner/logout", data={"x": 1}).status_code, 400)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        left = self.url_open("/owner/logout", data={"csrf_token": token})
        self.assertEqual(urlsplit(left.url).path, "/owner/login")
        self.assertFalse(self._get_uid())

    def test_logged_in_owner_goes_on(self):
        self._log_in()
        page = self.url_open("/owner/login?redirect=/my/outlet")
        self.assertEqual(urlsplit(page.url).path, "/my/outlet")

    @mute_logger("odoo.addons.lottery_message.models.lottery_otp_refusal")
    def test_missing_keys_are_said_to_the_operator_only(self):
        proof = solve(proofs.make_challenge(100))
        with patch.dict(os.environ, {"LOTTERY_OTP_PEPPER": ""}):
            answer = self._ask(proof=proof)
            denial = self._verify("0" * 32, "123456")
        self.assertEqual((answer["ok"], answer["code"]), (False, "setup"))
        self.assertEqual(answer["message"], denial["message"])
        self.assertNotIn("PEPPER", answer["message"])
