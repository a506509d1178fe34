from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from .common import PermitCase


@tagged("post_install", "-at_install")
class TestDeadline(PermitCase):
    """PF-APR-03: time limits of levels."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls._create_flow(
            {"limit_hours": 10, "remind_hours": 4, "escalate": True},
            {"branch_depth": 2},
        )

    def setUp(self):
        super().setUp()
        # a test owns its transaction; batches are committed in earnest only
        self.enterContext(
            patch.object(self.registry["ir.cron"], "_commit_progress", return_value=9)
        )

    def _pass_hours(self, run, hours):
        """Let the level have begun ``hours`` earlier, then run the job."""
        run.flush_recordset()
        delta = timedelta(hours=hours)
        self.env.cr.execute(
            SQL(
                "UPDATE lottery_approval SET deadline = deadline - %s,"
                " remind_at = remind_at - %s WHERE id IN %s",
                delta,
                delta,
                tuple(run.ids),
            )
        )
        run.invalidate_recordset()
        self.env["lottery.approval"]._cron_deadlines()
        run.invalidate_recordset()

    def test_reminder_overdue_escalation_once_each(self):
        """PF-APR-03: before, after, and to the head above; each once."""
        _permit, run = self._submit()
        self._pass_hours(run, 1)
        self.assertEqual(self._kinds(run), ["submitted"])
        self._pass_hours(run, 6)
        self._pass_hours(run, 1)
        self.assertEqual(self._kinds(run), ["submitted", "reminded"])
        self.assertFalse(run.overdue)
        self._pass_hours(run, 3)
        self._pass_hours(run, 1)
        self.assertTrue(run.overdue)
        self.assertEqual(
            self._kinds(run), ["submitted", "reminded", "overdue", "escalated"]
        )
        self.assertEqual(run.event_ids[-1].target, self.north_head.name)
        self.assertIn(self.north_head, run.participant_ids)
        self._as(run, self.north_head).action_approve()
        self.assertEqual(run.step, "2/2 Level 2")
        self.assertFalse(run.overdue)

    def test_escalation_of_all_leaves_it_to_the_head(self):
        """PF-APR-03: where all were asked the head above stands in for the rest."""
        self.flow.level_ids[0].write(
            {
                "review_type": "individual",
                "approver_ids": (self.county_head | self.clerk).ids,
                "approve_mode": "all",
            }
        )
        _permit, run = self._submit()
        self._as(run, self.clerk).action_approve()
        self._pass_hours(run, 20)
        self.assertEqual(run.waiting_for, self.north_head.name)

    def test_nobody_above_leaves_the_mark(self):
        """PF-APR-03: no applicant, no earlier decider becomes the escalation's head."""
        self.flow.allow_same_person = False
        self.north.head_id = False
        self.centre.head_id = self.specialist
        self.flow.level_ids[1].write(
            {"review_type": "individual", "approver_ids": self.clerk.ids}
        )
        _permit, run = self._submit()
        self._pass_hours(run, 20)
        self.assertEqual(self._kinds(run), ["submitted", "overdue"])
        self.assertEqual(run.waiting_for, self.county_head.name)

    def test_cost_does_not_grow_with_the_number(self):
        """PF-APR-03: marks are one statement for all that is due."""
        self.flow.level_ids[0].escalate = False
        runs = self.env["lottery.approval"]
        costs = []
        for count in (2, 12):
            runs = runs.browse()
            for _number in range(count):
                runs |= self._submit()[1]
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "UPDATE lottery_approval SET deadline = now() - interval '1 hour'"
                    " WHERE id IN %s",
                    tuple(runs.ids),
                )
            )
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["lottery.approval"]._cron_deadlines()
            self.env.flush_all()
            costs.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(runs.mapped("overdue")), {True})
        self.assertLessEqual(costs[1], costs[0] + 4)
