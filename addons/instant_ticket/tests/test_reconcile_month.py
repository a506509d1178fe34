"""ILMS's figures in the monthly comparison (PF-INT-03)."""

from odoo.tests import tagged

from .ilms_case import ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcileMonth(ReconcileCase):
    def _pull(self):
        month = self.env["lottery.reconcile.month"].search(
            [("month", "=", "2026-03-01")]
        ) or self.env["lottery.reconcile.month"].create({"month": "2026-03-01"})
        month.with_user(self.admin).action_pull_all()
        runs = {run.kind: run for run in month.run_ids}
        self.settle()
        self.drain()
        return runs["stock"], runs["balances"]

    def _found(self, run):
        return [
            (row.key, row.difference, row.field_name, row.ours, row.theirs)
            for row in run.difference_ids
            if row.state == "open"
        ]

    def test_equal_sides(self):
        """PF-INT-03: one collection feeds stock and balances; nothing differs."""
        self.order()
        self.drain()
        stock, balances = self._pull()
        self.assertEqual((stock.state, balances.state), ("compared", "compared"))
        self.assertIn("ILMS", stock.origin)
        own = {self.outlet.number, f"{self.warehouse.code} {self.game.code}"}
        rows = (stock | balances).difference_ids.filtered(lambda row: row.key in own)
        self.assertFalse(rows)
        self.assertEqual(
            self.env["instant.ilms.reconcile"].search_count(
                [("state", "=", "collecting")]
            ),
            0,
        )

    def test_money_and_packs_that_differ(self):
        """PF-INT-03: balance in yuan, packs of a warehouse and game; owner and unit."""
        self.ilms.admin(
            "POST", "/sim/account", {"outlet": self.outlet.number, "instant": -700}
        )
        self.ilms.seed(
            packs=[
                {
                    "game": self.game.code,
                    "warehouse": self.warehouse.code,
                    "first": 900_000,
                    "count": 3,
                }
            ]
        )
        stock, balances = self._pull()
        self.assertIn(
            (self.outlet.number, "differs", "balance", "10000.00", "9993"),
            self._found(balances),
        )
        row = balances.difference_ids.filtered(
            lambda one: one.key == self.outlet.number
        )
        self.assertEqual((row.amount, row.branch_id), (-7, self.outlet.branch_id))
        self.assertEqual(row.action_view_subject()["res_model"], "instant.account")
        key = f"{self.warehouse.code} {self.game.code}"
        self.assertIn((key, "differs", "on_hand", "40", "43"), self._found(stock))

    def test_a_collection_that_fails(self):
        """PF-INT-03: the month waits again and says why."""
        month = self.env["lottery.reconcile.month"].create({"month": "2026-03-01"})
        month.action_pull_all()
        run = month.run_ids.filtered(lambda one: one.kind == "stock")
        item = self.items("reconcile_stock")[:1]
        self.env["instant.ilms.reconcile"]._fail(item, "no answer")
        self.assertEqual((run.state, run.origin), ("waiting", "no answer"))
