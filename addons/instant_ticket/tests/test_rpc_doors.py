"""PF-INT-02: scan-out and hand-over over XML-RPC and JSON-2, with the same rules."""

import json
from datetime import timedelta
from xmlrpc.client import Fault

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TicketHttpCase

MODEL = "instant.order"
FORBIDDEN = 4
LOGGERS = (
    "odoo.http",
    "odoo.addons.base.models.ir_rule",
    "odoo.addons.base.models.ir_model",
)


@tagged("post_install", "-at_install", "security")
class TestRpcDoors(TicketHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tonight = fields.Datetime.now() + timedelta(hours=12)
        cls.driver = cls._create_user("t_driver", cls.north, "driver")
        keys = cls.env["res.users.apikeys"]
        cls.keys = {
            user: keys.with_user(user)._generate("rpc", "test", tonight)
            for user in (cls.keeper, cls.keeper_south, cls.desk, cls.driver)
        }

    def _xmlrpc(self, user, method, *args):
        self.env.flush_all()
        result = self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, self.keys[user], MODEL, method, args
        )
        self.env.invalidate_all()
        return result

    def _json2(self, user, method, **arguments):
        self.env.flush_all()
        with mute_logger(*LOGGERS):
            response = self.url_open(
                f"/json/2/{MODEL}/{method}",
                data=json.dumps(arguments),
                headers={
                    "Authorization": f"Bearer {self.keys[user]}",
                    "Content-Type": "application/json",
                    "X-Odoo-Database": self.env.cr.dbname,
                },
            )
        self.env.invalidate_all()
        return response.status_code, response.json()

    def _free(self, count):
        packs = self.env["instant.pack"].search(
            [("game_id", "=", self.game.id), ("state", "=", "available")], limit=count
        )
        return packs.mapped("code")

    def test_scanned_out_over_xmlrpc(self):
        """IT-WHS-03, PF-INT-02: refused, taken once, undone, closed; by who may."""
        order = self._ready_order(packs=2)
        opened = self._xmlrpc(self.keeper, "scan_station_open", order.name)
        self.assertEqual((opened["id"], opened["wanted"]), (order.id, 2))
        self.assertEqual(opened["items"][0]["code"], self.game.code)
        wrong = self._xmlrpc(self.keeper, "scan_station_scan", order.ids, "rubbish")
        self.assertEqual((wrong["result"], wrong["check"]), ("refused", 1))
        first, second = self._free(2)
        for _time in range(2):
            answer = self._xmlrpc(
                self.keeper, "scan_station_scan", order.ids, first, "k1"
            )
            self.assertEqual((answer["result"], answer["packs"]), ("ok", 1))
        self.assertEqual(order.scanned_count, 1)
        answer = self._xmlrpc(self.keeper, "scan_station_undo", order.ids, first, "k2")
        self.assertEqual((answer["result"], order.scanned_count), ("undone", 0))
        for user in (self.keeper_south, self.desk):
            with mute_logger(*LOGGERS), self.assertRaises(Fault) as caught:
                self._xmlrpc(user, "scan_station_scan", order.ids, first)
            self.assertEqual(caught.exception.faultCode, FORBIDDEN)
        for label in (first, second):
            self._xmlrpc(self.keeper, "scan_station_scan", order.ids, label)
        closed = self._xmlrpc(self.keeper, "scan_station_confirm", order.ids)
        self.assertTrue(closed["confirming"])
        self.assertTrue(order.confirming)
        self.assertBooksAgree()

    def test_scanned_out_and_handed_over_over_json2(self):
        """IT-DLV-04, PF-INT-02: a short parcel stays, a wrong code is kept."""
        order = self._ready_order(packs=2)
        first, second = self._free(2)
        scan = {"ids": order.ids, "code": first, "key": "k1"}
        status, answer = self._json2(self.keeper, "scan_station_scan", **scan)
        self.assertEqual((status, answer["result"]), (200, "ok"))
        status, answer = self._json2(self.keeper, "scan_station_confirm", ids=order.ids)
        self.assertEqual(status, 422)
        self.assertFalse(order.confirming)
        self._json2(self.keeper, "scan_station_scan", ids=order.ids, code=second)
        status, answer = self._json2(self.keeper, "scan_station_confirm", ids=order.ids)
        self.assertEqual((status, answer["confirming"]), (200, True))
        order._set_shipped({"reference": "C-1"})

        status, parcel = self._json2(self.driver, "handover_find", code=order.name)
        self.assertEqual((status, parcel["id"]), (200, order.id))
        self.assertNotIn(order.pickup_code, json.dumps(parcel))
        wrong = f"{(int(order.pickup_code) + 1) % 10**6:06d}"
        for code, ok, state in (
            (wrong, False, "shipped"),
            (order.pickup_code, True, "delivered"),
        ):
            status, answer = self._json2(
                self.driver, "action_deliver", ids=order.ids, code=code
            )
            self.assertEqual((status, answer["ok"]), (200, ok))
            self.assertEqual(order.state, state)
        outcomes = order.attempt_ids.sorted("id").mapped("outcome")
        self.assertEqual(outcomes, ["wrong_code", "delivered"])
        status, _answer = self._json2(
            self.keeper_south, "action_deliver", ids=order.ids, code="123456"
        )
        self.assertEqual(status, 403)
        status, _answer = self._json2(self.keeper, "_set_shipped", ids=order.ids)
        self.assertEqual(status, 403)
        self.assertBooksAgree()
