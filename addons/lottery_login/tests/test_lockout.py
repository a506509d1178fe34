from datetime import timedelta
from unittest.mock import patch
from xmlrpc.client import Fault

from odoo import fields
from odoo.exceptions import AccessDenied, AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.lottery_base.tools.transaction import read_committed
from odoo.addons.lottery_journal.tools import client

from ..exceptions import LoginRefused
from .common import GOOD, SILENT, LoginCase


@tagged("post_install", "-at_install", "security")
class TestLockout(LoginCase):
    """PF-SEC-05: five failures lock for 15 minutes, counted in the database."""

    def _fail(self, login="t_staff", times=5):
        for _try in range(times):
            response = self.log_in(login, "wrong")
        return self.read_text(response)

    def _count(self, scope="pair", login="t_staff"):
        self.env.invalidate_all()
        return self.attempts.search([("scope", "=", scope), ("login", "=", login)])

    def _later(self, minutes):
        now = fields.Datetime.now() + timedelta(minutes=minutes)
        return patch.object(type(self.attempts), "_get_now", lambda _self: now)

    @mute_logger(*SILENT)
    def test_login_page(self):
        before = self._fail(times=4)
        self.assertIn("alert-danger", before)
        self.log_in("t_staff", GOOD)
        self.assertTrue(self.is_logged_in(), "four failures lock nobody")
        self._fail(times=5)
        response = self.log_in("t_staff", GOOD)
        self.assertEqual(response.status_code, 200)
        self.assertIn("15", self.read_text(response))
        self.assertFalse(self.is_logged_in())
        self.assertIn("locked", self.read_log().mapped("result"))
        self.assertTrue(self._count().is_locked)
        event = self.env["lottery.journal"].search([("event", "=", "login.locked")])
        self.assertEqual(event[0].res_id, self.user.id)
        with self._later(16):
            self.log_in("t_staff", GOOD)
        self.assertTrue(self.is_logged_in())

    @mute_logger(*SILENT)
    def test_same_answer_for_unknown_logins(self):
        known = [self._fail(times=1), self._fail(times=5)]
        unknown = [self._fail("t_nobody", 1), self._fail("t_nobody", 5)]

        def alert(page):
            start = page.index("alert-danger")
            return page[start : page.index("</p>", start)]

        self.assertEqual(list(map(alert, known)), list(map(alert, unknown)))
        self.assertNotEqual(alert(known[0]), alert(known[1]))
        self.assertIn("t_nobody", self.attempts.search([]).mapped("login"))

    def _record(self):
        """Keep what is counted: a request that fails is rolled back here together with
        the count, which has a connection of its own outside tests."""
        counted = []
        original = type(self.attempts)._count_failure

        def count(model, keys, login):
            counted.append(login)
            return original(model, keys, login)

        self.patch(type(self.attempts), "_count_failure", count)
        return counted

    @mute_logger(*SILENT)
    def test_programs_share_the_count(self):
        """XML-RPC and JSON: core counts none of these."""
        for _try in range(5):
            self.assertFalse(self.ask_xmlrpc("t_staff", "wrong"))
        self.assertFalse(self.ask_xmlrpc("t_staff", GOOD))
        self.log_in("t_staff", GOOD)
        self.assertFalse(self.is_logged_in())

    @mute_logger(*SILENT)
    def test_every_door_counts(self):
        """Also where a logged-in stranger could try passwords: screen lock, dialogs."""
        counted = self._record()
        with self.assertRaises(Fault):
            self.call_xmlrpc(self.user.id, "wrong")
        self.authenticate("t_staff", GOOD)
        database = self.env.cr.dbname
        for url, params in (
            (
                "/web/session/authenticate",
                {"db": database, "login": "t_staff", "password": "wrong"},
            ),
            (
                "/auth-timeout/session/check-identity",
                {"type": "password", "login": "t_staff", "password": "wrong"},
            ),
        ):
            self.assertTrue(self.post_json(url, params)[1])
        self.assertTrue(self.call("res.users", "change_password", "wrong", "x")[1])
        self.assertEqual(counted, ["t_staff"] * 4)

    @mute_logger(*SILENT)
    def test_unlock(self):
        self._fail()
        stranger = self._create_user("t_away", self.south, "branch_admin")
        locked = self._count()
        self.assertFalse(self.attempts.with_user(stranger).search([]) & locked)
        near = self._create_user("t_near", self.north, "branch_admin")
        self.assertEqual(self.attempts.with_user(near).search([]) & locked, locked)
        with self.assertRaises(AccessError):
            locked.with_user(self.user).action_unlock()
        self.user.with_user(near).action_unlock_login()
        self.log_in("t_staff", GOOD)
        self.assertTrue(self.is_logged_in())
        self.assertTrue(
            self.env["lottery.journal"].search([("event", "=", "login.unlocked")])
        )


