from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import mute_logger

from ..const import OPERATIONS
from .common import PARTNER
from .test_share import ShareFixture

SILENT = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")


@tagged("post_install", "-at_install", "security")
class TestExplain(ShareFixture, TransactionCase):
    """PF-SEC-03: why somebody may or may not, step by step."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_share()
        cls.reader = cls._create_person("t_explain_reader", cls.north, cls.reader_role)
        cls.both = cls._create_person(
            "t_both", cls.north, cls.keeper_role, cls.reader_role
        )
        cls.plain = cls._create_user("t_explain_plain", cls.north)
        cls.users = (
            cls.keeper + cls.outsider + cls.below + cls.reader + cls.both + cls.plain
        ) + cls.admin

    def _explain(self, user, record, operation):
        explain = self.env["lottery.access.explain"].with_user(self.admin)
        return explain._explain(user, record.with_user(self.admin), operation)

    def _agree(self):
        """Every answer is the system's, and the steps alone lead to it."""
        for user in self.users:
            for record in (*self.contacts, self.north, self.env[PARTNER]):
                for operation in OPERATIONS:
                    steps = self._explain(user, record, operation)
                    may = record.with_user(user).has_access(operation)
                    with self.subTest(
                        user=user.login, record=record, operation=operation
                    ):
                        self.assertEqual(steps[-1]["verdict"] == "yes", may)
                        led = all(step["verdict"] != "no" for step in steps[:-1])
                        self.assertEqual(led, may)
                        texts = [step["title"] for step in steps]
                        self.assertFalse([t for t in texts if "check of its own" in t])

    def test_agrees_without_settings(self):
        self._agree()

    def test_agrees_with_settings(self):
        self._share(self.contact, self.outsider, access="edit")
        self._share(self.county_contact, branches=self.south)
        self._set(self.keeper_role, scope="own", write_right="deny")
        self._set(self.reader_role, scope="all", unlink_right="allow")
        self._set_default("public_read")
        self._agree()

    def test_agrees_with_other_settings(self):
        soon = fields.Datetime.now() + timedelta(hours=1)
        self._share(self.contact, self.reader, access="edit", expires_at=soon)
        self._set(self.keeper_role, scope="below", scope_change="unit")
        self._set(self.reader_role, read_right="deny")
        self._set_default("private")
        self.env.cr.execute(
            "UPDATE lottery_access_share SET expires_at = now() - interval '1 day'"
        )
        self._begin()
        self._agree()

    def _get_text(self, user, record, operation):
        return "\n".join(
            line[1]
            for step in self._explain(user, record, operation)
            for line in (("", step["title"]), *step["lines"])
        )

    def test_says_why(self):
        text = self._get_text(self.keeper, self.south_contact, "read")
        self.assertIn("Contact Keeper", text)
        self.assertIn("not below a unit of the user", text)
        self.assertIn("units of the user and all below", text)
        self.assertIn("records without a unit", text)
        text = self._get_text(self.keeper, self.county_contact, "read")
        self.assertIn("at or below", text)
        self._set(self.keeper_role, write_right="deny")
        self.assertIn(
            "Contact Keeper: refused",
            self._get_text(self.keeper, self.contact, "write"),
        )
        self._share(self.contact, self.outsider)
        text = self._get_text(self.outsider, self.contact, "read")
        self.assertIn(f"Shared with {self.outsider.name}", text)

    def test_other_rights(self):
        access = self.env["lottery.access"]
        for user in self.users:
            steps = self._explain(user, self.contact, "export")
            self.assertEqual(
                steps[-1]["verdict"] == "yes",
                access.with_user(user)._can_export(PARTNER)
                and self.contact.with_user(user).has_access("read"),
            )
        self.assertEqual(
            self._explain(self.sharer, self.contact, "share")[-1]["verdict"], "yes"
        )
        self.assertEqual(
            self._explain(self.keeper, self.contact, "share")[-1]["verdict"], "no"
        )
        self._set(self.keeper_role, approve_right="deny")
        self.assertEqual(
            self._explain(self.keeper, self.contact, "approve")[-1]["verdict"], "no"
        )

    def test_who_may_ask(self):
        explain = self.env["lottery.access.explain"]
        with self.assertRaises(AccessError):
            explain.with_user(self.keeper)._explain(self.keeper, self.contact, "read")
        local = self._create_user("t_explain_local", self.south, "branch_admin")
        for user, record in (
            (self.keeper, self.south_contact),
            (self.outsider, self.contact),
        ):
            with mute_logger(*SILENT), self.assertRaises(AccessError):
                explain.with_user(local)._explain(
                    user.with_user(local), record.with_user(local), "read"
                )
        steps = explain.with_user(local)._explain(
            self.outsider.with_user(local), self.south_contact.with_user(local), "read"
        )
        self.assertEqual(steps[-1]["verdict"], "yes")

    def test_screen(self):
        explain = self.env["lottery.access.explain"].with_user(self.admin)
        form = Form(
            explain.with_context(active_model=PARTNER, active_id=self.contact.id)
        )
        form.user_id = self.outsider
        self.assertIn("o_lottery_is_no", form.answer)
        form.user_id = self.keeper
        self.assertIn("fa-check-circle", form.answer)

    def test_names_are_escaped(self):
        self.contact.name = "<script>alert(1)</script>"
        wizard = (
            self.env["lottery.access.explain"]
            .with_user(self.admin)
            .create(
                {
                    "user_id": self.keeper.id,
                    "object_id": self._get_object().id,
                    "res_id": self.contact.id,
                }
            )
        )
        self.assertNotIn("<script>", wizard.answer)
        self.assertTrue(wizard.allowed)
