from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.lottery_base.tests.common import STAFF_ROLES

from .common import PHONE, OtpCase

MODELS = (
    "lottery.otp",
    "lottery.otp.policy",
    "lottery.otp.proof",
    "lottery.otp.spend",
    "lottery.otp.failure",
    "lottery.sms.provider",
)


@tagged("post_install", "-at_install")
class TestSecurity(OtpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._create_user("msg_admin", cls.centre, "admin")
        cls.roles = {
            role: cls._create_user(f"msg_{role}", cls.north, role)
            for role in STAFF_ROLES
        }
        message = cls.env["lottery.sms.message"]
        cls.north_message = message._send(
            PHONE % 1, "甲", purpose="notice", branch_id=cls.north_county.id
        )
        cls.south_message = message._send(
            PHONE % 2, "乙", purpose="notice", branch_id=cls.south.id
        )
        cls.common_message = message._send(PHONE % 3, "丙", purpose="login")
        cls.all_messages = cls.north_message | cls.south_message | cls.common_message

    def test_codes_and_settings_are_the_administrators(self):
        for role, user in self.roles.items():
            for model in MODELS:
                with self.subTest(role=role, model=model):
                    self.assertFalse(self.env[model].with_user(user).has_access("read"))

    def test_nobody_writes_codes_or_messages(self):
        for model in ("lottery.otp", "lottery.sms.message", "lottery.otp.spend"):
            for operation in ("write", "create", "unlink"):
                with self.subTest(model=model, operation=operation):
                    self.assertFalse(
                        self.env[model].with_user(self.admin).has_access(operation)
                    )

    def test_administrators_do_not_read_what_proves_a_code(self):
        self._request()
        otp = self.otp.with_user(self.admin).search([], limit=1)
        for name in ("challenge", "code_digest", "phone_digest"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                otp.read([name])

    def test_messages_by_unit(self):
        """PF-SEC-02: own units and below; those of no unit are the centre's."""
        messages = self.env["lottery.sms.message"]
        domain = [("id", "in", self.all_messages.ids)]
        north = messages.with_user(self.roles["branch_admin"])
        self.assertEqual(north.search(domain), self.north_message)
        with self.assertRaises(AccessError):
            self.south_message.with_user(self.roles["branch_admin"]).read(["purpose"])
        centre = messages.with_user(self.admin)
        self.assertEqual(centre.search(domain), self.all_messages)

    def test_desk_and_keepers_see_no_messages(self):
        for role in ("order_desk", "warehouse_keeper", "specialist"):
            with self.subTest(role=role):
                messages = self.env["lottery.sms.message"].with_user(self.roles[role])
                self.assertFalse(messages.has_access("read"))
