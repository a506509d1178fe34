from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import MODEL, PermitCase


@tagged("post_install", "-at_install")
class TestFlow(PermitCase):
    """PF-APR-01: flows are data."""

    def test_two_levels_head_and_head_above(self):
        """PF-APR-01: head of the unit, then of its parent; then the hook, once."""
        self._create_flow({}, {"branch_depth": 1})
        permit, run = self._submit()
        self.assertEqual(permit.approval_state, "pending")
        self.assertEqual(run.waiting_for, self.county_head.name)
        self._as(run, self.county_head).action_approve("fine")
        self.assertEqual(run.step, "2/2 Level 2")
        self.assertEqual(run.waiting_for, self.north_head.name)
        self._as(run, self.north_head).action_approve()
        self.assertEqual((permit.approval_state, permit.log), ("approved", "approved;"))
        self.assertEqual(
            self._kinds(run), ["submitted", "approved", "approved", "finished"]
        )

    def test_nth_parent(self):
        """PF-APR-01: the head of the second unit above; beyond the top is the top."""
        for depth in (2, 7):
            flow = self._create_flow({"branch_depth": depth})
            _permit, run = self._submit()
            self.assertEqual(run.waiting_for, self.centre_head.name)
            flow.active = False

    def test_all_and_any(self):
        """PF-APR-01: parallel approvers, all or one of them."""
        people = (self.county_head | self.north_head).ids
        who = {"review_type": "individual", "approver_ids": people}
        flow = self._create_flow({**who, "approve_mode": "all"})
        permit, run = self._submit()
        self._as(run, self.north_head).action_approve()
        self.assertEqual(permit.approval_state, "pending")
        self.assertEqual(run.waiting_for, self.county_head.name)
        self._as(run, self.county_head).action_approve()
        self.assertEqual(permit.approval_state, "approved")
        flow.active = False
        self._create_flow({**who, "approve_mode": "any"})
        permit, run = self._submit()
        self._as(run, self.north_head).action_approve()
        self.assertEqual(permit.approval_state, "approved")

    def test_sources_of_approvers(self):
        """PF-APR-01: role, administrators of a unit above, user field, formula."""
        group = self.env.ref("lottery_base.group_branch_head")
        field = self.env["ir.model.fields"]._get(MODEL, "keeper_id")
        for rule, people in (
            ({"review_type": "group", "reviewer_group_id": group.id}, "ap_north"),
            ({"review_type": "branch_admin", "branch_depth": 1}, "ap_clerk"),
            ({"review_type": "field", "reviewer_field_id": field.id}, "ap_centre"),
            (
                {
                    "review_type": "expression",
                    "reviewer_expression": "rec.branch_id.parent_id.head_id",
                },
                "ap_north",
            ),
        ):
            flow = self._create_flow(rule)
            _permit, run = self._submit(keeper_id=self.centre_head.id)
            asked = run.review_ids.reviewer_ids.mapped("login")
            self.assertIn(people, asked, rule)
            self.assertNotIn("ap_specialist", asked)
            flow.active = False

    def test_a_role_does_not_reach_across(self):
        """PF-APR-01, PF-SEC-02: members of a role in the unit or above it; a sibling's
        are not asked and do not see the approval."""
        group = self.env.ref("lottery_base.group_branch_head")
        sibling = self._create_user("ap_south_head", self.south, "branch_head")
        self._create_flow({"review_type": "group", "reviewer_group_id": group.id})
        _permit, run = self._submit()
        asked = run.review_ids.reviewer_ids
        self.assertLessEqual(self.county_head | self.north_head, asked)
        self.assertNotIn(sibling, asked)
        self.assertFalse(
            self.env["lottery.approval"]
            .with_user(sibling)
            .search([("id", "=", run.id)])
        )

    def test_condition_of_flow_and_level(self):
        """PF-APR-01: the first flow that fits; a level only where its own holds."""
        self._create_flow(
            {}, definition_domain="[('amount', '<', 100)]", sequence=1, name="small"
        )
        self._create_flow(
            {},
            {"branch_depth": 1, "definition_domain": "[('amount', '>', 500)]"},
            sequence=2,
            name="big",
        )
        for amount, name, levels in ((5, "small", 1), (200, "big", 1), (900, "big", 2)):
            _permit, run = self._submit(amount=amount)
            self.assertEqual((run.flow_name, len(run.level_ids)), (name, levels))

    def test_formula(self):
        """PF-APR-01: a condition can be a formula; the technical administrator's."""
        self._create_flow(
            {}, definition_type="formula", python_code="rec.amount % 2 == 1"
        )
        _permit, run = self._submit(amount=3)
        self.assertEqual(run.state, "pending")
        with self.assertRaisesRegex(UserError, "No approval flow"):
            self._submit(amount=4)
        admin = self._create_user("ap_admin", self.centre, "admin")
        flows = self.env["lottery.approval.flow"].with_user(admin)
        with self.assertRaises(AccessError):
            flows.browse(run.flow_id.id).python_code = "True or rec"
        with self.assertRaises(AccessError):
            run.flow_id.level_ids.with_user(admin).write({"review_type": "expression"})
        with self.assertRaisesRegex(ValidationError, "condition"):
            run.flow_id.python_code = "rec.amount +"

    def test_flow_of_a_unit(self):
        """PF-APR-01: a unit's flow is for its records and those below."""
        self._create_flow({}, branch_id=self.south.id, sequence=1, name="south")
        self._create_flow({}, branch_id=self.north.id, sequence=2, name="north")
        _permit, run = self._submit()
        self.assertEqual(run.flow_name, "north")

    def test_nobody_is_told_with_level_and_unit(self):
        """PF-APR-01: a level nobody can decide stops the submission."""
        self._create_flow({}, {"branch_depth": 1, "name": "Second look"})
        self.north.head_id = False
        permit = self._create_permit()
        with self.assertRaisesRegex(UserError, "Second look.*Prefecture North"):
            permit.action_submit_approval()
        self.assertEqual(permit.approval_state, "none")
        self.assertFalse(self.env["lottery.approval"].search([("model", "=", MODEL)]))

    def test_falls_to_the_next_head_above(self):
        """PF-APR-01: if so configured, the next parent's head takes the level."""
        self._create_flow({"fall_to_parent": True})
        self.county.head_id = self.north.head_id = False
        _permit, run = self._submit()
        self.assertEqual(run.waiting_for, self.centre_head.name)

    def test_head_falls_out_as_applicant(self):
        """PF-APR-02: the head's own application goes to the head above."""
        self._create_flow({"fall_to_parent": True})
        _permit, run = self._submit(self.county_head)
        self.assertEqual(run.waiting_for, self.north_head.name)

    def test_a_run_keeps_its_flow(self):
        """PF-APR-01: changes of a flow concern later runs only."""
        flow = self._create_flow({"name": "Old"}, {"branch_depth": 1, "name": "Last"})
        permit, run = self._submit()
        version = flow.version
        flow.level_ids[0].name = "New"
        flow.level_ids[1].unlink()
        self.assertGreater(flow.version, version)
        self.assertEqual(run.flow_version, version)
        self.assertEqual(run.review_ids.name, "Old")
        self._as(run, self.county_head).action_approve()
        self.assertEqual(run.step, "2/2 Last")
        self.assertEqual(run.waiting_for, self.north_head.name)
        self._as(run, self.north_head).action_approve()
        self.assertEqual(permit.approval_state, "approved")

    def test_configured_in_the_web_client(self):
        """PF-APR-01: flow with levels, made by the suite's administrator's form."""
        admin = self._create_user("ap_admin", self.centre, "admin")
        form = Form(
            self.env["lottery.approval.flow"].with_user(admin),
            view="lottery_approval.lottery_approval_flow_view_form",
        )
        form.name = "Permits"
        form.model_id = self.env["ir.model"]._get(MODEL)
        with form.level_ids.new() as level:
            level.name = "Heads"
        flow = form.save()
        self.assertEqual(flow.level_ids.model, MODEL)
        self.assertFalse(flow.level_ids.company_id)
        self.assertEqual(flow.level_ids.review_type, "branch_head")
        _permit, run = self._submit()
        self.assertEqual(run.flow_name, "Permits")

    def test_preview(self):
        """PF-APR-01: for this record the steps would be …"""
        flow = self._create_flow(
            {},
            {"branch_depth": 1, "definition_domain": "[('amount', '>', 500)]"},
            {"branch_depth": 2, "name": "Top"},
        )
        self.centre.head_id = False
        permit = self._create_permit(amount=1)
        admin = self._create_user("ap_admin", self.centre, "admin")
        action = flow.with_user(admin).action_preview()
        form = Form(
            self.env[action["res_model"]]
            .with_user(admin)
            .with_context(**action["context"])
        )
        self.assertEqual(form.record_id, f"{MODEL},{permit.id}")
        html = form.result_html
        self.assertIn("This flow would be taken", html)
        self.assertIn(self.county_head.name, html)
        self.assertIn("left out", html)
        self.assertRegex(html, "Top.*there is nobody")

    def test_broken_configuration_is_refused(self):
        flow = self._create_flow({})
        level = flow.level_ids
        with self.assertRaisesRegex(ValidationError, "Approvers"):
            level.review_type = "individual"
        with self.assertRaisesRegex(ValidationError, "condition"):
            flow.definition_domain = "[('no_such_field', '=', 1)]"
        with self.assertRaisesRegex(ValidationError, "can't be approved"):
            flow.model_id = self.env["ir.model"]._get("res.partner")
        with self.assertRaisesRegex(ValidationError, "no level"):
            flow.level_ids = False

    def test_used_flow_is_not_deleted(self):
        flow = self._create_flow({})
        self._submit()
        with self.assertRaisesRegex(UserError, "archive"):
            flow.unlink()
