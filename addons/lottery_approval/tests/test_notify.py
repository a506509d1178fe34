from odoo.tests import tagged

from .common import PermitCase


@tagged("post_install", "-at_install")
class TestNotify(PermitCase):
    """PF-APR-02, PF-APR-03, PF-NTF-01: who is told what."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls._create_flow({}, {"branch_depth": 1})
        cls.flow.copied_ids = cls.stranger

    def _told(self, run, code):
        rows = self.env["lottery.notification"].search(
            [
                ("template_id.code", "=", f"approval.{code}"),
                ("model", "=", run._name),
                ("res_id", "=", run.id),
                ("channel", "=", "in_app"),
            ],
            order="id",
        )
        return [(row.user_id, row.subject) for row in rows]

    def test_approvers_applicant_and_copied(self):
        """PF-APR-02: whose turn it is; the end to applicant and copied."""
        _permit, run = self._submit()
        name = run.display_name
        self.assertEqual(
            self._told(run, "submitted"), [(self.county_head, f"To approve: {name}")]
        )
        self._as(run, self.county_head).action_approve()
        self._as(run, self.north_head).action_return(1, "look again")
        self.assertEqual(
            self._told(run, "returned"), [(self.specialist, f"{name}: returned")]
        )
        self._as(run, self.county_head).action_reject("no")
        decided = dict(self._told(run, "decided"))
        self.assertEqual(set(decided), {self.specialist, self.stranger})
        self.assertEqual(decided[self.specialist], f"{name}: Rejected")

    def test_one_reminder_for_many(self):
        """PF-APR-03: however many wait, one notice a person."""
        runs = self._submit()[1] | self._submit()[1]
        runs._notify_waiting("overdue")
        told = [self._told(run, "overdue") for run in runs]
        self.assertEqual(
            sorted(told, key=len), [[], [(self.county_head, "Overdue: 2 approvals")]]
        )
