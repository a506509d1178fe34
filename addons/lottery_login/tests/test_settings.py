from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import Form

from .common import LoginCase


@tagged("post_install", "-at_install", "security")
class TestSettings(LoginCase):
    """PF-SEC-05: set by the suite's administrator, every change in the journal."""

    def test_form(self):
        with Form(self.policy.with_user(self.admin)) as form:
            form.rotation_days = 60
            with form.group_ids.new() as line:
                line.group_id = self.env.ref("lottery_base.group_specialist")
                line.factor_required = True
                line.networks = "10.20.0.0/16"
        rule = self.policy.group_ids.filtered("factor_required")
        events = self.env["lottery.journal"].search(
            ["|", ("res_id", "=", rule.id), ("event", "=", "login.policy_changed")]
        )
        text = " ".join(events.mapped("body"))
        self.assertIn('"networks":["10.20.0.0/16"]', text)
        self.assertIn('"rotation_days":[90,60]', text)

    def test_others_have_no_say(self):
        policy = self.policy.with_user(self.user)
        with self.assertRaises(AccessError):
            policy.min_length = 20
        with self.assertRaises(AccessError):
            self.rule.with_user(self.user).networks = ""
        with self.assertRaises(UserError):
            self.policy.unlink()
        with self.assertRaises(UserError):
            self.policy.create({})

    def test_owners_have_no_rules(self):
        with self.assertRaises(ValidationError):
            self.rule.group_id = self.env.ref("base.group_portal")
