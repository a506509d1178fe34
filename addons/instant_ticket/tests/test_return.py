"""A parcel comes back to stock: goods, money, ILMS (IT-DLV-04, IT-ILM-03)."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TicketCase
from .ilms_case import ReconcileCase


class ReturnCase(TicketCase):
    def _shipped(self, **options):
        order = self._ready_order(**options)
        packs = self._ship(order)
        return order.with_user(self.keeper), packs

    def _scan_all(self, order, packs):
        for pack in packs:
            answer = order.return_scan(pack.code)
            self.assertEqual(answer["result"], "ok", answer)

    def _answer(self, order):
        """ILMS takes the order back."""
        return order.sudo()._set_returned({"reference": "R-1"})


@tagged("post_install", "-at_install")
class TestReturn(ReturnCase):
    def test_the_last_failed_visit_sends_the_parcel_back(self):
        """IT-DLV-04: first and second attempt, then return to stock."""
        order, packs = self._shipped()
        order.action_deliver_failed("nobody_there")
        self.assertEqual((order.state, order.return_state), ("shipped", False))
        answer = order.action_deliver_failed("wrong_address")
        self.assertIn("last attempt", answer["message"])
        self.assertEqual(answer["parcel"]["return_state"], "coming")
        self.assertEqual((order.state, order.return_state), ("exception", "coming"))
        self.assertIn("Wrong address", order.reason)
        self.assertPacks(packs, "return_pending")
        self.assertEqual(order.sudo().activity_ids.user_id, self.desk)
        self.assertFalse(order.sla_state, "no promise is open any more")
        with self.assertRaises(UserError):
            order.action_deliver(order.sudo().pickup_code)
        self.assertBooksAgree()

    def test_goods_and_money_come_back_with_ilmss_answer(self):
        """IT-DLV-04: packs for sale again, the owner's money back, order ended."""
        order, packs = self._shipped(packs=3)
        account = self.outlet.account_ids
        paid = account.balance
        order.with_user(self.desk).action_return_to_stock("Outlet moved away")
        self._scan_all(order, packs)
        self.assertPacks(packs, "returned")
        parcel = order.action_put_back()
        self.assertEqual((parcel["return_state"], parcel["back"]), ("asked", 3))
        self.assertPacks(packs, "returned")
        self.assertEqual(account.balance, paid, "nothing is booked before the answer")
        call = self.env["lottery.outbox"].search(
            [("kind", "=", "refund"), ("res_id", "=", order.id)]
        )
        self.assertEqual(len(call), 1)

        self.assertTrue(self._answer(order))
        account.invalidate_recordset()
        self.assertPacks(packs, "available")
        self.assertFalse(packs.order_id)
        self.assertFalse(packs.outlet_id)
        self.assertEqual(packs.location_id, self.warehouse.lot_stock_id)
        self.assertEqual((order.state, order.return_state), ("cancelled", "back"))
        self.assertTrue(order.returned_at)
        self.assertEqual(account.balance, paid + order.amount)
        move = order.sudo().account_move_ids[0]
        self.assertEqual((move.kind, move.amount), ("refund", order.amount))
        self.assertFalse(order.sudo().activity_ids)
        self.assertBooksAgree()
        # the packs go out again
        other = self._place(self.outlet, {self.game: 3})
        self._lock(other)
        for pack in packs:
            answer = other.with_user(self.keeper).scan_station_scan(pack.code)
            self.assertEqual(answer["result"], "ok", answer)
        self.assertBooksAgree()

    def test_each_step_happens_once(self):
        """IT-DLV-04: return twice, scan twice, answer twice."""
        order, packs = self._shipped()
        desk = order.with_user(self.desk)
        desk.action_return_to_stock("Nobody there")
        with self.assertUserError("already"):
            desk.action_return_to_stock("Nobody there")
        first = order.return_scan(packs[0].code, key="k1")
        again = order.return_scan(packs[0].code, key="k1")
        self.assertEqual((first["result"], again["result"]), ("ok", "ok"))
        self.assertEqual(again["parcel"]["back"], 1)
        answer = order.return_scan(packs[0].code, key="k2")
        self.assertEqual(
            (answer["result"], answer["reason"]), ("refused", "already_scanned")
        )
        self._scan_all(order, packs[1:])
        order.action_put_back()
        order.action_put_back()
        calls = self.env["lottery.outbox"].search_count(
            [("kind", "=", "refund"), ("res_id", "=", order.id)]
        )
        self.assertEqual(calls, 1)
        self.assertTrue(self._answer(order))
        self.assertFalse(self._answer(order))
        refunds = order.sudo().account_move_ids.filtered(lambda m: m.kind == "refund")
        self.assertEqual(len(refunds), 1)
        for call in (
            lambda: desk.action_return_to_stock("again"),
            lambda: order.action_put_back(),
            lambda: order.action_deliver(order.sudo().pickup_code),
        ):
            with self.assertRaises(UserError):
                call()
        self.assertBooksAgree()

    def test_a_balance_that_already_holds_the_refund_waits(self):
        """IT-ILM-03: while ILMS's answer is awaited its figure may contain it."""
        order, packs = self._shipped()
        account = self.outlet.account_ids
        order.with_user(self.desk).action_return_to_stock("Nobody there")
        self._scan_all(order, packs)
        order.action_put_back()
        row = {
            "outlet_number": self.outlet.number,
            "payment": 0,
            "instant": account.balance + order.amount,
        }
        accounts = self.env["instant.account"]
        self.assertEqual(accounts._sync_balances([row]), [self.outlet.number])
        self._answer(order)
        self.assertFalse(accounts._sync_balances([row]))
        kinds = self.outlet.account_ids.move_ids.mapped("kind")
        self.assertEqual(kinds.count("refund"), 1)
        self.assertEqual(kinds.count("top_up"), 1, "the first deposit only")

    def test_only_packs_of_the_parcel_are_taken_back(self):
        order, packs = self._shipped()
        order.with_user(self.desk).action_return_to_stock("Nobody there")
        stranger = self.env["instant.pack"].search(
            [("game_id", "=", self.game.id), ("state", "=", "available")], limit=1
        )
        for code, reason in (
            (stranger.code, "not_on_order"),
            ("NONSENSE", "bad_code"),
            (order.name, "bad_code"),
            (None, "bad_code"),
        ):
            answer = order.return_scan(code)
            self.assertEqual((answer["result"], answer["reason"]), ("refused", reason))
        self.assertPacks(stranger, "available")
        self.assertPacks(packs, "return_pending")

    def test_a_whole_carton_comes_back_opened(self):
        """Nobody saw what happened to it meanwhile: its packs are scanned singly."""
        order, packs = self._shipped(packs=20)
        carton = packs.carton_id
        self.assertEqual(carton.state, "gone")
        order.with_user(self.desk).action_return_to_stock("Nobody there")
        answer = order.return_scan(carton.code)
        self.assertEqual((answer["result"], answer["packs"]), ("ok", 20))
        order.action_put_back()
        self._answer(order)
        carton.invalidate_recordset()
        self.assertEqual(carton.state, "broken")
        self.assertPacks(packs, "available")
        self.assertBooksAgree()

    def test_not_finished_before_every_pack_is_accounted_for(self):
        """A missing pack is named; reported lost, it no longer holds the rest up."""
        order, packs = self._shipped()
        order.with_user(self.desk).action_return_to_stock("Nobody there")
        self._scan_all(order, packs[1:])
        with self.assertUserError(packs[0].code):
            order.action_put_back()
        packs[0].with_user(self.desk).action_change("lost", reason="Not in the bag")
        order.action_put_back()
        self._answer(order)
        self.assertPacks(packs[0], "lost")
        self.assertPacks(packs[1:], "available")
        self.assertEqual(order.state, "cancelled")
        self.assertBooksAgree()

    def test_a_return_is_called_off_while_nothing_is_scanned(self):
        """“Back to Work”: the parcel goes out again and has its attempts anew."""
        order, packs = self._shipped()
        desk = order.with_user(self.desk)
        order.action_deliver_failed("nobody_there")
        order.action_deliver_failed("nobody_there")
        desk.action_resolve()
        self.assertEqual((order.state, order.return_state), ("shipped", False))
        self.assertPacks(packs, "in_transit")
        self.assertFalse(order.handover_load()["last_visit"])
        desk.action_return_to_stock("Nobody there")
        order.return_scan(packs[0].code)
        with self.assertUserError("finish the return"):
            desk.action_resolve()
        self.assertEqual(order.return_state, "coming")
        self.assertBooksAgree()

    def test_who_may_what(self):
        """The desk or the keeper decides, the keeper scans in; a reason is needed."""
        order, packs = self._shipped()
        specialist = self._create_user("t_spec", self.north, "specialist")
        with self.assertRaises(AccessError):
            order.with_user(specialist).action_return_to_stock("I say so")
        for reason in ("", None, "   "):
            with self.assertUserError("Reason"):
                order.action_return_to_stock(reason)
        order.action_return_to_stock("Nobody there")
        for user in (self.desk, specialist):
            with self.assertRaises(AccessError):
                order.with_user(user).return_scan(packs[0].code)
            with self.assertRaises(AccessError):
                order.with_user(user).action_put_back()

    def test_what_was_never_shipped_or_is_delivered_stays(self):
        order = self._ready_order()
        with self.assertUserError("not on its way"):
            order.with_user(self.desk).action_return_to_stock("why not")
        self._ship(order)
        order.with_user(self.keeper).action_deliver(order.pickup_code)
        with self.assertUserError("not on its way"):
            order.with_user(self.desk).action_return_to_stock("why not")
        self.assertEqual(order.state, "delivered")


