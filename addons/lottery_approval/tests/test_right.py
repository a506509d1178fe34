"""Whose role does not approve is not asked, not offered and not let through."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MODEL, PermitCase


@tagged("post_install", "-at_install", "security")
class TestRight(PermitCase):
    """PF-SEC-01, PF-APR-02: what `lottery.access` answers counts, whoever set it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "lottery.access" not in cls.env:
            cls._add_permissions()
        cls.flow = cls._create_flow({}, {"branch_depth": 1})

    @classmethod
    def _add_permissions(cls):
        """Stand in for the addon that is not installed here."""
        from odoo.orm.model_classes import add_to_registry

        class Access(models.AbstractModel):
            _name = "lottery.access"
            _description = "Permissions"
            _module = "lottery_approval"

            @api.model
            def _can_approve(self, user, model):
                return True

        add_to_registry(cls.registry, Access)
        cls.registry._setup_models__(cls.env.cr, [Access._name])
        cls.addClassCleanup(cls.registry.models.pop, Access._name)

    @contextmanager
    def _refused(self, user, model=MODEL):
        """The roles of ``user`` do not approve records of ``model``."""

        def answer(_self, asked, name):
            return (asked.id, name) != (user.id, model)

        cls = self.registry["lottery.access"]
        with patch.object(cls, "_can_approve", answer):
            self.env.invalidate_all()
            yield
        self.env.invalidate_all()

    def _todo(self, user):
        found = self.env["lottery.approval"].with_user(user)
        return found.search([("can_review", "=", True)])

    def test_not_asked(self):
        """Left out of a level; where nobody is left the applicant is told."""
        people = (self.county_head | self.clerk).ids
        self.flow.level_ids[0].write(
            {"review_type": "individual", "approver_ids": people}
        )
        with self._refused(self.county_head):
            _permit, run = self._submit()
            self.assertEqual(run.review_ids.reviewer_ids, self.clerk)
        self.flow.level_ids[0].approver_ids = self.county_head
        with (
            self._refused(self.county_head),
            self.assertRaisesRegex(UserError, "Level 1.*County North 1.*role"),
        ):
            self._submit()

    def test_falls_to_who_may(self):
        """The next head above takes the level, if the flow says so."""
        self.flow.level_ids[0].fall_to_parent = True
        self.flow.level_ids[1].branch_depth = 2
        with self._refused(self.county_head):
            _permit, run = self._submit()
            self.assertEqual(run.waiting_for, self.north_head.name)

    def test_taken_away_while_it_waits(self):
        """Neither list nor badge nor button; every verb is refused, nothing written."""
        permit, run = self._submit()
        mine = self._as(run, self.county_head)
        self.assertEqual(self._todo(self.county_head), run)
        with self._refused(self.county_head):
            self.assertFalse(self._todo(self.county_head))
            users = self.env["res.users"].with_user(self.county_head)
            self.assertEqual(users.review_user_count(), [])
            self.assertFalse(mine.can_review or mine.can_forward or mine.can_return)
            self.assertFalse(permit.with_user(self.county_head).approval_can_review)
            for verb in (
                mine.action_approve,
                lambda: mine.action_reject("no"),
                lambda: mine.action_forward(self.aide.id),
                permit.with_user(self.county_head).action_approve,
            ):
                with self.assertRaisesRegex(AccessError, "does not approve “Permit”"):
                    verb()
        self.assertEqual(self._kinds(run), ["submitted"])
        mine.action_approve()
        self.assertEqual(run.step, "2/2 Level 2")

    def test_not_by_forwarding_nor_by_the_administrator(self):
        admin = self._create_user("ap_admin", self.centre, "admin")
        _permit, run = self._submit()
        with self._refused(self.aide):
            for user, verb in (
                (self.county_head, "action_forward"),
                (admin, "action_reassign"),
            ):
                with self.assertRaisesRegex(AccessError, "ap_aide.*does not approve"):
                    getattr(self._as(run, user), verb)(self.aide.id)
        self.assertEqual(run.waiting_for, self.county_head.name)

    def test_deputies(self):
        """Neither a deputy without the right nor one for somebody without it."""
        deputy = self._create_user("ap_deputy", self.county, "branch_head")
        today = fields.Date.today()
        self.env["lottery.approval.absence"].create(
            {
                "user_id": self.county_head.id,
                "deputy_id": deputy.id,
                "date_from": today,
                "date_to": today,
            }
        )
        _permit, run = self._submit()
        self.assertEqual(self._todo(deputy), run)
        for user, message in (
            (deputy, "does not approve"),
            (self.county_head, "does not wait for you"),
        ):
            with self._refused(user):
                self.assertFalse(self._todo(deputy))
                self.assertFalse(self._as(run, deputy).can_review)
                with self.assertRaisesRegex(AccessError, message):
                    self._as(run, deputy).action_approve()
        self._as(run, deputy).action_approve()
        self.assertEqual(run.step, "2/2 Level 2")

    def test_escalation_passes_by(self):
        """Overdue goes to the nearest head above who may decide."""
        self.flow.level_ids[0].write({"limit_hours": 2, "escalate": True})
        _permit, run = self._submit()
        with self._refused(self.north_head):
            run._escalate()
            self.assertEqual(run.event_ids[-1].target, self.centre_head.name)

    def test_the_object_of_a_change_counts(self):
        """PF-APR-04: a change of a unit needs the right to approve units."""
        self._create_flow({}, model="lottery.change.request")
        run = (
            self.env["lottery.change.request"]
            .with_user(self.specialist)
            ._propose(
                self.county.with_user(self.specialist), {"phone": "020 1"}, "moved"
            )
            .approval_id
        )
        self.assertEqual(run.subject, "lottery.branch")
        for model in ("lottery.branch", "lottery.change.request"):
            with self._refused(self.county_head, model):
                self.assertFalse(self._todo(self.county_head))
                with self.assertRaisesRegex(AccessError, "does not approve"):
                    self._as(run, self.county_head).action_approve()
        with self._refused(self.county_head, "res.users"):
            self.assertEqual(self._todo(self.county_head), run)
            self._as(run, self.county_head).action_approve()
        self.assertEqual(self.county.phone, "020 1")
