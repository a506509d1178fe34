import json

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PermitCase


@tagged("post_install", "-at_install")
class TestAbsence(PermitCase):
    """PF-APR-02: a deputy decides during an absence (代办)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_flow({}, {"branch_depth": 1})
        cls.deputy = cls._create_user("ap_deputy", cls.south, "branch_head")

    def _absent(self, user=None, deputy=None, start=0, end=1):
        today = fields.Date.today()
        user = user or self.county_head
        return (
            self.env["lottery.approval.absence"]
            .with_user(user)
            .create(
                {
                    "user_id": user.id,
                    "deputy_id": (deputy or self.deputy).id,
                    "date_from": fields.Date.add(today, days=start),
                    "date_to": fields.Date.add(today, days=end),
                }
            )
        )

    def test_deputy_sees_and_decides(self):
        """PF-APR-02: the trail says who acted for whom, in both directions."""
        _permit, run = self._submit()
        mine = self.env["lottery.approval"].with_user(self.deputy)
        self.assertFalse(mine.search([("can_review", "=", True)]))
        self._absent()
        self.assertEqual(mine.search([("can_review", "=", True)]), run)
        self._as(run, self.deputy).action_approve("in place")
        event = run.event_ids[-1]
        self.assertEqual(
            (event.user_id, event.on_behalf_id), (self.deputy, self.county_head)
        )
        self.assertIn(self.county_head.name, event.who)
        review = run.review_ids[0]
        self.assertEqual(
            (review.done_by, review.on_behalf_id), (self.deputy, self.county_head)
        )

    def test_only_during_the_absence(self):
        _permit, run = self._submit()
        self._absent(start=2, end=3)
        self._absent(start=-3, end=-1)
        foreign = self._as(run, self.deputy)
        with self.assertRaises(AccessError):
            foreign.action_approve()

    def test_four_eyes_hold_for_deputies(self):
        """PF-APR-02: the applicant is no deputy; a deputy does not decide twice."""
        self._absent(self.county_head, self.specialist)
        self._absent(self.north_head, self.county_head)
        _permit, run = self._submit()
        with self.assertRaisesRegex(AccessError, "own request"):
            self._as(run, self.specialist).action_approve()
        self._as(run, self.county_head).action_approve()
        again = self._as(run, self.county_head)
        self.assertFalse(again.search([("can_review", "=", True)]), "nor is it a to-do")
        self.assertFalse(again.can_review)
        with self.assertRaisesRegex(AccessError, "another person"):
            self._as(run, self.county_head).action_approve()
        self._as(run, self.north_head).action_approve()
        self.assertEqual(run.state, "approved")

    def test_nobody_makes_oneself_a_deputy(self):
        absences = self.env["lottery.approval.absence"]
        values = {"user_id": self.north_head.id, "deputy_id": self.county_head.id}
        with self.assertRaises(AccessError):
            absences.with_user(self.county_head).create(values)
        admin = self._create_user("ap_admin", self.centre, "admin")
        with self.assertRaisesRegex(AccessError, "yourself"):
            absences.with_user(admin).create({**values, "deputy_id": admin.id})
        own = self._absent(self.county_head)
        with self.assertRaises(AccessError):
            own.with_user(self.deputy).write({"date_to": "2099-01-01"})

    def test_journalled(self):
        """PF-APR-02, PF-AUD-02: who could decide for whom, from when to when."""
        absence = self._absent()
        absence.date_to = fields.Date.add(absence.date_to, days=3)
        absence.unlink()
        entries = self.env["lottery.journal"].search(
            [("model", "=", absence._name), ("res_id", "=", absence.id)], order="id"
        )
        self.assertEqual(
            entries.mapped("event"),
            [
                "approval.deputy_named",
                "approval.deputy_changed",
                "approval.deputy_withdrawn",
            ],
        )
        self.assertEqual(entries.user_id, self.county_head)
        self.assertEqual(entries.branch_id, self.county)
        self.assertEqual(json.loads(entries[0].body)["deputy"], self.deputy.id)

    @mute_logger("odoo.sql_db")
    def test_rules_of_absences(self):
        self._absent()
        with self.assertRaisesRegex(ValidationError, "in this period"):
            self._absent(start=1, end=5)
        with self.assertRaisesRegex(ValidationError, "colleague"):
            self._absent(deputy=self.env.ref("base.public_user"), start=9, end=9)
