from odoo.tests import Form, tagged

from .common import OtpCase


@tagged("post_install", "-at_install")
class TestScreens(OtpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._create_user("scr_admin", cls.centre, "admin")

    def test_policy_opens_and_saves(self):
        action = self.env["lottery.otp.policy"].with_user(self.admin).action_open()
        self.assertEqual(action["res_id"], self.policy.id)
        with Form(self.policy.with_user(self.admin)) as form:
            form.daily_budget = 500
        self.assertEqual(self.policy.daily_budget, 500)

    def test_provider_by_form(self):
        with Form(self.env["lottery.sms.provider"].with_user(self.admin)) as form:
            form.name = "Acme"
            form.key = "ACME"
            form.code = "http"
            form.http_url = "https://sms.example/send"
        provider = form.save()
        self.assertTrue(provider.receipt_url.endswith("/lottery/sms/receipt/ACME"))
        self.assertFalse(provider.missing_secrets)

    def test_messages_of_a_code(self):
        challenge = self._request()
        otp = self.otp.sudo().search([("challenge", "=", challenge)])
        message = otp.message_id.with_user(self.admin)
        self.assertEqual(message.model, "lottery.otp")
        self.assertEqual(message.action_open_record()["res_id"], otp.id)
