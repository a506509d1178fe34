import base64
import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields, http
from odoo.tests import common, tagged
from odoo.tools import mute_logger

from odoo.addons.auth_totp.models.totp import TIMESTEP, hotp

from ..models.res_users_gate import FACTOR_URL, PASSKEY_URL, PASSWORD_URL
from .common import BETTER, GOOD, SILENT, LoginCase

# Logs in by hand with an old password, is led to the page, changes it and gets in.
SCRIPT = """
void (async () => {
    const fill = (values) => {
        for (const [name, value] of Object.entries(values)) {
            document.querySelector(`[name=${name}]`).value = value;
        }
    };
    if (!document.querySelector(".o_lottery_duty")) {
        throw new Error(`no page for a new password at ${location.pathname}`);
    }
    fill({ old_password: "%(old)s", new_password: "short", confirm_password: "short" });
    const form = document.querySelector(".o_lottery_duty");
    const page = await (
        await fetch(form.action, { method: "POST", body: new FormData(form) })
    ).text();
    if (!page.includes("o_lottery_duty_error")) {
        throw new Error("a short password was taken");
    }
    fill({ new_password: "%(new)s", confirm_password: "%(new)s" });
    const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
    });
    if (!answer.url.includes("/odoo")) {
        throw new Error(`not let in: ${answer.url}`);
    }
    console.log("test successful");
})();
"""


class DutyCase(LoginCase):
    def _post(self, url, **values):
        return self.url_open(
            url,
            data={"csrf_token": http.Request.csrf_token(self), **values},
            allow_redirects=False,
        )

    def _log_in_here(self, login="t_staff", password=GOOD):
        response = self.log_in(login, password)
        self.session = http.root.session_store.get(self.opener.cookies["session_id"])
        return response

    def _take_session_along(self, prepare=lambda browser: None):
        """Let `browser_js` come with the session of the login form.

        :param prepare: called with the browser before it opens the page
        """
        original, sid = type(self).authenticate, self.session.sid

        def authenticate(case, user, password, *, browser=None, session_extra=None):
            if browser is None:
                return original(case, user, password)
            browser.set_cookie("session_id", sid, "/", common.HOST)
            prepare(browser)
            return case.session

        self.patch(type(self), "authenticate", authenticate)

    def _assert_led_to(self, url):
        for path in ("/odoo", "/report/pdf/base.x/1"):
            response = self.url_open(path, allow_redirects=False)
            self.assertIn(url, response.headers.get("Location", ""), path)
        with mute_logger("odoo.http"):
            result, error = self.call("res.users", "search_count", [])
        self.assertFalse(result)
        self.assertIn("to be done first", error)


