"""Scanning out: the twelve checks, undo, cartons, closing (IT-WHS-03, IT-BEN-06)."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..engine.pack_code import carton_label, pack_label
from .common import TicketCase


@tagged("post_install", "-at_install")
class TestScan(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.packs = cls._stock(cls.game, cls.warehouse, 60)
        cls.others = cls._stock(cls.other_game, cls.warehouse, 20)
        cls._top_up(cls.outlet, 100_000)
        cls.order = cls._lock(cls._place(cls.outlet, {cls.game: 3}))

    def _scan(self, code, order=None, user=None, key=None):
        order = (order or self.order).with_user(user or self.keeper)
        answer = order.scan_station_scan(code, key)
        self.env.invalidate_all()
        return answer

    def assertRefused(self, answer, check, reason=None):
        """The check that refused is named, and nothing was changed."""
        self.assertEqual(
            (answer["result"], answer["check"]), ("refused", check), answer
        )
        if reason:
            self.assertEqual(answer["reason"], reason)
        self.assertTrue(answer["message"])
        self.assertEqual(answer["packs"], 0)

    def assertNothingScanned(self, order=None):
        order = order or self.order
        self.assertEqual(order.scanned_count, 0)
        self.assertFalse(self.env["instant.pack"].search([("order_id", "=", order.id)]))
        self.assertEqual(order.state, "locked")

    # === THE TWELVE FAULTS === #

    def test_check_01_not_a_label(self):
        """Check 1: parsed, and the game exists."""
        self.assertRefused(self._scan("6901234567892"), 1, "bad_code")
        self.assertRefused(self._scan("NOPE-0000001"), 1, "unknown_game")
        self.assertRefused(self._scan(""), 1, "bad_code")
        self.assertRefused(self._scan("'; DROP TABLE instant_pack; --"), 1, "bad_code")
        self.assertNothingScanned()

    def test_check_02_unknown_pack(self):
        """Check 2: the pack is known in the ledger."""
        self.assertRefused(self._scan(pack_label(self.game.code, 9_999_999)), 2)
        self.assertRefused(self._scan(carton_label(self.game.code, 999_999)), 2)
        self.assertNothingScanned()

    def test_check_03_duplicate_serial(self):
        """Check 3: a serial that exists twice is put aside."""
        self.packs[0].with_user(self.keeper).action_change("duplicate", reason="Twin")
        self.assertRefused(self._scan(self.packs[0].code), 3, "duplicate_serial")
        self.assertNothingScanned()

    def test_check_04_game_not_on_sale(self):
        """Check 4: the game is on sale, the pack not recalled."""
        self.packs[0].sudo().action_change(
            "recalled", reason="Misprint", evidence={"reference": "R-1"}
        )
        self.assertRefused(self._scan(self.packs[0].code), 4, "recalled")
        self.game._update_state("withdrawn")
        self.assertRefused(self._scan(self.packs[1].code), 4, "game_not_active")
        self.assertRefused(self._scan(self.packs[59].carton_id.code), 4)
        self.assertNothingScanned()

    def test_check_05_not_in_this_warehouse(self):
        """Check 5: in stock, in this warehouse."""
        far = self._stock(self.game, self.warehouse_south, 20)
        self.assertRefused(self._scan(far[0].code), 5, "other_warehouse")
        self.assertRefused(self._scan(far.carton_id.code), 5, "other_warehouse")
        announced = self._announce(self.game, self.warehouse, 20).carton_ids
        self.assertRefused(self._scan(announced.pack_ids[0].code), 5, "not_in_stock")
        self.assertRefused(self._scan(announced.code), 5, "not_in_stock")
        shipped = self._lock(self._place(self.outlet, {self.game: 1}))
        gone = self._ship(shipped)
        self.assertRefused(self._scan(gone.code), 5, "not_in_stock")
        self.assertNothingScanned()

    def test_check_06_other_orders_pack(self):
        """Check 6: free, or locked for this order."""
        other = self._lock(self._place(self.outlet, {self.game: 1}))
        self.assertEqual(self._scan(self.packs[0].code, other)["result"], "ok")
        answer = self._scan(self.packs[0].code)
        self.assertRefused(answer, 6, "other_order")
        self.assertIn(other.name, answer["message"])
        self.assertNothingScanned()
        self.packs[1]._move_to("locked", order_id=self.order)
        self.assertEqual(self._scan(self.packs[1].code)["result"], "ok")
        self.packs[2]._move_to("locked", order_id=other)
        self.assertRefused(self._scan(self.packs[2].code), 6, "other_order")

    def test_check_07_not_ordered_or_enough(self):
        """Check 7: the game is on the order and its line not full."""
        self.assertRefused(self._scan(self.others[0].code), 7, "not_on_order")
        self.assertNothingScanned()
        for pack in self.packs[:3]:
            self._scan(pack.code)
        self.assertRefused(self._scan(self.packs[3].code), 7, "line_full")
        self.assertEqual(self.order.scanned_count, 3)

    def test_check_08_scanned_twice(self):
        """Check 8: not scanned twice."""
        self._scan(self.packs[0].code)
        self.assertRefused(self._scan(self.packs[0].code), 8, "already_scanned")
        self.assertEqual(self.order.scanned_count, 1)

    def test_check_09_lost_stolen_damaged(self):
        """Check 9: not stolen, lost or damaged."""
        photo = self.env["ir.attachment"].create({"name": "wet.png", "raw": b"x"})
        evidence = {"reference": "P-1", "attachment_ids": photo.ids}
        states = ("stolen", "lost", "missing", "damaged")
        for pack, state in zip(self.packs, states, strict=False):
            pack.sudo().action_change(state, reason="Gone", evidence=evidence)
            self.assertRefused(self._scan(pack.code), 9, "blocked")
        self.assertNothingScanned()

    def test_check_10_outlet_and_deduction(self):
        """Check 10: the outlet is active and the pre-deduction confirmed."""
        waiting = self._place(self.outlet, {self.game: 1})
        self.assertRefused(self._scan(self.packs[0].code, waiting), 10, "not_deducted")
        self.outlet.action_suspend("Inspection")
        self.assertRefused(self._scan(self.packs[0].code), 10, "outlet_inactive")
        self.assertNothingScanned()

    def test_check_11_broken_carton(self):
        """Check 11: a carton is unbroken, free and wanted as a whole."""
        order = self._lock(self._place(self.outlet, {self.game: 25}))
        opened, whole = self.packs[0].carton_id, self.packs[20].carton_id
        self._scan(self.packs[0].code, order)
        self.assertEqual(opened.state, "broken")
        self.assertRefused(self._scan(opened.code, order), 11, "carton_opened")
        self.assertRefused(self._scan(whole.code), 11, "carton_too_big")
        self.packs[21].sudo().action_change("missing", reason="Gone")
        whole.invalidate_recordset()
        self.assertRefused(self._scan(whole.code, order), 11)
        self.assertEqual(order.scanned_count, 1)
        self.assertNothingScanned()

    def test_check_12_incomplete(self):
        """Check 12: at close scanned = locked; a short parcel does not close."""
        self._scan(self.packs[0].code)
        with self.assertUserError("1.*3"):
            self.order.with_user(self.keeper).scan_station_confirm()
        self.assertEqual(self.order.state, "picking")
        self.assertFalse(self.order.confirming)
        with self.assertRaises(UserError):
            self.order.picking_id.with_user(self.keeper).button_validate()
        self.assertFalse(self.order.shipped_at)

    # === RIGHT SCANS === #

    def test_order_goes_through(self):
        """IT-WHS-03, IT-WHS-04: scan, close, ILMS confirms, goods leave."""
        answer = self._scan(self.packs[0].code)
        self.assertEqual(answer["result"], "ok")
        self.assertEqual(answer["order"]["scanned"], 1)
        self.assertEqual(answer["order"]["wanted"], 3)
        self.assertEqual(self.order.state, "picking")
        for pack in self.packs[1:3]:
            self._scan(pack.code)
        screen = self.order.with_user(self.keeper).scan_station_confirm()
        self.assertTrue(screen["confirming"])
        self.assertFalse(screen["pickup_code"])
        self.assertRefused(self._scan(self.packs[3].code), 0, "closed")
        self.order._set_shipped({"reference": "C-1"})
        screen = self.order.with_user(self.keeper).scan_station_load()
        self.assertEqual(screen["state"], "shipped")
        self.assertTrue(screen["pickup_code"])
        self.assertPacks(self.packs[:3], "in_transit")
        self.assertEqual(self.packs[:3].outlet_id, self.outlet)
        self.assertEqual(self.order.picking_id.state, "done")
        self.assertBooksAgree()

    def test_carton_takes_its_packs(self):
        """IT-WHS-03: scanning a carton takes its packs; undo puts all of them back."""
        order = self._lock(self._place(self.outlet, {self.game: 20}))
        carton = self.packs[20].carton_id
        answer = self._scan(carton.code, order)
        self.assertEqual((answer["result"], answer["packs"]), ("ok", 20))
        self.assertPacks(carton.pack_ids, "picked")
        self.assertRefused(self._scan(carton.code, order), 8)
        answer = order.with_user(self.keeper).scan_station_undo()
        self.assertEqual((answer["result"], answer["packs"]), ("undone", -20))
        order.invalidate_recordset()
        self.assertEqual(order.state, "locked")
        self.assertPacks(carton.pack_ids, "available")
        self.assertEqual(self._scan(carton.code, order)["result"], "ok")
        order.with_user(self.keeper).scan_station_confirm()
        order.invalidate_recordset()
        order._set_shipped({})
        carton.invalidate_recordset()
        self.assertEqual(carton.state, "gone")
        self.assertBooksAgree()

    def test_undo(self):
        """IT-WHS-03: the last scan, then one by its label; all undone = not begun."""
        self._scan(self.packs[0].code)
        self._scan(self.packs[1].code)
        keeper_order = self.order.with_user(self.keeper)
        self.assertEqual(
            keeper_order.scan_station_undo()["message"], self.packs[1].code
        )
        self.assertPacks(self.packs[1], "available")
        self.assertEqual(self.order.state, "picking")
        keeper_order.scan_station_undo(self.packs[0].code)
        self.env.invalidate_all()
        self.assertNothingScanned()
        answer = keeper_order.scan_station_undo()
        self.assertEqual(answer["reason"], "closed")
        self.assertBooksAgree()

    def test_one_pack_of_a_carton_back(self):
        """IT-WHS-03: a pack that came with its carton can be put back alone."""
        order = self._lock(self._place(self.outlet, {self.game: 20}))
        carton = self.packs[20].carton_id
        self._scan(carton.code, order)
        pack = carton.pack_ids[0]
        answer = order.with_user(self.keeper).scan_station_undo(pack.code)
        self.assertEqual((answer["result"], answer["packs"]), ("undone", -1))
        self.assertPacks(pack, "available")
        self.assertEqual(order.scanned_count, 19)
        answer = order.with_user(self.keeper).scan_station_undo()
        self.assertEqual(answer["packs"], -19)
        self.assertBooksAgree()

    def test_sent_twice_is_one_scan(self):
        """IT-WHS-03: a scan resent after a lost answer is taken once."""
        first = self._scan(self.packs[0].code, key="k1")
        again = self._scan(self.packs[0].code, key="k1")
        self.assertEqual(first["result"], again["result"])
        self.assertEqual(again["order"]["scanned"], 1)
        self.assertEqual(
            self.env["instant.scan"].search_count([("order_id", "=", self.order.id)]), 1
        )
        undo = self.order.with_user(self.keeper).scan_station_undo(None, "k2")
        again = self.order.with_user(self.keeper).scan_station_undo(None, "k2")
        self.assertEqual((undo["result"], again["result"]), ("undone", "undone"))

    def test_nonsense_over_rpc(self):
        """IT-WHS-03: whatever is sent, the answer is a refusal and nothing changes."""
        for code in (None, False, 7, ["a"], {"a": 1}, "x" * 10_000, "\x00", "TA01-"):
            self.assertRefused(self._scan(code, key={"k": str(code)[:9]}), 1)
        self.assertNothingScanned()

    def test_full_width_characters(self):
        """IT-WHS-03: a scanner typing through a Chinese input method is understood."""
        code = self.packs[0].code
        wide = "".join(chr(ord(c) + 0xFEE0) for c in code)
        self.assertEqual(self._scan(wide)["result"], "ok")
        self.assertPacks(self.packs[0], "picked")

    def test_every_scan_is_kept(self):
        """IT-WHS-03: right and wrong scans stand in an append-only list."""
        self._scan(self.packs[0].code)
        self._scan("nonsense")
        scans = (
            self.env["instant.scan"]
            .with_user(self.keeper)
            .search([("order_id", "=", self.order.id)], order="id")
        )
        self.assertEqual(scans.mapped("result"), ["ok", "refused"])
        self.assertEqual(scans[1].check_number, 1)
        self.assertEqual(scans.user_id, self.keeper)
        with self.assertRaises(UserError):
            scans[0].sudo().write({"result": "refused"})

    def test_refusal_by_ilms(self):
        """IT-WHS-04: ILMS refuses, goods stay, the desk mends and picking goes on."""
        self._pick(self.order)
        self.order.with_user(self.keeper).scan_station_confirm()
        self.order.invalidate_recordset()
        self.order._set_confirm_refused("Instant account short of 300.00")
        screen = self.order.with_user(self.keeper).scan_station_load()
        self.assertEqual(screen["state"], "exception")
        self.assertIn("300.00", screen["reason"])
        self.assertFalse(screen["confirming"])
        self.assertEqual(self.order.picking_id.state != "done", True)
        self.assertBooksAgree()
        self.order.with_user(self.desk).action_resolve()
        self.assertEqual(self.order.state, "picking")
        self.order.with_user(self.keeper).scan_station_confirm()
        self.order.invalidate_recordset()
        self.order._set_shipped({})
        self.assertEqual(self.order.state, "shipped")
        self.assertBooksAgree()

    # === WHO === #

    def test_only_keepers_of_the_unit(self):
        """IT-WHS-03, PF-SEC-02: the station's doors are the unit's keepers'."""
        code = self.packs[0].code
        for user in (self.keeper_south, self.desk, self.head):
            with self.assertRaises(AccessError):
                self._scan(code, user=user)
            with self.assertRaises(AccessError):
                self.order.with_user(user).scan_station_load()
            with self.assertRaises(AccessError):
                self.order.with_user(user).scan_station_undo()
            with self.assertRaises(AccessError):
                self.order.with_user(user).scan_station_confirm()
        orders = self.env["instant.order"].with_user(self.keeper_south)
        self.assertFalse(orders.scan_station_next())
        with self.assertRaises(UserError):
            orders.scan_station_open(self.order.name)
        self.assertNothingScanned()

    def test_next_order(self):
        """IT-WHS-03: the station opens the order promised first; others pass it over."""
        later = self._lock(self._place(self.outlet, {self.game: 1}))
        later.deadline = self.order.deadline.replace(year=self.order.deadline.year + 1)
        self.env["instant.account"].sudo()._set_payment_balance(self.outlet.id, 321)
        orders = self.env["instant.order"]
        first = orders.with_user(self.keeper).scan_station_next()
        self.assertEqual(first["id"], self.order.id)
        self.assertEqual(first["items"][0]["wanted"], 3)
        self.assertEqual(first["items"][0]["places"][0]["packs"], 60)
        self.assertEqual(
            first["account"], {"payment": 321, "instant": 100_000, "available": 98_000}
        )
        colleague = self._create_user("t_keeper2", self.north, "warehouse_keeper")
        second = orders.with_user(colleague).scan_station_next()
        self.assertEqual(second["id"], later.id)
        self.assertFalse(orders.with_user(self.keeper).scan_station_next([first["id"]]))
        opened = orders.with_user(self.keeper).scan_station_open(self.order.name)
        self.assertEqual(opened["id"], self.order.id)

    def test_quants_are_not_reserved(self):
        """Architecture 3: reservation is manual; the counters hold for the orders."""
        self.assertFalse(self.order.picking_id.move_line_ids)
        quant = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.game.product_id.id),
                ("location_id", "=", self.warehouse.lot_stock_id.id),
            ]
        )
        self.assertEqual(sum(quant.mapped("reserved_quantity")), 0)

    def test_parcel_leaves_by_its_order_only(self):
        """Architecture 3: neither validation nor a batch nor cancelling by hand."""
        picking = self.order.picking_id.with_user(self.keeper)
        picking.move_ids.quantity = 3
        with self.assertRaises(UserError):
            picking.button_validate()
        with self.assertRaises(UserError):
            picking._action_done()
        with self.assertRaises(UserError):
            picking.action_cancel()
        batch = self.env["stock.picking.batch"].create(
            {"picking_ids": [Command.set(picking.ids)]}
        )
        batch.action_confirm()
        with self.assertRaises(UserError):
            batch.action_done()
        self.assertBooksAgree()
