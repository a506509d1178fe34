import os
from unittest.mock import patch

from odoo.tests import tagged

from .common import OtpCase


@tagged("post_install", "-at_install")
class TestHealth(OtpCase):
    def _checks(self):
        return self.env["lottery.health"].sudo()._health_checks()

    def test_all_well(self):
        checks = self._checks()
        self.assertTrue(checks["otp"]["ok"])
        self.assertTrue(checks["sms"]["ok"])

    def test_missing_key_is_a_fault(self):
        with patch.dict(os.environ, {"LOTTERY_OTP_PEPPER": ""}):
            check = self._checks()["otp"]
        self.assertEqual((check["ok"], "PEPPER" in check["detail"]), (False, True))

    def test_pause_is_said_but_no_fault(self):
        """A node that would leave the balancer because codes pause helps nobody."""
        self.policy._pause("manual")
        check = self._checks()["otp"]
        self.assertEqual((check["ok"], check["detail"]), (True, "paused"))

    def test_no_provider_is_a_fault(self):
        self.env["lottery.sms.provider"].search([]).active = False
        self.assertFalse(self._checks()["sms"]["ok"])
