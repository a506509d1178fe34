import os
from datetime import timedelta
from unittest.mock import patch
from xmlrpc.client import Fault

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from .common import GOOD, SILENT, LoginCase

PROXY = {"X-Forwarded-Host": "example.com"}


@tagged("post_install", "-at_install", "security")
class TestAddresses(LoginCase):
    """PF-SEC-05: back office and RPC from listed addresses only."""

    def _limit(self, networks="203.0.113.0/24, 198.51.100.7"):
        self.rule.networks = networks
        self.env.flush_all()

    @mute_logger(*SILENT)
    def test_login_page(self):
        self._limit("127.0.0.0/8")
        self.log_in("t_staff", GOOD)
        self.assertTrue(self.is_logged_in())
        self._limit()
        response = self.log_in("t_staff", GOOD)
        right = self.read_text(response)
        wrong = self.read_text(self.log_in("t_staff", "wrong"))
        self.assertFalse(self.is_logged_in())
        start = right.index("alert-danger")
        alert = right[start : right.index("</p>", start)]
        self.assertIn(alert, wrong, "a right password must not show")
        self.assertIn("refused", self.read_log().mapped("result"))
        self._create_user("t_other", self.north, "specialist", password=GOOD)
        self.log_in("t_other", GOOD)
        self.assertTrue(self.is_logged_in(), "of another group")

    @mute_logger(*SILENT)
    def test_session_that_moves(self):
        """A session that turns up at a foreign address is over, on any page."""
        for path in ("/odoo", f"/web/image/res.users/{self.user.id}/avatar_128"):
            self._limit("")
            self.log_in("t_staff", GOOD)
            self.assertTrue(self.is_logged_in())
            self._limit()
            self.forget_log()
            self.url_open(path, allow_redirects=False)
            self.assertEqual(
                set(self.read_log().mapped("result")), {"refused", "logout"}
            )
            self._limit("")
            self.assertFalse(self.is_logged_in())

    @mute_logger(*SILENT)
    def test_programs(self):
        key = (
            self.env["res.users.apikeys"]
            .with_user(self.user)
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(days=1))
        )
        self.call_xmlrpc(self.user.id, GOOD)
        self._limit()
        self.assertFalse(self.ask_xmlrpc("t_staff", GOOD))
        for secret in (GOOD, key):
            with self.assertRaises(Fault):
                self.call_xmlrpc(self.user.id, secret)
        self.assertIn(self.post_json2(key).status_code, (401, 403))
        results = self.read_log().mapped(lambda e: (e.kind, e.result))
        self.assertLessEqual({("rpc", "refused"), ("apikey", "refused")}, set(results))

    def test_portal_and_public_site_stay_open(self):
        self.env["lottery.login.group"].create(
            {
                "group_id": self.env.ref("base.group_user").id,
                "networks": "203.0.113.0/24",
            }
        )
        self._create_user("t_owner", self.north, "base.group_portal")
        self.authenticate("t_owner", "t_owner-Passw0rd!")
        self.assertEqual(self.url_open("/my").status_code, 200)
        self.authenticate(None, None)
        self.assertEqual(self.url_open("/web/login").status_code, 200)
        self.assertEqual(self.url_open("/owner/login").status_code, 200)

    @mute_logger(*SILENT)
    def test_forwarded_address(self):
        """Only what the trusted proxy itself wrote counts: the last one."""
        self._limit()
        listed, foreign = "203.0.113.9", "192.0.2.1"

        def enter(forwarded, proxy_mode=True, trusted="127.0.0.1/32"):
            headers = PROXY | {"X-Forwarded-For": forwarded}
            with (
                patch.dict(config.options, {"proxy_mode": proxy_mode}),
                patch.dict(os.environ, {"LOTTERY_TRUSTED_PROXIES": trusted}),
            ):
                return self.log_in("t_staff", GOOD, **headers).status_code == 303

        self.assertTrue(enter(listed))
        self.assertFalse(enter(foreign))
        self.assertFalse(enter(f"{listed}, {foreign}"), "spoofed before the proxy's")
        self.assertTrue(enter(f"{foreign}, {listed}"))
        self.assertFalse(enter(listed, proxy_mode=False))
        self.assertFalse(enter(listed, trusted="10.0.0.0/8"), "the peer is no proxy")
        self.assertIn("192.0.2.1", self.read_log().mapped("address"))

    def test_administrator_does_not_lock_himself_out(self):
        group = self.env.ref("lottery_base.group_admin")
        rule = self.env["lottery.login.group"].search([("group_id", "=", group.id)])
        self.authenticate("t_chief", GOOD)

        def save(networks):
            return self.call(
                "lottery.login.group",
                "web_save",
                rule.ids,
                {"networks": networks},
                specification={},
            )[1]

        with mute_logger(*SILENT):
            self.assertIn("127.0.0.1", save("203.0.113.0/24"))
        self.assertFalse(save("203.0.113.0/24\n127.0.0.1"))
        self.assertTrue(self.is_logged_in())

    def test_nonsense_is_refused(self):
        for networks in ("everybody", "10.0.0.1/8", "10.0.0.0/99"):
            with self.subTest(networks), self.assertRaises(ValidationError):
                self._limit(networks)