@tagged("post_install", "-at_install", "security")
class TestPasswordDuty(DutyCase):
    """PF-SEC-05: after 90 days a new password comes before anything else."""

    def setUp(self):
        super().setUp()
        self.user.password_write_date = fields.Datetime.now() - timedelta(days=91)
        self.env.flush_all()

    def test_page(self):
        self._log_in_here()
        self._assert_led_to(PASSWORD_URL)
        page = self.url_open(PASSWORD_URL + "?redirect=/odoo/action-1")
        self.assertIn("o_lottery_duty", page.text)
        for values, word in (
            ({"old_password": "x", "new_password": BETTER}, "wrong|不正确"),
            ({"old_password": GOOD, "new_password": "Password123!"}, "guess|猜"),
            ({"old_password": GOOD, "new_password": GOOD}, "before|用过"),
        ):
            answer = self._post(
                PASSWORD_URL,
                confirm_password=values["new_password"],
                **values,
            )
            self.assertRegex(self.read_text(answer), word)
        answer = self._post(
            PASSWORD_URL, old_password=GOOD, new_password=BETTER, confirm_password="x"
        )
        self.assertIn("o_lottery_duty_error", answer.text)
        answer = self._post(
            PASSWORD_URL,
            old_password=GOOD,
            new_password=BETTER,
            confirm_password=BETTER,
            redirect="//evil.example",
        )
        self.assertTrue(answer.headers["Location"].endswith("/odoo"))
        self.assertTrue(self.is_logged_in(), "the session goes on")
        self.assertTrue(
            self.env["lottery.journal"].search(
                [("event", "=", "user.password_changed")]
            )
        )
        self.log_in("t_staff", BETTER)
        self.assertTrue(self.is_logged_in())

    def test_public_pages_do_not_know_the_user(self):
        """Not even a public route works for who has something to do first."""
        attachment = self.env["ir.attachment"].create(
            {
                "name": "a.txt",
                "raw": b"staff only",
                "res_model": "lottery.branch",
                "res_id": self.north.id,
            }
        )
        self._log_in_here()
        response = self.url_open(f"/web/content/{attachment.id}")
        self.assertEqual(response.status_code, 404)
        self.user.password_write_date = fields.Datetime.now()
        self.env.flush_all()
        response = self.url_open(f"/web/content/{attachment.id}")
        self.assertEqual(response.text, "staff only")

    def test_given_password(self):
        """What an administrator chose is changed at the first login."""
        self.user.write({"password": BETTER, "must_change_password": True})
        self.env.flush_all()
        self._log_in_here(password=BETTER)
        self._assert_led_to(PASSWORD_URL)

    def test_browser(self):
        self.user.lang = "zh_CN"
        self.env.flush_all()
        self._log_in_here()
        self._take_session_along()
        self.browser_js(
            "/odoo",
            SCRIPT % {"old": GOOD, "new": BETTER},
            ready="!!document.querySelector('.o_lottery_duty')",
        )
        self.env.invalidate_all()
        self.assertFalse(self.user._get_login_gate().is_password_over(time.time()))


@tagged("post_install", "-at_install", "security")
class TestFactorDuty(DutyCase):
    """PF-SEC-05: a second factor where the group wants one."""

    def setUp(self):
        super().setUp()
        self.rule.factor_required = True
        self.env.flush_all()

    def _get_code(self, ahead=0):
        session = http.root.session_store.get(self.opener.cookies["session_id"])
        key = base64.b32decode(session["lottery_totp_secret"])
        return f"{hotp(key, int(time.time() / TIMESTEP) + ahead):06d}"

    @mute_logger(*SILENT)
    def test_set_up_and_log_in(self):
        self._log_in_here()
        self._assert_led_to(FACTOR_URL)
        page = self.url_open(FACTOR_URL)
        self.assertIn("data:image/png;base64,", page.text)
        code = self._get_code()
        for values in (
            {"code": "12", "password": GOOD},
            {"code": code, "password": "wrong"},
            {"code": f"{(int(code) + 1) % 10**6:06d}", "password": GOOD},
        ):
            answer = self._post(FACTOR_URL, **values)
            self.assertIn("o_lottery_duty_error", answer.text)
        secret = http.root.session_store.get(self.opener.cookies["session_id"])[
            "lottery_totp_secret"
        ]
        self._post(FACTOR_URL, code=code, password=GOOD)
        self.env.invalidate_all()
        self.assertTrue(self.user.totp_enabled)
        self.assertTrue(self.is_logged_in())
        self.forget_log()
        self._log_in_here()
        self.assertFalse(self.is_logged_in(), "the password alone is half")
        key = base64.b32decode(secret)
        token = hotp(key, int(time.time() / TIMESTEP) + 1)
        self._post("/web/login/totp", totp_token="000000")
        self._post("/web/login/totp", totp_token=f"{token:06d}")
        self.assertTrue(self.is_logged_in())
        self.assertEqual(
            self.read_log().mapped(lambda e: (e.kind, e.result)),
            [("web", "half"), ("totp", "failed"), ("totp", "ok")],
        )

    def test_passkey_is_no_way_around_the_password(self):
        """PF-SEC-05: neither a stolen session nor made-up answers bind a passkey."""
        self._log_in_here()
        with mute_logger(*SILENT):
            answer, _error = self.post_json(PASSKEY_URL, {"password": "wrong"})
        self.assertEqual(list(answer), ["fault"])
        answer, _error = self.post_json(PASSKEY_URL, {"password": GOOD})
        self.assertEqual(answer["options"]["user"]["name"], "t_staff")
        for made_up in ("x", "{}", "[1]", '{"id": "x", "rawId": "x", "type": "y"}'):
            answer = self._post(FACTOR_URL, passkey=made_up, password=GOOD)
            self.assertIn("o_lottery_duty_error", answer.text)
        with mute_logger(*SILENT):
            answer = self._post(FACTOR_URL, passkey=made_up, password="wrong")
        self.assertRegex(self.read_text(answer), "password is wrong|密码")
        self.env.invalidate_all()
        self.assertFalse(self.user.has_second_factor)
        self._assert_led_to(FACTOR_URL)

    def test_passkey_is_for_staff(self):
        self._create_user("t_owner", self.north, "base.group_portal")
        self.authenticate("t_owner", "t_owner-Passw0rd!")
        with mute_logger("odoo.http"):
            self.assertFalse(self.post_json(PASSKEY_URL, {"password": GOOD})[0])

    @mute_logger(*SILENT)
    def test_programs_need_a_key(self):
        key = (
            self.env["res.users.apikeys"]
            .with_user(self.user)
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(days=1))
        )
        self.assertFalse(self.ask_xmlrpc("t_staff", GOOD))
        self.assertEqual(self.ask_xmlrpc("t_staff", key), self.user.id)
        self.assertEqual(self.post_json2(key).status_code, 200)
        self.call_xmlrpc(self.user.id, key)

    @mute_logger(*SILENT)
    def test_password_beside_a_passkey(self):
        """A passkey is the factor; a password without it is not let in."""
        self.env["auth.passkey.key"].sudo().create(
            {
                "name": "key",
                "credential_identifier": "x",
                "create_uid": self.user.id,
            }
        )
        self.env.cr.execute(
            "UPDATE auth_passkey_key SET create_uid = %s", [self.user.id]
        )
        self.registry.clear_cache()
        self.env.invalidate_all()
        response = self.log_in("t_staff", GOOD)
        self.assertIn("alert-danger", response.text)
        self.assertFalse(self.is_logged_in())

    def test_other_groups_are_left_alone(self):
        self.log_in("t_chief", GOOD)
        self.env["lottery.login.group"].search([]).write({"factor_required": False})
        self.env.flush_all()
        self.assertTrue(self.is_logged_in())