@tagged("post_install", "-at_install")
class TestReturnAtIlms(ReconcileCase):
    def _came_back(self):
        order = self.shipped_order()
        packs = self.env["instant.pack"].search([("order_id", "=", order.id)])
        order.with_user(self.desk).action_return_to_stock("Nobody there")
        keeper = order.with_user(self.keeper)
        for pack in packs:
            keeper.return_scan(pack.code)
        keeper.action_put_back()
        return order, packs

    def assertReturned(self, order, packs):
        order.invalidate_recordset()
        self.assertEqual((order.state, order.return_state), ("cancelled", "back"))
        self.assertPacks(packs, "available")
        dump = self.ilms.dump()
        self.assertEqual(dump["broken"], {})
        self.assertEqual(dump["orders"][order.name]["state"], "returned")
        self._assert_money_agrees(dump)
        self._assert_stock_agrees(dump)
        self.assertBooksAgree()

    def test_both_sides_agree_after_a_return(self):
        """IT-ILM-03: to the fen and to the pack; the reconciliation finds nothing."""
        order, packs = self._came_back()
        self.drain()
        self.assertReturned(order, packs)
        self.reconcile()
        self.assertFalse(self.differences())

    def test_an_answer_that_got_lost_refunds_once(self):
        """IT-ILM-02: ILMS did it, its answer was lost; the repeat books once."""
        self.ilms.faults({"kind": "drop_after", "api": "order.refund", "count": 2})
        order, packs = self._came_back()
        self.drain()
        self.assertReturned(order, packs)
        refunds = order.account_move_ids.filtered(lambda move: move.kind == "refund")
        self.assertEqual(len(refunds), 1)

    def test_asked_again_after_the_call_was_given_up(self):
        """A person gives the call up: nothing is booked, the keeper asks anew."""
        order, packs = self._came_back()
        self.items("refund").action_cancel()
        order.invalidate_recordset()
        self.assertEqual((order.state, order.return_state), ("exception", "coming"))
        self.assertPacks(packs, "returned")
        order.with_user(self.keeper).action_put_back()
        self.drain()
        self.assertReturned(order, packs)

    def test_a_status_answer_finishes_a_stuck_return(self):
        """“Ask ILMS” on the order does what the lost answer would have done."""
        order, packs = self._came_back()
        self.ilms.faults({"kind": "drop_after", "api": "order.refund"})
        self.drain(tries=30)
        self.assertEqual(self.items("refund").state, "parked")
        self.assertEqual(order.return_state, "asked")
        order.with_user(self.desk).action_ask_ilms()
        self.drain()
        self.assertReturned(order, packs)
        self.assertEqual(self.items("refund").state, "cancelled")
