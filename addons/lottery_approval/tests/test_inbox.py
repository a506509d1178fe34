import io
import json

from openpyxl import load_workbook

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tests.common import warmup
from odoo.tools.safe_eval import safe_eval

from .common import ApprovalFixture, PermitCase

LIST = (
    "name model_name record_name branch_id submitted_at step waiting_for deadline "
    "can_review can_forward can_withdraw state overdue"
).split()


@tagged("post_install", "-at_install", "is_query_count")
class TestInbox(PermitCase):
    """PF-APR-03: my to-do, all, what I started, copied; counts; bulk."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls._create_flow({}, {"branch_depth": 1})
        cls.flow.copied_ids = cls.stranger

    def _count(self, user):
        groups = self.env["res.users"].with_user(user).review_user_count()
        return sum(group["pending_count"] for group in groups)

    def _list(self, user, action):
        """Return what the user finds behind a menu."""
        domain = self.env.ref(f"lottery_approval.{action}").domain
        return (
            self.env["lottery.approval"]
            .with_user(user)
            .search(safe_eval(domain or "[]", {"uid": user.id}))
        )

    def test_lists_and_badge(self):
        """PF-APR-03: each sees what concerns them; the badge counts the to-do."""
        _permit, run = self._submit()
        expected = {
            "lottery_approval_action_todo": self.county_head,
            "lottery_approval_action_mine": self.specialist,
            "lottery_approval_action_copied": self.stranger,
        }
        for action, owner in expected.items():
            for user in (self.county_head, self.specialist, self.stranger):
                found = self._list(user, action)
                self.assertEqual(found, run if user == owner else run.browse(), action)
        self.assertEqual(self._list(self.north_head, "lottery_approval_action"), run)
        self.assertEqual(self._count(self.county_head), 1)
        self.assertEqual(self._count(self.north_head), 0)
        self._as(run, self.county_head).action_approve()
        self.assertEqual(self._count(self.county_head), 0)
        self.assertEqual(self._count(self.north_head), 1)
        handled = self.env["lottery.approval"].with_user(self.county_head)
        domain = [("review_ids.done_by", "=", self.county_head.id)]
        self.assertEqual(handled.search(domain), run)

    def test_badge_is_told(self):
        """The web clients of those concerned count anew."""
        self.env["bus.bus"].search([]).unlink()
        self._submit()
        self.env.cr.precommit.run()
        channels = self.env["bus.bus"].search(
            [("message", "ilike", "base.tier.validation/updated")]
        )
        self.assertEqual(len(channels), 1)
        self.assertIn(str(self.county_head.partner_id.id), channels.channel)

    def test_bulk_approval_reports_what_could_not_be(self):
        """PF-APR-03: each stands alone; the rest is reported with its reason."""
        runs = self.env["lottery.approval"]
        for _number in range(3):
            runs |= self._submit()[1]
        self._as(runs[0], self.county_head).action_approve()
        permit = self.env[self.model].browse(runs[1].res_id)
        permit.flush_recordset()
        self.env.cr.execute(
            f"UPDATE {permit._table} SET amount = 9 WHERE id = %s", [permit.id]
        )
        self.env.invalidate_all()
        action = runs.with_user(self.county_head).action_decide()
        decision = (
            self.env["lottery.approval.decision"]
            .with_user(self.county_head)
            .with_context(**action["context"])
            .create({"comment": "all fine"})
        )
        decision.action_confirm()
        self.assertEqual(decision.done_count, 1)
        reasons = {
            failure.approval_id: failure.reason for failure in decision.failure_ids
        }
        self.assertEqual(set(reasons), {runs[0], runs[1]})
        self.assertIn("decided a level already", reasons[runs[0]])
        self.assertIn("void", reasons[runs[1]])
        self.assertEqual(runs.mapped("state"), ["pending", "void", "pending"])
        self.assertEqual(runs[2].step, "2/2 Level 2")

    def test_foreign_ids_are_not_decided(self):
        """What the user can't see is not in the decision, whatever the client sends."""
        _permit, run = self._submit()
        self.flow.copied_ids = False
        run.sudo().participant_ids -= self.stranger
        with self.assertRaises(AccessError):
            self.env["lottery.approval.decision"].with_user(self.stranger).create(
                {"approval_ids": [Command.link(run.id)]}
            )
        self.assertEqual(self._kinds(run), ["submitted"])

    @warmup
    def test_list_costs_the_same_for_many(self):
        """PF-APR-03: no query per row, in the list and in the count."""
        costs = []
        for count in (3, 20):
            for _number in range(count):
                self._submit()
            self.env.flush_all()
            self.env.invalidate_all()
            inbox = self.env["lottery.approval"].with_user(self.county_head)
            before = self.env.cr.sql_log_count
            found = inbox.web_search_read(
                [("can_review", "=", True)], {name: {} for name in LIST}, limit=80
            )
            counted = self._count(self.county_head)
            costs.append(self.env.cr.sql_log_count - before)
            self.assertEqual(found["length"], counted)
        self.assertEqual(counted, 23)
        self.assertLessEqual(costs[1], costs[0])
        self.assertLessEqual(costs[1], 30)


@tagged("post_install", "-at_install")
class TestExport(ApprovalFixture, HttpCase):
    """PF-APR-05: lists export to XLSX."""

    model = "lottery.change.request"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_people()
        cls._create_flow({})

    def test_xlsx(self):
        """PF-APR-05: the web client's export, of what the user sees."""
        self.env["lottery.change.request"].with_user(self.specialist)._propose(
            self.county.with_user(self.specialist), {"phone": "020 1"}, "moved"
        )
        self.authenticate(self.county_head.login, "ap_county-Passw0rd!")
        names = ["name", "record_name", "applicant_id", "step", "waiting_for", "state"]
        response = self.url_open(
            "/web/export/xlsx",
            data={
                "csrf_token": Request.csrf_token(self),
                "data": json.dumps(
                    {
                        "model": "lottery.approval",
                        "fields": [
                            {"name": name, "label": name, "type": "char"}
                            for name in names
                        ],
                        "ids": False,
                        "domain": [],
                        "groupby": [],
                        "import_compat": False,
                        "context": {"lang": "en_US"},
                    }
                ),
            },
        )
        rows = list(load_workbook(io.BytesIO(response.content)).active.values)
        self.assertEqual(list(rows[0]), names)
        self.assertEqual(
            rows[1][3:], ("1/1 Level 1", self.county_head.name, "In Approval")
        )
