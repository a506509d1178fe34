from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import WebClientDoor
from .test_people import RULES, PeopleFixture


@tagged("post_install", "-at_install")
class TestPeopleDoors(PeopleFixture, WebClientDoor, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_people()

    def _log_in(self, login, password):
        self.authenticate(None, None)
        page = html.fromstring(self.url_open("/web/login").content)
        (token,) = page.xpath("//input[@name='csrf_token']/@value")[:1]
        return self.url_open(
            "/web/login",
            data={"login": login, "password": password, "csrf_token": token},
        )

    def test_web_client_saves(self):
        """PF-USR-01: what the staff form sends over HTTP; a sibling's is refused."""
        self.authenticate("t_north_boss", "t_north_boss-Passw0rd!")
        specification = {"mobile": {}, "staff_role_ids": {"fields": {"name": {}}}}
        rows = self._call(
            "res.users",
            "web_save",
            self.clerk.ids,
            {"mobile": "154 0000 0003"},
            specification=specification,
        )
        self.assertEqual(rows[0]["mobile"], "+8615400000003")
        theirs = self._create_staff("t_theirs", self.south, "specialist")
        with mute_logger("odoo.http", RULES):
            with self.assertRaisesRegex(JsonRpcException, "AccessError"):
                self._call(
                    "res.users",
                    "web_save",
                    theirs.ids,
                    {"mobile": "154 0000 0003"},
                    specification=specification,
                )

    def test_suspended_are_out_at_once(self):
        """PF-USR-01: sessions and keys die, and do not come back with the user."""
        key = (
            self.env["res.users.apikeys"]
            .with_user(self.clerk)
            .sudo()
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(days=1))
        )
        session = self.authenticate("t_clerk", "t_clerk-Passw0rd!")
        self.assertEqual(self._call("res.users", "search_count", [("id", "=", 0)]), 0)
        call = (
            self.env.cr.dbname,
            self.clerk.id,
            key,
            "res.users",
            "search_count",
            [[]],
        )
        self.assertTrue(self.xmlrpc_object.execute_kw(*call))
        self.clerk.with_user(self.admin).action_suspend()
        self.env.flush_all()
        self._assert_out(session, call)
        self.clerk.with_user(self.admin).action_enable()
        self.env.flush_all()
        self._assert_out(session, call)

    def _assert_out(self, session, call):
        self.opener.cookies["session_id"] = session.sid
        with mute_logger("odoo.http"):
            with self.assertRaisesRegex(JsonRpcException, "SessionExpired"):
                self._call("res.users", "search_count", [("id", "=", 0)])
            with self.assertRaisesRegex(Exception, "Denied|拒绝"):
                self.xmlrpc_object.execute_kw(*call)

    def test_one_time_password(self):
        """PF-USR-01: one log-in, then a password of one's own, then the web client."""
        self.authenticate("t_north_boss", "t_north_boss-Passw0rd!")
        wizard = self._call(
            "lottery.user.password", "create", {"user_id": self.clerk.id}
        )
        action = self._call("lottery.user.password", "action_one_time_password", wizard)
        password = action["context"]["default_password"]
        response = self._log_in("t_clerk", password)
        self.assertTrue(response.url.endswith("/lottery/password"), response.url)
        for path in ("/odoo", "/web/session/get_session_info"):
            inside = self.url_open(path, allow_redirects=False)
            self.assertNotEqual(inside.status_code, 200)
        for new, again, word in (
            (password, password, "another password"),
            ("Fresh-Passw0rd-1!", "Fresh-Passw0rd-2!", "differ"),
        ):
            page = self._replace(response, new, again)
            self.assertIn("alert", page.text)
            self.assertFalse(word in page.text and page.history)
        page = self._replace(response, "Fresh-Passw0rd-1!", "Fresh-Passw0rd-1!")
        self.assertIn("/odoo", page.url)
        self.assertFalse(self.clerk.sudo().password_valid_until)
        response = self._log_in("t_clerk", "Fresh-Passw0rd-1!")
        self.assertIn("/odoo", response.url)

    def _replace(self, response, password, again):
        page = html.fromstring(response.content)
        (token,) = page.xpath("//input[@name='csrf_token']/@value")[:1]
        return self.url_open(
            "/lottery/password",
            data={"csrf_token": token, "password": password, "again": again},
        )

    def test_one_time_password_is_no_key(self):
        """PF-USR-01: other systems don't get in with it."""
        password = self.clerk.with_user(self.admin)._set_one_time_password()
        call = (
            self.env.cr.dbname,
            self.clerk.id,
            password,
            "res.users",
            "search_count",
        )
        with mute_logger("odoo.http"), self.assertRaisesRegex(Exception, "Denied|拒绝"):
            self.xmlrpc_object.execute_kw(*call, [[]])
