"""Consultation tickets (PF-WRK-01)."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import WorkbenchCase


@tagged("post_install", "-at_install")
class TestConsultation(WorkbenchCase):
    def _ticket(self, user=None, **values):
        form = Form(self.env["lottery.consultation"].with_user(user or self.desk))
        form.subject = "Top-up not on the account"
        form.question = "Paid yesterday"
        form.kind_id = self.env.ref(
            "lottery_workbench.lottery_consultation_kind_device"
        )
        for name, value in values.items():
            setattr(form, name, value)
        return form.save()

    def test_from_question_to_answer(self):
        """PF-WRK-01: number, deadline by kind, answer needed, time counted."""
        now = fields.Datetime.now().replace(microsecond=0)
        row = self._ticket(channel="wechat", asker_name="Owner", outlet_text="65991")
        self.assertTrue(row.name.startswith("ZX"))
        self.assertEqual((row.user_id, row.branch_id), (self.desk, self.north))
        self.assertLess(
            abs(row.deadline - now - timedelta(hours=4)), timedelta(minutes=1)
        )
        self.assertRefused(row._name, "action_answer", row.ids, user=self.desk)
        self.rpc(row._name, "action_start", row.ids, user=self.desk)
        with freeze_time(now + timedelta(hours=5)):
            self.assertTrue(row.is_overdue)
            overdue = row.search([("is_overdue", "=", True)])
            self.assertIn(row, overdue)
            self.rpc(row._name, "write", row.ids, {"answer": "By noon"}, user=self.desk)
        row.action_answer()
        self.assertEqual(row.state, "answered")
        self.assertFalse(row.is_overdue)
        self.assertRefused(
            row._name, "write", row.ids, {"answer_hours": 0}, user=self.desk
        )
        self.rpc(row._name, "action_close", row.ids, user=self.desk)
        self.assertRefused(row._name, "unlink", row.ids, user=self.admin_north)

    def test_handed_over_with_a_reason(self):
        """PF-WRK-01: the history keeps from, to, why; the next one is told."""
        row = self._ticket()
        row.action_start()
        self.assertRefused(
            row._name, "write", row.ids, {"user_id": self.keeper.id}, user=self.desk
        )
        self.assertRefused(
            row._name,
            "write",
            row.ids,
            {"user_id": self.keeper.id},
            user=self.desk,
            context={"lottery_state_gate": True},
        )
        action = row.action_hand_over()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.desk)
            .with_context(**action["context"])
        )
        wizard.user_id = self.keeper
        wizard.reason = "Lies in the warehouse"
        wizard.save().action_apply()
        self.assertEqual((row.user_id, row.handover_count), (self.keeper, 1))
        history = row.handover_ids
        self.assertEqual(
            (history.from_user_id, history.to_user_id, history.reason),
            (self.desk, self.keeper, "Lies in the warehouse"),
        )
        note = self.notes_of(self.keeper, "consultation_handed_over")
        self.assertIn("Lies in the warehouse", note.body)
        self.assertRefused(
            history._name,
            "write",
            history.ids,
            {"reason": "x"},
            user=self.desk,
            name="AccessError",
        )

    def test_whoever_holds_it_sees_it(self):
        """PF-SEC-02: the sibling sees nothing until it is handed to it."""
        row = self._ticket()
        self.assertEqual(self.seen(row._name, row, self.desk_south), [])
        row.sudo()._hand_over(self.desk_south, "Their outlet")
        self.assertEqual(self.seen(row._name, row, self.desk_south), row.ids)
        self.assertEqual(
            self.seen(
                "lottery.consultation.handover", row.handover_ids, self.desk_south
            ),
            row.handover_ids.ids,
        )
        self.assertEqual(self.seen(row._name, row, self.admin_south), [])

    def test_found_exported_and_counted(self):
        """PF-WRK-01: search in question and answer, export, statistics."""
        row = self._ticket(question="The printer eats paper")
        view = self.env.ref("lottery_workbench.lottery_consultation_view_search")
        self.assertIn("question", view.arch)
        found = self.rpc(
            row._name,
            "web_search_read",
            user=self.desk,
            domain=[["question", "ilike", "eats paper"]],
            specification={"name": {}},
        )
        self.assertEqual(found["records"][0]["name"], row.name)
        exported = self.rpc(
            row._name,
            "export_data",
            row.ids,
            ["name", "kind_id", "channel"],
            user=self.desk,
        )
        self.assertEqual(exported["datas"][0][0], row.name)
        groups = self.rpc(
            row._name,
            "formatted_read_group",
            [["id", "=", row.id]],
            ["kind_id", "channel"],
            ["__count", "answer_hours:avg"],
            user=self.desk,
        )
        self.assertEqual(groups[0]["__count"], 1)

    def test_tagged(self):
        """PF-WRK-01, PF-TAG-03: tags of the engine: given on the form, searched,
        grouped, set on a selection; who gave them stays known."""
        tag_set = self.env["lottery.tag.set"].create(
            {
                "name": "Topics",
                "model": "lottery.consultation",
                "branch_id": False,
                "tag_ids": [(0, 0, {"name": "Complaint"})],
            }
        )
        tag = tag_set.tag_ids
        row, other = self._ticket(), self._ticket()
        self.rpc(
            row._name,
            "web_save",
            row.ids,
            {"lottery_tag_ids": [[4, tag.id]]},
            user=self.desk,
            specification={},
        )
        self.assertEqual(row.lottery_tag_ids, tag)
        link = self.env["lottery.tag.link"].search([("tag_id", "=", tag.id)])
        self.assertEqual((link.user_id, link.res_id), (self.desk, row.id))
        groups = self.rpc(
            row._name,
            "formatted_read_group",
            [["lottery_tag_ids", "ilike", "compl"]],
            ["lottery_tag_ids"],
            ["__count"],
            user=self.desk,
        )
        self.assertEqual(
            [(group["lottery_tag_ids"][0], group["__count"]) for group in groups],
            [(tag.id, 1)],
        )
        views = self.rpc(
            row._name,
            "get_views",
            user=self.desk,
            views=[[False, "list"], [False, "search"]],
            options={"toolbar": True},
        )["views"]
        self.assertIn("group_by_lottery_tag", views["search"]["arch"])
        names = [action["name"] for action in views["list"]["toolbar"]["action"]]
        self.assertIn("Set Tags", names)
        self.assertRefused(
            other._name,
            "write",
            other.ids,
            {"lottery_tag_ids": [[4, tag.id]]},
            user=self.desk_south,
            name="AccessError",
        )
        self.assertFalse(other.lottery_tag_ids)

    def test_meeting_about_it(self):
        """PF-WRK-01: a calendar entry that knows its ticket."""
        action = self._ticket().action_meeting()
        form = Form(
            self.env["calendar.event"]
            .with_user(self.desk)
            .with_context(**action["context"])
        )
        event = form.save()
        self.assertEqual(event.res_model, "lottery.consultation")
        self.assertIn(self.desk.partner_id, event.partner_ids)

    def test_an_answered_ticket_is_not_handed_over(self):
        row = self._ticket(answer="Yes")
        row.action_answer()
        wizard = self.env["lottery.consultation.handover.wizard"].create(
            {"consultation_ids": row.ids, "user_id": self.keeper.id, "reason": "x"}
        )
        with self.assertRaisesRegex(UserError, "not open any more"):
            wizard.action_apply()
