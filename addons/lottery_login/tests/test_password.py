from datetime import timedelta
from xmlrpc.client import Fault

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import Form
from odoo.tools import mute_logger

from .common import BETTER, GOOD, SILENT, LoginCase


@tagged("post_install", "-at_install", "security")
class TestPassword(LoginCase):
    """PF-SEC-05: passwords of staff, whoever sets them by whatever door."""

    @mute_logger(*SILENT)
    def test_users_form(self):
        """As the web client's users form does it."""
        self.admin.group_ids += self.env.ref("base.group_erp_manager")
        self.authenticate("t_chief", GOOD)
        ids = self.user.ids
        for bad in ("Password123!", "short", "T_staff-Orbit-97", GOOD):
            with self.subTest(bad):
                _result, error = self.call("res.users", "write", ids, {"password": bad})
                self.assertRegex(error or "", "password|密码")
        result, _error = self.call("res.users", "write", ids, {"password": BETTER})
        self.assertTrue(result)
        self.env.invalidate_all()
        self.assertTrue(self.user.must_change_password)

    def test_wizard_of_the_administrator(self):
        """Core's “Change Password” dialog."""
        self.admin.group_ids += self.env.ref("base.group_erp_manager")
        wizard = (
            self.env["change.password.wizard"]
            .with_user(self.admin)
            .with_context(active_model="res.users", active_ids=self.user.ids)
            .create({})
        )
        wizard.user_ids.new_passwd = "Woaini1314!!"
        with self.assertRaisesRegex(ValidationError, "easy to guess|容易"):
            wizard.change_password_button()
        wizard.user_ids.new_passwd = BETTER
        wizard.change_password_button()
        self.assertTrue(self.user.must_change_password)

    def test_new_user(self):
        self.admin.group_ids += self.env.ref("base.group_erp_manager")
        users = self.env["res.users"].with_user(self.admin)
        values = {"name": "New", "login": "t_new", "branch_ids": self.north.ids}
        with self.assertRaises(ValidationError):
            users.create({**values, "password": "Password123!"})
        user = users.create({**values, "password": GOOD})
        self.assertTrue(user.must_change_password)

    def test_reset_by_mail(self):
        """The link in the mail leads to core's page; the rules hold there too."""
        self.user.email = "staff@example.com"
        partner = self.user.partner_id
        partner.signup_prepare(signup_type="reset")
        token = partner._generate_signup_token()
        users = self.env["res.users"].with_user(self.env.ref("base.public_user")).sudo()
        with self.assertRaises(ValidationError):
            users.signup({"password": "Qwer1234!@#$"}, token)
        users.signup({"password": BETTER}, token)
        self.assertFalse(self.user.must_change_password)

    def test_last_five_are_refused(self):
        own = self.env["res.users"].with_user(self.user)
        chain = [GOOD] + [f"Velvet/Orbit-{number}x-Q" for number in range(61, 67)]
        for old, new in zip(chain, chain[1:], strict=False):
            own.change_password(old, new)
        for used in chain[-5:]:
            with self.assertRaises(UserError):
                own.change_password(chain[-1], used)
        own.change_password(chain[-1], chain[0])

    def test_owner_has_no_password(self):
        """Who logs in by code is not asked for anything."""
        owner = self._create_user("15400000990", self.north, "base.group_portal")
        self.assertIsNone(owner._get_login_gate())
        owner.with_user(self.admin).sudo().write({"password": "short"})
        owner.password_write_date = fields.Datetime.now() - timedelta(days=900)
        self.authenticate("15400000990", "short")
        response = self.url_open("/my", allow_redirects=False)
        self.assertNotIn("/lottery/login", response.headers.get("Location", ""))

    @mute_logger(*SILENT)
    def test_over_for_programs(self):
        """An old password opens no RPC door; a key still does."""
        key = (
            self.env["res.users.apikeys"]
            .with_user(self.user)
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(days=1))
        )
        self.assertTrue(self.ask_xmlrpc("t_staff", GOOD))
        self.call_xmlrpc(self.user.id, GOOD)
        self.user.password_write_date = fields.Datetime.now() - timedelta(days=91)
        self.env.flush_all()
        self.assertFalse(self.ask_xmlrpc("t_staff", GOOD))
        with self.assertRaises(Fault):
            self.call_xmlrpc(self.user.id, GOOD)
        self.call_xmlrpc(self.user.id, key)
        self.assertEqual(self.post_json2(key).status_code, 200)

    def test_meter(self):
        policy = self.env["res.users"].get_password_policy()
        self.assertEqual(policy["minlength"], 12)

    def test_policy_can_not_be_softened(self):
        policy = self.policy.with_user(self.admin)
        for values in ({"min_length": 8}, {"history": 2}, {"lock_after": 50}):
            with (
                self.subTest(values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(Exception),  # noqa: B017
                self.env.cr.savepoint(),
            ):
                policy.write(values)
        with Form(policy) as form:
            form.min_length = 14
        event = self.env["lottery.journal"].search(
            [("event", "=", "login.policy_changed")], limit=1
        )
        self.assertIn('"min_length":[12,14]', event.body)
