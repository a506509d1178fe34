from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import SQL

from .common import MODEL, PermitCase


@tagged("post_install", "-at_install", "security")
class TestGate(PermitCase):
    """PF-APR-02: nothing passes by the engine; the content is what was approved."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_flow({}, {"branch_depth": 1})

    def test_no_write_in_approval(self):
        """Applicant, approver, engine rights, OCA's context key: all refused."""
        permit, _run = self._submit()
        for record in (
            permit,
            permit.with_user(self.county_head),
            permit.sudo(),
            permit.with_context(skip_validation_check=True),
            permit.with_context(lottery_approval_gate=True),
            permit.with_context(lottery_approval_gate="object()"),
        ):
            with self.assertRaisesRegex(UserError, "in approval"):
                record.write({"note": "x"})
            with self.assertRaisesRegex(UserError, "in approval"):
                record.unlink()
        permit.write({"message_follower_ids": []} if "message_ids" in permit else {})

    def test_state_is_the_engines(self):
        permit = self._create_permit()
        for values in ({"approval_state": "approved"}, {"approval_id": False}):
            with self.assertRaisesRegex(UserError, "own actions"):
                permit.write(values)
        with self.assertRaisesRegex(UserError, "own actions"):
            permit.create({"approval_state": "approved"})
        made = permit.with_context(default_approval_state="approved").create({})
        self.assertEqual(made.approval_state, "none")
        _permit, run = self._submit()
        self.assertEqual(run.copy_data()[0].get("state"), None)

    def test_ocas_doors_lead_to_ours(self):
        """OCA's verbs approve nothing, delete nothing, skip nothing."""
        permit, run = self._submit()
        with self.assertRaisesRegex(AccessError, "own request"):
            permit.validate_tier()
        with self.assertRaises(UserError):
            permit.restart_validation()
        permit._validate_tier()
        permit._rejected_tier()
        permit._forward_tier()
        self.assertEqual(run.state, "pending")
        self.assertEqual(permit.review_ids.mapped("status"), ["pending"])
        permit.with_user(self.county_head).validate_tier()
        self.assertEqual(run.step, "2/2 Level 2")
        self.assertEqual(permit.validation_status, "pending")

    def test_reviews_are_closed_to_everybody(self):
        """OCA lets every user write reviews; here nobody may."""
        _permit, run = self._submit()
        for user in (self.specialist, self.county_head):
            review = run.review_ids.with_user(user)
            for door in (
                lambda review=review: review.write({"status": "approved"}),
                lambda review=review: review.copy(),
                lambda review=review: review.create({"model": MODEL}),
                review.unlink,
                lambda user=user: self.env["comment.wizard"].with_user(user).create({}),
            ):
                with self.assertRaises(AccessError):
                    door()
        self.assertFalse(
            run.review_ids.with_user(self.stranger).search(
                [("id", "in", run.review_ids.ids)]
            )
        )

    def test_content_changed_by_the_back_door_voids(self):
        """PF-APR-02: approved is what was submitted, or nothing."""
        permit, run = self._submit(amount=5)
        permit.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET amount = 5000 WHERE id = %s",
                SQL.identifier(permit._table),
                permit.id,
            )
        )
        self.env.invalidate_all()
        notice = self._as(run, self.county_head).action_approve()
        self.assertIn("void", notice["params"]["message"])
        self.assertEqual((run.state, permit.approval_state), ("void", "none"))
        self.assertFalse(permit.log)
        self.assertEqual(self._kinds(run), ["submitted", "voided"])

    def test_change_after_approval_voids(self):
        """PF-APR-02: watched fields only; the same value is no change."""
        permit, run = self._submit(amount=5)
        self._as(run, self.county_head).action_approve()
        self._as(run, self.north_head).action_approve()
        permit.write({"note": "free", "amount": 5})
        self.assertEqual(permit.approval_state, "approved")
        permit.amount = 6
        self.assertEqual((permit.approval_state, run.state), ("none", "void"))

    def test_submitted_once(self):
        permit, _run = self._submit()
        with self.assertRaisesRegex(UserError, "submitted already"):
            permit.action_submit_approval()

    def test_form_shows_banner_and_lock(self):
        """PF-APR-01: one word of inheritance, no view: buttons, and a locked form."""
        permit = self._create_permit()
        arch = permit.get_view(view_type="form")["arch"]
        self.assertIn("action_submit_approval", arch)
        self.assertIn("approval_state == 'pending'", arch)
        permit.action_submit_approval()
        form = Form(permit)
        with self.assertRaisesRegex(AssertionError, "readonly"):
            form.name = "x"

    def test_default_content(self):
        """By default all that is typed counts, and nothing that lives on."""
        mixin = self.env.registry["lottery.approval.mixin"]
        fields = set(mixin._get_approval_fields(self.env[MODEL]))
        self.assertLessEqual({"name", "amount", "note", "branch_id"}, fields)
        self.assertFalse(
            fields & {"approval_state", "approval_id", "write_date", "id", "review_ids"}
        )