# Makes a passkey on the page, is let in, and comes back with nothing but the passkey.
PASSKEY_SCRIPT = """
void (async () => {
    const form = document.querySelector(".o_lottery_duty");
    const inside = (answer, what) => {
        if (!answer.url.endsWith("/odoo")) {
            throw new Error(`${what}: ${answer.url}`);
        }
    };
    // the page would be gone with the script
    form.submit = async () => {
        const send = { method: "POST", body: new FormData(form) };
        inside(await fetch(form.action, send), "the passkey was not taken");
        await fetch("/web/session/logout");
        const page = await (await fetch("/web/login")).text();
        const login = new DOMParser()
            .parseFromString(page, "text/html")
            .querySelector("form.oe_login_form");
        const start = await fetch("/auth/passkey/start-auth", {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ jsonrpc: "2.0", params: {} }),
        });
        const passkeys = odoo.loader.modules.get("@auth_passkey/../lib/simplewebauthn");
        const proof = await passkeys.startAuthentication((await start.json()).result);
        const body = new FormData(login);
        body.set("type", "webauthn");
        body.set("webauthn_response", JSON.stringify(proof));
        inside(
            await fetch("/web/login", { method: "POST", body }),
            "the passkey does not open the door"
        );
        console.log("test successful");
    };
    form.elements.password.value = "%(password)s";
    document.querySelector(".o_lottery_duty_passkey button").click();
})();
"""