@tagged("post_install", "-at_install", "security")
class TestLimiter(LoginCase):
    """PF-SEC-05: many addresses, many tries at once, a request rolled back."""

    def _try(self, address, password_right=False, login="t_staff"):
        with (
            patch.object(client, "_read_address", lambda: address),
            patch.object(client, "_read_device", dict),
            client.remember_client(),
        ):
            try:
                with self.attempts._guard(login):
                    if not password_right:
                        raise AccessDenied()
            except LoginRefused:
                return "locked"
            except AccessDenied:
                return "failed"
            return "ok"

    def test_strangers_can_not_lock_people_out(self):
        """Where the user has logged in before they still may, whatever others do."""
        self.env["lottery.log.login"]._insert_log(
            [
                {
                    "login": "t_staff",
                    "kind": "web",
                    "result": "ok",
                    "address": "10.1.1.1",
                }
            ],
            self.user,
        )
        for number in range(20):
            self.assertEqual(self._try(f"203.0.113.{number}"), "failed")
        self.assertEqual(self._try("203.0.113.99", True), "locked")
        self.assertEqual(self._try("10.1.1.1", True), "ok")
        self.assertEqual(
            [self._try("10.1.1.1") for _try in range(6)], ["failed"] * 5 + ["locked"]
        )

    def test_one_address_for_many_logins(self):
        self.policy.address_cap = 12
        answers = [self._try("203.0.113.5", login=f"u{n}") for n in range(13)]
        self.assertEqual(answers, ["failed"] * 12 + ["locked"])
        self.assertEqual(self._try("203.0.113.6", login="u1"), "failed")

    def test_count_is_outside_the_request(self):
        """`read_committed`: counted although the request is rolled back."""
        opened = []
        path = "odoo.addons.lottery_login.models.lottery_login_attempt.read_committed"

        def counting(env):
            opened.append(env)
            return read_committed(env)

        with patch(path, counting):
            self._try("203.0.113.5")
        self.assertEqual(len(opened), 2)

    def test_tries_at_once(self):
        """Twenty requests at the same time get no more than five tries."""
        keys = {
            "address": ("a", 100),
            "login": ("l", 20),
            "pair": ("l\na", 5),
        }
        verdicts = [self.attempts._take(keys, "l", "a")[0] for _try in range(20)]
        self.assertEqual(verdicts, ["free"] * 5 + ["busy"] * 15)
        for _try in range(5):
            self.attempts._settle(keys, False, "l")
        self.assertEqual(self.attempts._take(keys, "l", "a")[0], "locked")

    def test_many_right_logins_at_once(self):
        """Programs that log in together wait for each other; none is refused."""
        keys = {"address": ("a", 100), "login": ("l", 20), "pair": ("l\na", 5)}
        for _try in range(5):
            self.attempts._take(keys, "l", "a")
        calls = []

        def settle(_seconds):
            calls.append(True)
            self.attempts._settle(keys, True, "l")

        path = "odoo.addons.lottery_login.models.lottery_login_attempt.time.sleep"
        with patch(path, settle):
            self.attempts._take_or_wait(keys, "l", "a")
        self.assertEqual(len(calls), 1)

    def test_health_tells_of_an_attack(self):
        check = self.env["lottery.health"]._check_logins()
        self.assertTrue(check["ok"])
        for number in range(20):
            user = self._create_user(f"t_v{number}", self.north)
            for _try in range(5):
                self._try("203.0.113.7", login=user.login)
        check = self.env["lottery.health"]._check_logins()
        self.assertEqual((check["ok"], check["locked"]), (False, 20))
