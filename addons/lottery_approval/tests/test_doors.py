from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import ApprovalFixture, WebClientMixin

RUN = "lottery.approval"
REQUEST = "lottery.change.request"


@tagged("post_install", "-at_install")
class TestDoors(WebClientMixin, ApprovalFixture, HttpCase):
    """PF-APR-02, PF-APR-03: the buttons and forms of the web client, over HTTP."""

    model = REQUEST

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_people()
        cls.flow = cls._create_flow({}, {"branch_depth": 1})

    def _ask(self, phone="020 1"):
        county = self.county.with_user(self.specialist)
        requests = self.env[REQUEST].with_user(self.specialist)
        return requests._propose(county, {"phone": phone}, "moved").approval_id

    def _press(self, user, runs, button, **values):
        """Press a button, fill in the form it opens, confirm."""
        action = self._call(user, button, runs.ids, model=RUN)
        [decision] = self._call(
            user,
            "web_save",
            [],
            values,
            model=action["res_model"],
            specification={},
            context=action["context"],
        )
        self._call(user, "action_confirm", decision["id"], model=action["res_model"])
        return self.env[action["res_model"]].browse(decision["id"])

    def _trail(self, run):
        return [
            (event.kind, event.user_id.login, event.comment or "", event.address)
            for event in run.event_ids[1:]
        ]

    def test_rejected_with_a_reason(self):
        """PF-APR-02: the form insists on a reason; record, review and trail have it."""
        run = self._ask()
        form = {"model": "lottery.approval.decision", "specification": {}}
        action = self._call(self.county_head, "action_reject", run.ids, model=RUN)
        [decision] = self._call(
            self.county_head, "web_save", [], {}, context=action["context"], **form
        )
        self._refuse(
            "Reason: is needed",
            self.county_head,
            "action_confirm",
            decision["id"],
            model=form["model"],
        )
        self._press(self.county_head, run, "action_reject", comment="unclear")
        request = self.env[REQUEST].browse(run.res_id)
        self.assertEqual((run.state, request.approval_state), ("rejected", "rejected"))
        self.assertEqual(run.review_ids.comment, "unclear")
        self.assertEqual(
            self._trail(run), [("rejected", "ap_county", "unclear", "127.0.0.1")]
        )
        self.assertFalse(self.county.phone)

    def test_returned_forwarded_and_approved(self):
        """PF-APR-02: back to an earlier level, on to a colleague, through."""
        run = self._ask()
        self._press(self.county_head, run, "action_decide", comment="fine")
        first = run.level_ids[0]
        self._press(
            self.north_head, run, "action_return", level_id=first.id, comment="again"
        )
        self._press(
            self.county_head, run, "action_forward", user_id=self.aide.id, comment="you"
        )
        self._refuse(
            "meanwhile", self.county_head, "action_approve", run.ids, model=RUN
        )
        self._press(self.aide, run, "action_decide")
        self._press(self.north_head, run, "action_decide", comment="good")
        self.assertEqual((run.state, self.county.phone), ("approved", "020 1"))
        self.assertEqual(
            [line[:3] for line in self._trail(run)],
            [
                ("approved", "ap_county", "fine"),
                ("returned", "ap_north", "again"),
                ("forwarded", "ap_county", "you"),
                ("approved", "ap_aide", ""),
                ("approved", "ap_north", "good"),
                ("finished", "ap_north", ""),
            ],
        )

    def test_withdrawn_by_the_applicant(self):
        """PF-APR-02: the applicant, while nothing is decided; nobody else."""
        run = self._ask()
        self._refuse(
            "Only the applicant",
            self.county_head,
            "action_withdraw",
            run.ids,
            model=RUN,
        )
        self._call(self.specialist, "action_withdraw", run.ids, model=RUN)
        self.assertEqual(run.state, "withdrawn")
        again = self._ask("020 2")
        self._press(self.county_head, again, "action_decide")
        self._refuse(
            "decided on already",
            self.specialist,
            "action_withdraw",
            again.ids,
            model=RUN,
        )
        self.assertEqual(again.state, "pending")

    def test_deputy_named_on_the_screen(self):
        """PF-APR-02: an absence entered in its list lets the deputy decide."""
        run = self._ask()
        deputy = self._create_user("ap_deputy", self.county, "branch_head")
        self._refuse(
            "does not wait for you", deputy, "action_approve", run.ids, model=RUN
        )
        today = fields.Date.to_string(fields.Date.today())
        self._call(
            self.county_head,
            "web_save",
            [],
            {
                "user_id": self.county_head.id,
                "deputy_id": deputy.id,
                "date_from": today,
                "date_to": today,
            },
            model="lottery.approval.absence",
            specification={},
        )
        self._press(deputy, run, "action_decide", comment="in place")
        event = run.event_ids[-1]
        self.assertEqual(
            (event.user_id, event.on_behalf_id), (deputy, self.county_head)
        )

    def test_printed(self):
        """PF-APR-05: the form with its trail, for who sees the approval."""
        run = self._ask()
        self._press(self.county_head, run, "action_decide", comment="fine")
        action = self._call(self.county_head, "action_print", run.ids, model=RUN)
        address = f"/report/html/{action['report_name']}/{run.id}"
        page = self.url_open(address, timeout=60)
        self.assertEqual(page.status_code, 200)
        for text in (run.name, "020 1", self.county_head.name, "fine"):
            self.assertIn(text, page.text)
        self.authenticate(self.stranger.login, self.stranger.login + "-Passw0rd!")
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
            refused = self.url_open(address, timeout=60)
        self.assertNotIn(run.name, refused.text)

    def test_several_at_once(self):
        """PF-APR-03: bulk approval of a selection; foreign ids change nothing."""
        runs = self._ask() | self._ask("020 2")
        decision = self._press(self.county_head, runs, "action_decide", comment="all")
        self.assertEqual((decision.done_count, len(decision.failure_ids)), (2, 0))
        self.assertEqual(set(runs.mapped("step")), {"2/2 Level 2"})
        self._refuse(
            "AccessError",
            self.stranger,
            "web_save",
            [],
            {"approval_ids": [Command.set(runs.ids)]},
            model="lottery.approval.decision",
            specification={},
        )
        self.assertEqual(len(runs.event_ids), 4)