@tagged("post_install", "-at_install", "security")
class TestPasskeyDuty(DutyCase):
    """PF-SEC-05: the second factor may be a passkey, made where one is demanded."""

    def test_browser(self):
        """With an authenticator that Chromium plays; passkeys need a name, no number."""
        self.patch(common.ChromeBrowser, "set_cookie", self._set_cookie)
        address = f"http://localhost:{self.http_port()}"
        self.env["ir.config_parameter"].set_param("web.base.url", address)
        self.rule.factor_required = True
        self.user.lang = "zh_CN"
        self.env.flush_all()
        self._log_in_here()
        self._take_session_along(self._plug_in)
        with patch.object(common, "HOST", "localhost"):
            self.browser_js(
                FACTOR_URL,
                PASSKEY_SCRIPT % {"password": GOOD},
                ready="!!document.querySelector('.o_lottery_duty_passkey:not(.d-none)')",
            )
        self.env.invalidate_all()
        self.assertEqual(len(self.user.auth_passkey_key_ids), 1)
        self.assertRegex(self.user.auth_passkey_key_ids.name, "^Chrome")
        self.assertTrue(self.user.has_second_factor)
        event = self.env["lottery.journal"].search(
            [("event", "=", "user.factor_set_up")], limit=1
        )
        self.assertEqual(
            (event.res_id, '"passkey"' in event.body), (self.user.id, True)
        )
        logins = self.read_log().filtered(lambda entry: entry.result != "logout")
        self.assertEqual(
            logins.mapped(lambda e: (e.kind, e.result)),
            [("web", "ok"), ("passkey", "ok")],
        )
        self._log_in_here()
        self.assertFalse(self.is_logged_in(), "the password alone is not enough")

    @staticmethod
    def _set_cookie(browser, name, value, path, domain):
        """By address: Chromium takes none for a domain without a dot."""
        cookie = {"name": name, "value": value, "url": f"http://{domain}{path}"}
        browser._websocket_request("Network.setCookie", params=cookie)

    def _plug_in(self, browser):
        browser._websocket_request("WebAuthn.enable")
        browser._websocket_request(
            "WebAuthn.addVirtualAuthenticator",
            params={
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )


@tagged("post_install", "-at_install", "security")
class TestFactorReset(DutyCase):
    """PF-SEC-05: who lost the phone comes in again by an administrator of the unit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        role = cls.env.ref("lottery_base.res_users_role_order_desk")
        cls.user.role_line_ids = [fields.Command.create({"role_id": role.id})]
        cls.boss = cls._create_user("t_boss", cls.north, "branch_admin", password=GOOD)
        cls.rule.factor_required = True

    def setUp(self):
        super().setUp()
        self.user.sudo().totp_secret = base64.b32encode(b"x" * 20).decode()
        self.env.flush_all()
        self.registry.clear_cache()

    def test_reset(self):
        users = self.env["res.users"].with_user(self.boss)
        lacking = [("has_second_factor", "=", False), ("id", "=", self.user.id)]
        self.assertFalse(users.search(lacking))
        token = self.user._compute_session_token("sid")
        self.authenticate("t_boss", GOOD)
        self.call("res.users", "action_reset_factor", self.user.ids)
        self.env.invalidate_all()
        self.assertEqual(users.search(lacking), self.user)
        self.assertNotEqual(self.user._compute_session_token("sid"), token)
        events = self.env["lottery.journal"].search(
            [("event", "=", "user.factor_reset")]
        )
        self.assertEqual((events.user_id, events.res_id), (self.boss, self.user.id))
        self._log_in_here()
        self._assert_led_to(FACTOR_URL)

    @mute_logger(*SILENT)
    def test_strangers_have_no_say(self):
        for unit, role in ((self.south, "branch_admin"), (self.north, "branch_head")):
            login = f"t_{role}"
            self._create_user(login, unit, role, password=GOOD)
            self.authenticate(login, GOOD)
            error = self.call("res.users", "action_reset_factor", self.user.ids)[1]
            self.assertTrue(error)
        self.authenticate("t_boss", GOOD)
        own = self.call("res.users", "action_reset_factor", self.boss.ids)[1]
        self.assertRegex(own, "your preferences|首选项|偏好")
        self.env.invalidate_all()
        self.assertTrue(self.user.totp_enabled)
