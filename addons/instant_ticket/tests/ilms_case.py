"""The suite on one side, a running ILMS simulator on the other."""

import os
from datetime import timedelta
from unittest.mock import patch

from odoo.tools import SQL

from ..engine.ilms_money import to_fen
from .common import TicketCase
from .ilms_common import SimulatorMixin

OPEN = ("pending", "running")


class IlmsCase(SimulatorMixin, TicketCase):
    """Both sides hold the same goods and money; calls go over real HTTP.

    The outbox is drained by the test (`drain`), so that a test decides when the world
    outside learns of something.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        environ = {
            **cls.ilms.environ,
            "LOTTERY_ILMS_URL": cls.ilms.url,
            "LOTTERY_ILMS_CONNECT_TIMEOUT": "1",
            "LOTTERY_ILMS_READ_TIMEOUT": "0.6",
        }
        patcher = patch.dict(os.environ, environ)
        patcher.start()
        cls.addClassCleanup(patcher.stop)
        # reasons are written in the language of who applies the answer
        cls.env.ref("base.user_root").lang = "en_US"
        cls.outbox = cls.env["lottery.outbox"]
        cls.stocked = {}

    def setUp(self):
        super().setUp()
        # reasons are written in the owner's language
        (self.outlet | self.outlet_south).owner_id.lang = "en_US"
        self.packs = self._stock(self.game, self.warehouse, 40)
        self._top_up(self.outlet, 10_000)
        self.ilms.seed(
            games=[self._game_row(game) for game in self.game | self.other_game],
            accounts=[
                {"outlet": outlet.number, "payment": 500_000, "instant": instant}
                for outlet, instant in (
                    (self.outlet, 1_000_000),
                    (self.outlet_south, 0),
                )
            ],
            packs=[
                {
                    "game": self.game.code,
                    "warehouse": self.warehouse.code,
                    "first": self.packs[0].serial,
                    "count": len(self.packs),
                }
            ],
        )

    @staticmethod
    def _game_row(game):
        return {
            "code": game.code,
            "name": game.name,
            "faceValue": to_fen(game.face_value),
            "ticketsPerPack": game.tickets_per_pack,
            "packsPerCarton": game.packs_per_carton,
            "packAmount": to_fen(game.pack_amount),
        }

    # === DRIVING === #

    def drain(self, tries=40):
        """Let time pass and calls go out until nothing is due or ``tries`` are over."""
        for _round in range(tries):
            self._let_time_pass()
            self.outbox._drain("ilms")
            self.env.invalidate_all()
            if not self._count_open():
                return
            self.ilms.wait()

    def _let_time_pass(self):
        """Nobody waits for back-off and breaker in a test."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE lottery_outbox SET next_attempt_at = "
            "clock_timestamp() AT TIME ZONE 'UTC' - interval '1 second' "
            "WHERE channel = 'ilms' AND state IN ('pending', 'running')"
        )
        self.env.cr.execute(
            "UPDATE lottery_outbox_circuit SET until = "
            "clock_timestamp() AT TIME ZONE 'UTC' - interval '1 second', "
            "tokens = 50 WHERE channel = 'ilms'"
        )
        self.env.invalidate_all()

    def _count_open(self):
        return self.outbox.search_count(
            [("channel", "=", "ilms"), ("state", "in", OPEN)], limit=1
        )

    def items(self, kind, state=None):
        domain = [("channel", "=", "ilms"), ("kind", "=", kind)]
        return self.outbox.search(domain + ([("state", "=", state)] if state else []))

    def order(self, packs=2, outlet=None):
        return self._place(outlet or self.outlet, {self.game: packs})

    def pick_and_confirm(self, order):
        """Scan every pack and close the parcel; ILMS is not asked yet."""
        self._pick(order)
        order.with_user(self.keeper).scan_station_confirm()
        order.invalidate_recordset()

    # === CHECKS === #

    def assertSidesAgree(self):
        """IT-ILM-03: to the fen and to the pack, and each side's equations hold."""
        dump = self.ilms.dump()
        self.assertEqual(dump["broken"], {})
        self.assertBooksAgree()
        self._assert_money_agrees(dump)
        self._assert_stock_agrees(dump)
        self._assert_orders_agree(dump)

    def _assert_money_agrees(self, dump):
        account = self.outlet.account_ids
        theirs = dump["accounts"][self.outlet.number]
        self.assertEqual(to_fen(account.balance), theirs["instant"])
        self.assertEqual(to_fen(account.held), theirs["frozen"])

    def _assert_stock_agrees(self, dump):
        (theirs,) = (
            row
            for row in dump["stock"]
            if (row["warehouse"], row["game"]) == (self.warehouse.code, self.game.code)
        )
        ours = self.env["instant.availability"].search(
            [
                ("warehouse_id", "=", self.warehouse.id),
                ("game_id", "=", self.game.id),
            ]
        )
        self.assertEqual(
            (ours.on_hand, ours.held), (theirs["on_hand"], theirs["locked"])
        )

    def _assert_orders_agree(self, dump):
        agreeing = {
            "locked": "locked",
            "picking": "locked",
            "exception": "locked",
            "shipped": "confirmed",
            "cancelled": "released",
        }
        orders = self.env["instant.order"].search([("outlet_id", "=", self.outlet.id)])
        for order in orders:
            theirs = dump["orders"].get(order.name, {"state": None, "packs": []})
            if order.state == "rejected":
                self.assertIn(theirs["state"], (None, "released"))
                continue
            self.assertEqual(theirs["state"], agreeing[order.state], order.name)
            self.assertEqual(
                theirs["amount"], to_fen(order.amount) if theirs["outlet"] else 0
            )
            packs = self.env["instant.pack"].search(
                [("order_id", "=", order.id), ("state", "=", "in_transit")]
            )
            self.assertEqual(sorted(theirs["packs"]), sorted(packs.mapped("code")))


class ReconcileCase(IlmsCase):
    def setUp(self):
        super().setUp()
        self.admin = self._create_user("t_admin", self.centre, "admin")

    def settle(self):
        """Everything written so far happened long ago: nothing is under way."""
        self.env.flush_all()
        for table in (
            "instant_order",
            "instant_account",
            "lottery_outbox",
            "stock_move",
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET write_date = write_date - interval '1 hour'",
                    SQL.identifier(table),
                )
            )
        self.env.invalidate_all()

    def start(self):
        """Begin a run between what was settled and what is written from now on.

        The test is one transaction: all it writes carries the time it began.
        """
        run = self.env["instant.ilms.reconcile"]._start()
        run.started_at = self.env.cr.now() - timedelta(minutes=30)
        return run

    def reconcile(self):
        """One whole run; returns it."""
        self.settle()
        run = self.start()
        self.drain()
        self.assertEqual(run.state, "done", run.error)
        return run

    def differences(self, kind=None, states=("open", "repairing")):
        domain = [("state", "in", states)] + ([("kind", "=", kind)] if kind else [])
        return self.env["instant.ilms.difference"].search(domain)

    def shipped_order(self):
        order = self.order()
        self.drain()
        self.pick_and_confirm(order)
        self.drain()
        self.assertEqual(order.state, "shipped")
        return order
