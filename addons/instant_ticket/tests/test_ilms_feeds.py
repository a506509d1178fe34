from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .ilms_case import ReconcileCase


@tagged("post_install", "-at_install")
class TestIlmsFeeds(ReconcileCase):
    """IT-ILM-02: balances, transfers, games, manifests and sales."""

    def balance(self):
        account = self.outlet.account_ids
        account.invalidate_recordset()
        return account.balance, account.payment_balance

    def test_balances_of_all_outlets(self):
        channel = self.env["lottery.outbox.channel.ilms"]
        self.ilms.admin(
            "POST", "/sim/account", {"outlet": self.outlet.number, "instant": 50_000}
        )
        channel._cron_refresh_balances()
        channel._cron_refresh_balances()
        self.assertEqual(len(self.items("accounts")), 1, "asked once while it waits")
        self.drain()
        self.assertEqual(self.balance(), (10_500.0, 5_000.0))
        self.assertEqual(self.outlet_south.account_ids.payment_balance, 5_000.0)
        self.assertBooksAgree()

    def test_refresh_of_one_outlet(self):
        self.ilms.admin(
            "POST", "/sim/account", {"outlet": self.outlet.number, "instant": 1}
        )
        self.outlet.account_ids.with_user(self.desk).action_refresh_balance()
        with self.assertRaises(AccessError):
            self.outlet.account_ids.with_user(self.desk_south).action_refresh_balance()
        self.drain()
        self.assertEqual(self.balance()[0], 10_000.01)

    def test_stale_snapshot_is_not_applied(self):
        """A figure asked for before a deduction must not undo it."""
        accounts = self.env["instant.account"]
        version = self.outlet.account_ids.version
        self.shipped_order()
        self.assertEqual(self.balance()[0], 9_000)
        row = {"outlet_number": self.outlet.number, "payment": 0, "instant": 10_000}
        self.assertEqual(
            accounts._sync_balances([{**row, "version": version}]), [self.outlet.number]
        )
        self.assertEqual(self.balance()[0], 9_000)

    def test_no_figure_during_a_confirmation(self):
        """ILMS may have deducted already what we book later."""
        order = self.order()
        self.drain()
        self.pick_and_confirm(order)
        account = self.outlet.account_ids
        row = {
            "outlet_number": self.outlet.number,
            "payment": 0,
            "instant": 9_000,
            "version": account.version,
        }
        self.assertEqual(account._sync_balances([row]), [self.outlet.number])
        self.outlet._ask_ilms_balance()
        self.drain()
        self.assertEqual(order.state, "shipped")
        self.assertEqual(self.balance()[0], 9_000)
        self.assertSidesAgree()

    def test_sync_is_three_statements(self):
        """Set-based: as many statements for one account as for both."""
        accounts = self.env["instant.account"]

        def count(outlets, amount):
            rows = [
                {
                    "outlet_number": o.number,
                    "payment": 0,
                    "instant": amount,
                    "version": None,
                }
                for o in outlets
            ]
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            accounts._sync_balances(rows)
            return self.env.cr.sql_log_count - before

        one = count(self.outlet, 20_000)
        both = count(self.outlet | self.outlet_south, 30_000)
        self.assertEqual((one, both), (3, 3))

    def test_transfer(self):
        """调账: asked for by the desk, carried out by ILMS, booked once."""
        self.outlet._ask_ilms_balance()
        self.drain()
        transfer = (
            self.env["instant.account.transfer"]
            .with_user(self.desk)
            .create({"outlet_id": self.outlet.id, "amount": 1_234.56})
        )
        transfer.action_ask()
        self.assertEqual(transfer.state, "asked")
        row = {"outlet_number": self.outlet.number, "payment": 0, "instant": 11_234.56}
        skipped = self.env["instant.account"]._sync_balances([row])
        self.assertEqual(skipped, [self.outlet.number], "it would be booked twice")
        with self.assertRaises(UserError):
            transfer.write({"amount": 1})
        self.ilms.faults({"kind": "drop_after", "api": "account.transfer", "count": 2})
        self.outlet._ask_ilms_balance()
        self.drain()
        self.assertEqual(transfer.state, "done")
        self.assertEqual(self.balance(), (11_234.56, 3_765.44))
        self.assertSidesAgree()

    def test_transfer_refused(self):
        transfers = self.env["instant.account.transfer"].with_user(self.desk)
        transfer = transfers.create({"outlet_id": self.outlet.id, "amount": 5_000.01})
        transfer.action_ask()
        self.drain()
        self.assertEqual(transfer.state, "refused")
        self.assertIn("¥0.01", transfer.reason)
        self.order(20)
        back = transfers.create(
            {"outlet_id": self.outlet.id, "amount": 0.01, "direction": "to_payment"}
        )
        with self.assertRaises(UserError):
            back.action_ask()
        self.assertEqual(self.balance(), (10_000.0, 5_000.0))

    def test_transfer_doors(self):
        transfers = self.env["instant.account.transfer"]
        for user in (self.keeper, self.head):
            with self.assertRaises(AccessError):
                transfers.with_user(user).create(
                    {"outlet_id": self.outlet.id, "amount": 1}
                )
        transfer = transfers.with_user(self.desk).create(
            {"outlet_id": self.outlet.id, "amount": 1}
        )
        self.assertFalse(transfer.with_user(self.desk_south).has_access("read"))
        with self.assertRaises(AccessError):
            transfers.with_user(self.desk_south).create(
                {"outlet_id": self.outlet.id, "amount": 1}
            )
        with self.assertRaises(UserError):
            transfer.write({"state": "done"})
        with self.assertRaises(UserError):
            transfer.write({"reason": "x"})

    def test_transfer_without_answer(self):
        transfer = self.env["instant.account.transfer"].create(
            {"outlet_id": self.outlet.id, "amount": 10}
        )
        transfer.action_ask()
        self.ilms.faults({"kind": "drop_after", "api": "account.transfer"})
        self.drain(tries=15)
        self.assertEqual(transfer.state, "unknown")
        self.ilms.heal()
        self.items("transfer", "parked").action_retry()
        self.drain()
        self.assertEqual(transfer.state, "done")
        self.assertSidesAgree()

    def test_games_arrive_as_drafts(self):
        self.ilms.seed(
            games=[
                {
                    "code": "9901",
                    "name": "好运十倍",
                    "faceValue": 1000,
                    "ticketsPerPack": 30,
                    "packsPerCarton": 40,
                    "packAmount": 30_000,
                    "launchDate": "2026-06-01",
                }
            ]
        )
        self.env["lottery.outbox.channel.ilms"]._cron_fetch_games()
        self.drain()
        game = self.env["instant.game"].search([("code", "=", "9901")])
        self.assertEqual((game.state, game.pack_amount), ("draft", 300))
        self.assertEqual(game.launch_date, fields.Date.to_date("2026-06-01"))
        self.env["lottery.outbox.channel.ilms"]._cron_fetch_games()
        self.drain()
        self.assertEqual(self.game.state, "on_sale")

    def test_manifests_become_receipts(self):
        """IT-WHS-02: cartons on their way are announced; each manifest once."""
        self.ilms.seed(
            packs=[
                {
                    "game": self.game.code,
                    "warehouse": self.warehouse.code,
                    "first": first,
                    "count": 60,
                    "manifest": number,
                }
                for first, number in ((1001, "M-1"), (2001, "M-2"))
            ]
        )
        self.warehouse.ilms_manifest = 1  # the one of setUp is in stock already
        self.warehouse.with_user(self.keeper).action_fetch_manifests()
        self.drain()
        receipts = self.env["instant.receipt"].search(
            [
                ("warehouse_id", "=", self.warehouse.id),
                ("source", "=", "ilms"),
                ("reference", "!=", False),
            ]
        )
        self.assertEqual(set(receipts.mapped("reference")), {"M-1", "M-2"})
        self.assertEqual(receipts.mapped("pack_count"), [60, 60])
        self.warehouse.action_fetch_manifests()
        self.drain()
        self.assertEqual(self.warehouse.ilms_manifest, 3)

    def test_sales_by_day(self):
        """IT-ILM-02: activations by day; a repeated day sets the same figures."""
        order = self.shipped_order()
        packs = self.ilms.dump()["orders"][order.name]["packs"]
        today = fields.Date.context_today(order.with_context(tz="Asia/Shanghai"))
        yesterday = str(fields.Date.subtract(today, days=1))
        self.ilms.admin("POST", "/sim/activate", {"day": yesterday, "packs": packs})
        for _time in range(2):
            self.env["lottery.outbox.channel.ilms"]._cron_fetch_sales()
            self.drain()
        sale = self.env["instant.sale.day"].search([("outlet_id", "=", self.outlet.id)])
        self.assertEqual(str(sale.day), yesterday)
        self.assertEqual((sale.packs, sale.amount), (2, 1_000.0))
        self.assertTrue(sale.with_user(self.desk).has_access("read"))
        self.assertFalse(sale.with_user(self.desk_south).has_access("read"))
