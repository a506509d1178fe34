"""PF-INT-02, PF-APR-02: approvals over XML-RPC and JSON-2, by keys, with the same rules."""

import json
from datetime import timedelta
from xmlrpc.client import Fault

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_change_request import MODEL, ChangeFixture

REFUSED, FORBIDDEN = 2, 4  # faultCode of XML-RPC
LOGGERS = (
    "odoo.http",
    "odoo.addons.base.models.ir_rule",
    "odoo.addons.base.models.ir_model",
)


@tagged("post_install", "-at_install", "security")
class TestRpcDoors(ChangeFixture, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_change()
        people = (
            cls.specialist,
            cls.aide,
            cls.stranger,
            cls.county_head,
            cls.north_head,
        )
        cls.keys = {user: cls._make_key(user) for user in people}

    @classmethod
    def _make_key(cls, user):
        tonight = fields.Datetime.now() + timedelta(hours=12)
        return (
            cls.env["res.users.apikeys"]
            .with_user(user)
            ._generate("rpc", "test", tonight)
        )

    # === DOORS === #

    def _xmlrpc(self, user, method, *args, model=MODEL, **options):
        result = self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, self.keys[user], model, method, args, options
        )
        self.env.invalidate_all()
        return result

    def _json2(self, user, method, model=MODEL, **arguments):
        """Return ``(status, answer)``."""
        with mute_logger(*LOGGERS):
            response = self.url_open(
                f"/json/2/{model}/{method}",
                data=json.dumps(arguments),
                headers={
                    "Authorization": f"Bearer {self.keys[user]}",
                    "Content-Type": "application/json",
                    "X-Odoo-Database": self.env.cr.dbname,
                },
            )
        self.env.invalidate_all()
        return response.status_code, response.json()

    def assertFault(self, code, *args, **options):
        with mute_logger(*LOGGERS), self.assertRaises(Fault) as caught:
            self._xmlrpc(*args, **options)
        self.assertEqual(caught.exception.faultCode, code, caught.exception)

    def _wish(self, phone):
        return {
            "model": "lottery.branch",
            "res_id": self.county.id,
            "reason": "moved",
            "proposal": {"phone": phone},
        }

    def _ask(self, phone):
        """Ask for a change and submit it, over JSON-2; return the request."""
        status, made = self._json2(
            self.specialist, "create", vals_list=[self._wish(phone)]
        )
        self.assertEqual(status, 200, made)
        status, answer = self._json2(
            self.specialist, "action_submit_approval", ids=made
        )
        self.assertEqual((status, answer), (200, True))
        request = self.env[MODEL].browse(made)
        self.assertEqual(request.approval_state, "pending")
        return request

    # === FLOWS === #

    def test_asked_and_approved_over_xmlrpc(self):
        """PF-APR-02, PF-INT-02: from the wish to the value; nobody out of turn."""
        request_id = self._xmlrpc(self.specialist, "create", self._wish("020 3333"))
        request = self.env[MODEL].browse(request_id)
        self.assertTrue(
            self._xmlrpc(self.specialist, "action_submit_approval", [request_id])
        )
        self.assertFault(
            REFUSED, self.specialist, "action_submit_approval", [request_id]
        )
        self.assertFault(
            REFUSED, self.specialist, "write", [request_id], {"reason": "other"}
        )
        for user in (self.specialist, self.north_head):
            self.assertFault(FORBIDDEN, user, "action_approve", [request_id])
        self.assertFault(FORBIDDEN, self.stranger, "action_approve", [request_id])

        for user in (self.county_head, self.north_head):
            [run] = self._xmlrpc(
                user,
                "search_read",
                [["can_review", "=", True]],
                model="lottery.approval",
                fields=["state", "waiting_for"],
            )
            self.assertEqual(run["state"], "pending")
            self.assertEqual(self.county.phone, "020 1111")
            self.assertTrue(
                self._xmlrpc(
                    user,
                    "action_approve",
                    [run["id"]],
                    "in order",
                    model="lottery.approval",
                )
            )
        self.assertEqual(self.county.phone, "020 3333")
        self.assertEqual(request.approval_state, "approved")
        self.assertFault(REFUSED, self.north_head, "action_approve", [request_id])
        trail = self._xmlrpc(
            self.specialist,
            "search_read",
            [["approval_id", "=", request.sudo().approval_id.id]],
            model="lottery.approval.event",
            fields=["kind", "comment"],
            order="id",
        )
        self.assertEqual(
            [event["kind"] for event in trail],
            ["submitted", "approved", "approved", "finished"],
        )
        self.assertEqual(trail[1]["comment"], "in order")

    def test_rejected_over_json2(self):
        """PF-APR-02, PF-INT-02: a reason is needed; the second word finds it decided."""
        request = self._ask("020 4444")
        status, answer = self._json2(
            self.county_head, "action_reject", ids=request.ids, reason="  "
        )
        self.assertEqual(status, 422)
        self.assertIn("Reason", answer["message"])
        self.assertEqual(request.approval_state, "pending")
        status, answer = self._json2(
            self.aide, "action_reject", ids=request.ids, reason="No"
        )
        self.assertEqual(status, 403)
        status, answer = self._json2(
            self.county_head, "action_reject", ids=request.ids, reason="Wrong number"
        )
        self.assertEqual((status, answer), (200, True))
        self.assertEqual(request.approval_state, "rejected")
        self.assertEqual(self.county.phone, "020 1111")
        event = request.sudo().approval_id.event_ids[-1]
        self.assertEqual((event.kind, event.comment), ("rejected", "Wrong number"))
        self.assertEqual(event.user_id, self.county_head)
        status, answer = self._json2(
            self.county_head, "action_approve", ids=request.ids
        )
        self.assertEqual(status, 422)

    def test_withdrawn_over_json2(self):
        """PF-APR-02, PF-INT-02: by the applicant alone, while nothing is decided."""
        request = self._ask("020 5555")
        for user in (self.county_head, self.aide):
            status, _answer = self._json2(user, "action_withdraw", ids=request.ids)
            self.assertEqual(status, 403)
        status, answer = self._json2(
            self.specialist, "action_withdraw", ids=request.ids
        )
        self.assertEqual((status, answer), (200, True))
        self.assertEqual(request.approval_state, "none")
        self.assertEqual(request.sudo().approval_id.state, "withdrawn")
        status, _answer = self._json2(
            self.county_head, "action_approve", ids=request.ids
        )
        self.assertEqual(status, 422)

        again = self._ask("020 6666")
        self._json2(self.county_head, "action_approve", ids=again.ids)
        status, answer = self._json2(self.specialist, "action_withdraw", ids=again.ids)
        self.assertEqual(status, 422)
        self.assertEqual(again.approval_state, "pending")

    def test_returned_over_xmlrpc(self):
        """PF-APR-02, PF-INT-02: back to an earlier level, which decides anew."""
        request = self._ask("020 7777")
        self._xmlrpc(self.county_head, "action_approve", request.ids)
        run = request.sudo().approval_id
        self.assertFault(
            REFUSED, self.north_head, "action_return", request.ids, 2, "Look again"
        )
        self._xmlrpc(self.north_head, "action_return", request.ids, 1, "Look again")
        self.assertEqual((run.state, run.level_id.number), ("pending", 1))
        self.assertEqual(run.event_ids[-1].kind, "returned")
        for user in (self.county_head, self.north_head):
            self._xmlrpc(user, "action_approve", request.ids)
        self.assertEqual(self.county.phone, "020 7777")

    # === NO OTHER WAY === #

    def test_the_engine_is_no_door(self):
        """PF-INT-02: neither its methods nor its fields are reached from outside."""
        request = self._ask("020 8888")
        run = request.sudo().approval_id
        for method in ("_finish", "_end", "_open_gate", "_close_review"):
            status, _answer = self._json2(
                self.county_head, method, model="lottery.approval", ids=run.ids
            )
            self.assertEqual(status, 403, method)
        for values in ({"approval_state": "approved"}, {"approval_id": run.id}):
            status, _answer = self._json2(
                self.specialist, "write", ids=request.ids, vals=values
            )
            self.assertEqual(status, 422, values)
        for model, record in (
            ("lottery.approval", run),
            ("lottery.approval.event", run.event_ids[:1]),
        ):
            for method, arguments in (
                ("write", {"vals": {"active": False}}),
                ("unlink", {}),
            ):
                status, _answer = self._json2(
                    self.county_head, method, model=model, ids=record.ids, **arguments
                )
                self.assertIn(status, (403, 422), (model, method))
        self.assertEqual((request.approval_state, run.state), ("pending",) * 2)
        self.assertEqual(self.county.phone, "020 1111")
