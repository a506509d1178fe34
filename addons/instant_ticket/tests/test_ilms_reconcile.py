from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.ilms.ilms_channel import ilms_client
from .ilms_case import ReconcileCase


@tagged("post_install", "-at_install")
class TestIlmsReconcile(ReconcileCase):
    """IT-ILM-04: balances, holds, stock and order states; a report; safe repairs."""

    def test_equal_sides(self):
        """Orders in every state both sides agree on make no difference."""
        self.shipped_order()
        self.order().with_user(self.desk).action_cancel()
        self.order()
        self.drain()
        picked = self.order()
        self.drain()
        self._pick(picked)
        run = self.reconcile()
        self.assertFalse(self.differences())
        self.assertEqual((run.found_count, run.order_count), (0, 4))
        self.assertFalse(run.page_ids)

    def test_top_up_is_taken_over(self):
        self.ilms.admin(
            "POST", "/sim/account", {"outlet": self.outlet.number, "instant": 12_345}
        )
        run = self.reconcile()
        self.assertEqual((run.top_up_count, run.found_count), (1, 0))
        self.assertEqual(self.outlet.account_ids.balance, 10_123.45)
        move = self.outlet.account_ids.move_ids[:1]
        self.assertEqual((move.kind, move.amount), ("top_up", 123.45))

    def test_missing_money(self):
        """Less at ILMS is reported, and taken over by a click."""
        self.ilms.admin(
            "POST", "/sim/account", {"outlet": self.outlet.number, "instant": -7}
        )
        self.reconcile()
        difference = self.differences()
        self.assertEqual(difference.kind, "balance")
        self.assertEqual(
            (difference.ours, difference.theirs, difference.delta),
            ("10,000.00", "9,999.93", "-0.07"),
        )
        self.assertEqual(difference.branch_id, self.outlet.branch_id)
        self.assertEqual(difference.outlet_id, self.outlet)
        difference.with_user(self.desk).action_repair()
        self.assertEqual(difference.state, "repairing")
        self.drain()
        self.assertEqual(difference.state, "settled")
        self.assertEqual(self.outlet.account_ids.balance, 9_999.93)
        move = self.outlet.account_ids.move_ids[:1]
        self.assertEqual((move.kind, move.amount), ("correction", -0.07))
        self.assertBooksAgree()

    def test_lock_left_behind(self):
        """Cancelled here, locked there (a lost release): released by a click."""
        order = self.order()
        self.drain()
        order.with_user(self.desk).action_cancel()
        self.items("release", "pending").action_cancel()
        self.reconcile()
        difference = self.differences("order")
        self.assertEqual((difference.ours, difference.theirs), ("cancelled", "locked"))
        self.assertEqual(
            set(self.differences().mapped("kind")), {"order", "frozen", "locked"}
        )
        difference.with_user(self.desk).action_repair()
        self.drain()
        self.assertEqual(difference.state, "settled")
        run = self.reconcile()
        self.assertEqual(run.gone_count, 2)
        self.assertFalse(self.differences())
        self.assertSidesAgree()

    def test_stuck_submitted_order(self):
        """The lock's answer was lost and its call parked: asking again locks it."""
        order = self.order()
        self.ilms.faults({"kind": "drop_after", "api": "order.lock"})
        self.drain(tries=15)
        self.ilms.heal()
        self.reconcile()
        difference = self.differences("order")
        self.assertEqual((difference.ours, difference.theirs), ("submitted", "locked"))
        difference.with_user(self.desk).action_repair()
        self.drain()
        self.assertEqual((order.state, difference.state), ("locked", "settled"))
        self.reconcile()
        self.assertFalse(self.differences())
        self.assertSidesAgree()

    def test_released_behind_our_back(self):
        """ILMS no longer holds an order to be picked: it is stopped, not shipped."""
        order = self.order()
        self.drain()
        ilms_client().call("release", "by-hand", {"orderNo": order.name})
        self.reconcile()
        difference = self.differences("order")
        self.assertEqual((difference.ours, difference.theirs), ("locked", "released"))
        difference.with_user(self.desk).action_repair()
        self.drain()
        self.assertEqual(order.state, "exception")
        self.assertIn("no longer holds", order.reason)
        self.assertEqual(difference.state, "open")

    def test_confirmed_here_only(self):
        """Shipped here, locked there: money is at stake, so a person decides."""
        order = self.order()
        self.drain()
        self.pick_and_confirm(order)
        order._set_shipped({})
        self.items("confirm", "pending").action_cancel()
        self.reconcile()
        difference = self.differences("order")
        self.assertEqual((difference.ours, difference.theirs), ("shipped", "locked"))
        self.assertFalse(difference.repair)
        with self.assertRaises(UserError):
            difference.with_user(self.desk).action_repair()
        with self.assertRaises(UserError):
            difference.with_user(self.desk).action_close()
        difference.with_user(self.desk).write({"note": "Confirmed by telephone"})
        difference.with_user(self.desk).action_close()
        self.assertEqual(difference.state, "closed")

    def test_missing_pack(self):
        """A pack lost at ILMS only."""
        ilms_client().call(
            "loss", "by-hand", {"kind": "lost", "packs": [self.packs[0].code]}
        )
        self.reconcile()
        difference = self.differences()
        self.assertEqual((difference.kind, difference.delta), ("stock", "-1"))
        self.assertEqual(difference.warehouse_id, self.warehouse)
        self.assertEqual(difference.game_id, self.game)

    def test_other_packs(self):
        """Both sides shipped, but not the same packs."""
        order = self.shipped_order()
        bound = self.env["instant.pack"].search([("order_id", "=", order.id)])
        free = self.packs - bound
        swap = bound[0] | free[0]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE instant_pack SET serial = CASE id WHEN %s THEN %s ELSE -1 END "
            "WHERE id = %s",
            (swap[1].id, -1, swap[1].id),
        )
        self.env.cr.execute(
            "UPDATE instant_pack SET serial = 999 WHERE id = %s", (swap[0].id,)
        )
        self.env.invalidate_all()
        self.reconcile()
        difference = self.differences("packs")
        self.assertEqual(difference.order_id, order)
        self.assertIn("0000999", difference.ours)

    def test_unknown_order_and_account(self):
        """What only ILMS has is the centre's business: no unit, no repair."""
        self.ilms.seed(
            games=[], accounts=[{"outlet": "99999999", "instant": 500_000}], packs=[]
        )
        ilms_client().call(
            "lock",
            "strange",
            {
                "orderNo": "X-1",
                "outlet": "99999999",
                "warehouse": self.warehouse.code,
                "amount": 50_000,
                "lines": [{"game": self.game.code, "packs": 1}],
            },
        )
        self.reconcile()
        by_kind = {row.kind: row for row in self.differences()}
        self.assertEqual(set(by_kind), {"account", "order", "locked"})
        self.assertEqual(by_kind["order"].ours, "unknown")
        self.assertFalse(by_kind["order"].branch_id or by_kind["account"].branch_id)
        self.assertFalse(by_kind["order"].with_user(self.desk).has_access("read"))

    def test_what_moves_is_left_alone(self):
        """An order in flight while ILMS's lists are collected is no difference."""
        self.settle()
        run = self.start()
        order = self.order()
        self.drain()
        self.assertEqual((run.state, order.state), ("done", "locked"))
        self.assertFalse(self.differences())

    def test_release_on_its_way_is_left_alone(self):
        """The order is cancelled and free here; ILMS hears of it meanwhile."""
        order = self.order()
        self.drain()
        self.settle()
        order.with_user(self.desk).action_cancel()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE instant_order SET write_date = write_date - interval '1 hour'"
        )
        run = self.start()
        self.ilms.faults({"kind": "drop_before", "api": "order.release", "count": 1})
        self.drain()
        self.assertEqual(run.state, "done")
        self.assertFalse(self.differences())
        self.reconcile()
        self.assertFalse(self.differences())
        self.assertSidesAgree()

    def test_known_difference_is_not_doubled(self):
        self.ilms.admin(
            "POST", "/sim/account", {"outlet": self.outlet.number, "instant": -7}
        )
        first = self.reconcile()
        difference = self.differences()
        second = self.reconcile()
        self.assertEqual(self.differences(), difference)
        self.assertEqual(difference.run_id, second)
        self.assertNotEqual(first, second)
        self.ilms.admin(
            "POST", "/sim/account", {"outlet": self.outlet.number, "instant": 7}
        )
        run = self.reconcile()
        self.assertEqual((run.gone_count, difference.state), (1, "settled"))

    def test_without_an_answer_the_run_fails(self):
        self.ilms.faults({"kind": "error_500", "api": "stock.query"})
        run = self.env["instant.ilms.reconcile"]._start()
        self.drain(tries=15)
        self.assertEqual(run.state, "failed")
        self.assertIn("500", run.error)
        self.assertFalse(run.page_ids)
        self.ilms.heal()
        self.items("reconcile_stock", "parked").action_retry()
        self.drain()
        self.assertEqual(run.state, "failed")

    def test_pages(self):
        """More rows than one page: nothing is lost, nothing counted twice."""
        self.ilms.seed(
            accounts=[{"outlet": f"88{i:06d}", "instant": 0} for i in range(1500)]
        )
        run = self.reconcile()
        self.assertEqual(len(self.differences("account")), 1500)
        kept = self.items("reconcile_accounts").mapped("answer")
        self.assertTrue(all(len(answer["accounts"]) <= 51 for answer in kept))
        self.assertEqual(run.found_count, 1500)

    def test_doors(self):
        """Who may start, mend and see (isolation by unit)."""
        runs = self.env["instant.ilms.reconcile"]
        for user in (self.desk, self.head, self.keeper):
            with self.assertRaises(AccessError):
                runs.with_user(user).action_start()
        action = runs.with_user(self.admin).action_start()
        self.assertEqual(
            runs.with_user(self.admin).action_start()["res_id"], action["res_id"]
        )
        self.drain()
        self.ilms.admin(
            "POST", "/sim/account", {"outlet": self.outlet.number, "instant": -7}
        )
        self.reconcile()
        difference = self.differences()
        self.assertFalse(difference.with_user(self.desk_south).has_access("read"))
        with self.assertRaises(AccessError):
            difference.with_user(self.desk_south).action_repair()
        with self.assertRaises(AccessError):
            difference.with_user(self.head).action_repair()
        for values in ({"ours": "1"}, {"repair": "release"}, {"state": "settled"}):
            with self.assertRaises(UserError):
                difference.with_user(self.desk).write(values)
        with self.assertRaises(UserError):
            difference.with_user(self.desk).create({"kind": "order", "key": "x"})
        with self.assertRaises(AccessError):
            difference.with_user(self.admin).unlink()
