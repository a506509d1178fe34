from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import PermitCase


@tagged("post_install", "-at_install")
class TestDecide(PermitCase):
    """PF-APR-02: what approvers and applicants do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls._create_flow({}, {"branch_depth": 1}, {"branch_depth": 2})

    def test_reject_goes_back_and_can_be_submitted_again(self):
        """PF-APR-02: rejected with a reason; the old run stays as it was."""
        permit, run = self._submit()
        with self.assertRaisesRegex(ValidationError, "Reason"):
            self._as(run, self.county_head).action_reject("  ")
        self._as(run, self.county_head).action_reject("unclear")
        self.assertEqual((run.state, permit.approval_state), ("rejected", "rejected"))
        self.assertEqual(permit.log, "rejected unclear;")
        self.assertEqual(permit.approval_reason, "unclear")
        permit.name = "Clearer"
        permit.action_submit_approval()
        self.assertNotEqual(permit.sudo().approval_id, run)
        self.assertEqual(self._kinds(run), ["submitted", "rejected"])
        self.assertEqual(run.review_ids.status, "rejected")

    def test_return_to_an_earlier_level(self):
        """PF-APR-02: back to level 1; all later levels decide again; nothing is lost."""
        permit, run = self._submit()
        self._as(run, self.county_head).action_approve()
        self._as(run, self.north_head).action_approve()
        top = self._as(run, self.centre_head)
        with self.assertRaisesRegex(ValidationError, "earlier"):
            top.action_return(3, "no")
        top.action_return(1, "look again")
        self.assertEqual(run.step, "1/3 Level 1")
        self.assertEqual(run.waiting_for, self.county_head.name)
        for user in (self.county_head, self.north_head, self.centre_head):
            self._as(run, user).action_approve()
        self.assertEqual(permit.approval_state, "approved")
        self.assertEqual(len(run.review_ids), 6)
        returned = run.event_ids.filtered(lambda event: event.kind == "returned")
        self.assertEqual(
            (returned.target, returned.comment), ("1. Level 1", "look again")
        )

    def test_forward(self):
        """PF-APR-02: another decides in one's place, both are in the trail."""
        permit, run = self._submit()
        self._as(run, self.county_head).action_forward(self.aide.id, "yours")
        self.assertEqual(run.waiting_for, self.aide.name)
        with self.assertRaisesRegex(UserError, "meanwhile"):
            self._as(run, self.county_head).action_approve()
        self._as(run, self.aide).action_approve()
        self.assertEqual(run.step, "2/3 Level 2")
        statuses = run.review_ids.mapped("status")
        self.assertEqual(statuses, ["forwarded", "approved", "pending"])
        self.assertEqual(permit.approval_state, "pending")

    def test_forward_can_be_forbidden(self):
        self.flow.level_ids[0].has_forward = False
        _permit, run = self._submit()
        with self.assertRaisesRegex(UserError, "can't be forwarded"):
            self._as(run, self.county_head).action_forward(self.aide.id)

    def test_forward_to_whom_one_sees(self):
        """Ids come from outside: only colleagues the user may see."""
        _permit, run = self._submit()
        for user in (self.stranger, self.env.ref("base.public_user")):
            with self.assertRaisesRegex(ValidationError, "no such person"):
                self._as(run, self.county_head).action_forward(user.id)

    def test_withdraw_while_nothing_is_decided(self):
        """PF-APR-02: the applicant only, and only before the first decision."""
        permit, run = self._submit()
        with self.assertRaises(AccessError):
            self._as(run, self.county_head).action_withdraw()
        permit.action_withdraw()
        self.assertEqual((run.state, permit.approval_state), ("withdrawn", "none"))
        permit.name = "free again"
        permit.action_submit_approval()
        run = permit.sudo().approval_id
        self._as(run, self.county_head).action_approve()
        with self.assertRaisesRegex(UserError, "decided on already"):
            permit.action_withdraw()

    def test_trail_is_append_only_and_journalled(self):
        """PF-APR-02, PF-AUD-02: who, when, what; nobody changes it."""
        _permit, run = self._submit()
        self._as(run, self.county_head).action_approve("fine")
        event = run.event_ids[-1]
        self.assertEqual(
            (event.user_id, event.comment, event.level_name),
            (self.county_head, "fine", "1. Level 1"),
        )
        for forbidden in (
            lambda: event.write({"comment": "bad"}),
            event.unlink,
            run.unlink,
        ):
            with self.assertRaises(UserError):
                forbidden()
        run.review_ids.unlink()
        self.assertTrue(run.review_ids.exists())
        entries = self.env["lottery.journal"].search(
            [("model", "=", run._name), ("res_id", "=", run.id)], order="id"
        )
        self.assertEqual(
            entries.mapped("event"), ["approval.submitted", "approval.approved"]
        )
        self.assertIn('"comment":"fine"', entries[1].body.replace(" ", ""))
        self.assertEqual(entries[1].user_id, self.county_head)

    # === FOUR EYES === #

    def test_applicant_decides_nothing(self):
        """PF-APR-02: not as a named approver, not through a colleague."""
        self.flow.active = False
        self._create_flow(
            {
                "review_type": "individual",
                "approver_ids": (self.specialist | self.county_head).ids,
            },
            {"branch_depth": 1},
        )
        _permit, run = self._submit()
        self.assertNotIn(self.specialist, run.review_ids.reviewer_ids)
        own = self._as(run, self.specialist)
        self.assertFalse(own.can_review)
        for verb in (own.action_approve, lambda: own.action_reject("x")):
            with self.assertRaisesRegex(AccessError, "own request"):
                verb()
        with self.assertRaisesRegex(UserError, "applicant"):
            self._as(run, self.county_head).action_forward(self.specialist.id)

    def test_author_decides_nothing_either(self):
        """PF-APR-02: who wrote it does not approve it, whoever submits it."""
        permit = self._create_permit(self.county_head)
        with self.assertRaisesRegex(UserError, "Level 1.*nobody"):
            permit.with_user(self.specialist).action_submit_approval()

    def test_one_person_one_level(self):
        """PF-APR-02: nobody decides two levels, unless the flow says so."""
        self.north.head_id = self.county_head
        permit = self._create_permit()
        with self.assertRaisesRegex(UserError, "Level 2.*nobody"):
            permit.action_submit_approval()
        self.flow.allow_same_person = True
        permit.action_submit_approval()
        run = permit.sudo().approval_id
        self._as(run, self.county_head).action_approve()
        self._as(run, self.county_head).action_approve()
        self.assertEqual(run.step, "3/3 Level 3")

    def test_not_twice_through_forwarding(self):
        """PF-APR-02: a decided level bars from the next, forwarded or not."""
        _permit, run = self._submit()
        self._as(run, self.county_head).action_approve()
        with self.assertRaisesRegex(UserError, "decided a level"):
            self._as(run, self.north_head).action_forward(self.county_head.id)

    # === ORDER AND DOORS === #

    def test_order_is_kept(self):
        """PF-APR-02: the second level's head can't decide before the first."""
        _permit, run = self._submit()
        for user in (self.north_head, self.clerk):
            with self.assertRaisesRegex(AccessError, "does not wait for you"):
                self._as(run, user).action_approve()
        self.assertEqual(self._kinds(run), ["submitted"])

    def test_strangers_see_nothing(self):
        _permit, run = self._submit()
        foreign = self._as(run, self.stranger)
        for verb in (foreign.action_approve, lambda: foreign.read(["name"])):
            with self.assertRaises(AccessError):
                verb()

    def test_reassign_is_the_administrators(self):
        """A level whose person is gone is put before another, on record."""
        _permit, run = self._submit()
        with self.assertRaises(AccessError):
            self._as(run, self.county_head).action_reassign(self.clerk.id)
        admin = self._create_user("ap_admin", self.centre, "admin")
        self._as(run, admin).action_reassign(self.clerk.id, "left")
        self.assertEqual(run.waiting_for, self.clerk.name)
        self.assertEqual(self._kinds(run)[-1], "reassigned")
        self._as(run, self.clerk).action_approve()

    def test_buttons_ask_for_the_reason(self):
        """Without arguments, as buttons call them, the verbs open their form."""
        permit, run = self._submit()
        self._as(run, self.county_head).action_approve()
        door = permit.with_user(self.north_head)
        self.assertEqual(door.approval_can_return, True)
        for verb, kind in (
            (door.action_reject, "reject"),
            (door.action_return, "return"),
            (door.action_forward, "forward"),
        ):
            action = verb()
            self.assertEqual(action["context"]["default_kind"], kind)
        decision = (
            self.env["lottery.approval.decision"]
            .with_user(self.north_head)
            .with_context(**door.action_return()["context"])
            .create({"comment": "again"})
        )
        self.assertEqual(decision.earlier_level_ids, run.level_ids[0])
        decision.level_id = run.level_ids[0]
        decision.action_confirm()
        self.assertEqual(run.step, "1/3 Level 1")
