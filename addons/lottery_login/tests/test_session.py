import time

from odoo.http import root
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import GOOD, SILENT, LoginCase


@tagged("post_install", "-at_install", "security")
class TestSession(LoginCase):
    """PF-SEC-05: how long a session lasts, idle and in all."""

    def _change_session(self, **values):
        sid = self.opener.cookies["session_id"]
        session = root.session_store.get(sid)
        session.update(values)
        root.session_store.save(session)

    def test_defaults(self):
        timeouts = self.user._get_lock_timeouts()
        self.assertEqual(timeouts["lock_timeout"], [(720 * 60, False)])
        self.assertEqual(timeouts["lock_timeout_inactivity"], [(30 * 60, False)])
        timeouts = self.admin._get_lock_timeouts()
        self.assertEqual(timeouts["lock_timeout"], [(480 * 60, False)])
        portal = self._create_user("t_owner", self.north, "base.group_portal")
        self.assertEqual(
            portal._get_lock_timeouts(),
            {"lock_timeout": [], "lock_timeout_inactivity": []},
        )

    @mute_logger(*SILENT)
    def test_longest_session(self):
        """Although it was busy: core's own clock starts anew every three hours."""
        self.log_in("t_staff", GOOD)
        self.assertTrue(self.is_logged_in())
        self._change_session(lottery_login_at=time.time() - 719 * 60)
        self.assertTrue(self.is_logged_in())
        self._change_session(lottery_login_at=time.time() - 721 * 60)
        response = self.url_open("/odoo", allow_redirects=False)
        self.assertIn("/web/login", response.headers["Location"])
        self.log_in("t_staff", GOOD)
        self.assertTrue(self.is_logged_in(), "a new login is a new session")

    @mute_logger(*SILENT)
    def test_idle(self):
        """The screen locks; the password opens it."""
        self.log_in("t_staff", GOOD)
        self.assertTrue(self.is_logged_in())
        self._change_session(**{"identity-check-next": time.time() - 1})
        response = self.url_open("/odoo", allow_redirects=False)
        self.assertIn("/auth-timeout/check-identity", response.headers["Location"])
        self.make_jsonrpc_request(
            "/auth-timeout/session/check-identity",
            {"type": "password", "login": "t_staff", "password": GOOD},
        )
        self.assertTrue(self.is_logged_in())

    def test_set_by_the_suites_administrator(self):
        """Who may not write groups sets their times here."""
        rule = self.rule.with_user(self.admin)
        rule.write({"idle_minutes": 5, "session_minutes": 60})
        self.assertEqual(self.rule.group_id.lock_timeout_inactivity, 5)
        self.assertEqual(self.user._get_login_gate().session_seconds, 3600)
        rule.unlink()
        self.assertEqual(self.user._get_login_gate().session_seconds, 720 * 60)
