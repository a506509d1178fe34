from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..const import JUDGED_CODES
from .common import PHONE, OtpCase


@tagged("post_install", "-at_install")
class TestOtpGuard(OtpCase):
    """PF-OTP-01: under 30 % of the last 50 codes verified: pause and alarm."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._create_user("otp_admin", cls.centre, "admin")
        cls.desk = cls._create_user("otp_desk", cls.centre, "order_desk")

    def _fill(self, verified, total=JUDGED_CODES, **values):
        """Send ``total`` codes, the first ``verified`` of which are verified."""
        for index in range(total):
            challenge = self._request(
                index, address=f"198.51.{index}.{verified}", device=str(index), **values
            )
            if index < verified:
                code = self._get_code(challenge)
                self.otp._verify_code(challenge, PHONE % index, "login", code)

    def test_pauses_below_thirty_percent(self):
        self._fill(14)
        self._pass_time(minutes=3)
        self.assertEqual(self._get_refusal(99).code, "paused")
        self.assertEqual(self.policy.state, "paused")
        self.assertEqual(self.policy.pause_reason, "rate")
        todo = self.policy.activity_ids.filtered(lambda a: a.user_id == self.admin)
        self.assertEqual(len(todo), 1)
        self.assertIn("14", todo.note)
        self.assertFalse(
            self.policy.activity_ids.filtered(lambda a: a.user_id == self.desk)
        )
        entry = self.env["lottery.journal"].search([("event", "=", "otp.paused")])
        self.assertEqual(entry.res_id, self.policy.id)

    def test_goes_on_at_thirty_percent(self):
        self._fill(15)
        self._pass_time(minutes=3)
        self.assertTrue(self._request(99))

    def test_fresh_codes_are_not_judged_yet(self):
        self._fill(0)
        self.assertTrue(self._request(99))

    def test_fewer_than_fifty_are_not_judged(self):
        self._fill(0, total=JUDGED_CODES - 1)
        self._pass_time(minutes=3)
        self.assertTrue(self._request(99))

    def test_decoys_do_not_count(self):
        """Who asks for unknown phones can't stop the codes of the others."""
        self._fill(0, known=False)
        self._pass_time(minutes=3)
        self.assertTrue(self._request(99))

    def test_cron_finds_it_without_a_request(self):
        self._fill(3)
        self._pass_time(minutes=6)
        self.env["lottery.otp.policy"]._cron_watch()
        self.assertEqual(self.policy.state, "paused")
        self.assertFalse(self.otp.sudo().search([("state", "=", "live")]))

    def test_administrator_resumes(self):
        self._fill(3)
        self._pass_time(minutes=3)
        self.assertEqual(self._get_refusal(99).code, "paused")
        self.policy.with_user(self.admin).action_resume()
        self.assertTrue(self._request(99), "codes of before are not judged again")
        self.assertFalse(self.policy.activity_ids)

    def test_administrator_pauses(self):
        self.policy.with_user(self.admin).action_pause()
        known = self._get_refusal(1)
        unknown = self._get_refusal(2, known=False)
        self.assertEqual((known.code, known.args), ("paused", unknown.args))

    def test_others_may_not(self):
        policy = self.policy.with_user(self.desk)
        self.assertRaises(AccessError, policy.action_pause)
        self.assertRaises(AccessError, policy.action_resume)
        self.assertRaises(AccessError, policy.write, {"daily_budget": 10**6})

    def test_limits_are_checked(self):
        policy = self.policy.with_user(self.admin)
        with self.assertRaises(ValidationError):
            policy.phone_minute = 6
        policy.phone_minute = 2
        self._request(1)
        self._request(1)
        self.assertEqual(self._get_refusal(1).code, "phone")
