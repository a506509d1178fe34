"""Races on packs: the second is told, nothing happens twice (IT-BEN-01, IT-BEN-06)."""

from itertools import count

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TicketFixture
from .scratch import ScratchCase

ROUNDS = 10


@tagged("post_install", "-at_install")
class TestRace(ScratchCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls._committed() as env:
            cls.fixture = cls._bind(env)
            cls.fixture._set_up_tickets()
            cls.fixture._top_up(cls.fixture.outlet, 1_000_000)
            cls.users = {
                name: getattr(cls.fixture, name).id for name in ("keeper", "desk")
            }
            colleague = cls.fixture._create_user(
                "t_keeper2", cls.fixture.north, "warehouse_keeper"
            )
            cls.users["colleague"] = colleague.id
            cls.ids = {
                name: getattr(cls.fixture, name).id
                for name in ("game", "warehouse", "warehouse_south", "outlet")
            }

    @classmethod
    def _bind(cls, env):
        """The fixture's factories on a committing environment."""
        fixture = type("RaceTickets", (TicketFixture,), {})
        fixture.env = env
        fixture.numbers = count(1)
        fixture.serials, fixture.cartons = {}, {}
        return fixture

    @classmethod
    def _rebind(cls, env):
        cls.fixture.env = env
        for name, model in (
            ("game", "instant.game"),
            ("warehouse", "stock.warehouse"),
            ("warehouse_south", "stock.warehouse"),
            ("outlet", "lottery.outlet"),
        ):
            setattr(cls.fixture, name, env[model].browse(cls.ids[name]))
        return cls.fixture

    def _stock(self, packs):
        with self._committed() as env:
            fixture = self._rebind(env)
            received = fixture._stock(fixture.game, fixture.warehouse, packs)
            return received.mapped("code")

    def _order(self, packs):
        with self._committed() as env:
            placed = env["instant.order"]._place(
                self.ids["outlet"],
                [(self.ids["game"], packs)],
                channel="desk",
                key=f"race-{next(self.fixture.numbers)}",
            )
        with self._committed() as env:
            env["instant.order"].browse(placed["order_id"])._set_locked({})
        return placed["order_id"]

    def assertBooksAgree(self):
        with self._committed() as env:
            checks = env["instant.conservation"]._check()
        self.assertFalse([check for check in checks if not check["ok"]])

    def test_one_pack_two_stations(self):
        """IT-WHS-03: a pack scanned at one moment for two orders goes into one."""
        codes = self._stock(ROUNDS)
        self._stock(ROUNDS)
        orders = [self._order(ROUNDS), self._order(ROUNDS)]
        for code in codes:
            answers = self._race(
                *(
                    (
                        self.users[user],
                        lambda env, order=order, code=code: (
                            env["instant.order"].browse(order).scan_station_scan(code)
                        ),
                    )
                    for user, order in zip(("keeper", "colleague"), orders, strict=True)
                )
            )
            results = sorted(answer["result"] for answer in answers)
            self.assertEqual(results, ["ok", "refused"], answers)
            refused = next(a for a in answers if a["result"] == "refused")
            self.assertEqual(refused["check"], 6)
        self.assertBooksAgree()

    def test_answers_are_fresh(self):
        """IT-WHS-03: each door answers what is true now, not what its request saw."""
        codes = self._stock(2)
        order = self._order(2)

        def ask(method, *args):
            return self._call(
                self.users["keeper"],
                lambda env: getattr(env["instant.order"].browse(order), method)(*args),
            )

        self.assertEqual(ask("scan_station_load")["scanned"], 0)
        for number, code in enumerate(codes, start=1):
            progress = ask("scan_station_scan", code)["order"]
            self.assertEqual(
                (progress["scanned"], progress["state"]), (number, "picking")
            )
        self.assertEqual(ask("scan_station_undo")["order"]["scanned"], 1)
        self.assertEqual(ask("scan_station_scan", codes[1])["order"]["scanned"], 2)
        self.assertTrue(ask("scan_station_confirm")["confirming"])
        with self._committed() as env:
            env["instant.order"].browse(order)._set_shipped({})
        self.assertTrue(ask("scan_station_load")["pickup_code"])

    def test_one_scan_sent_twice_at_once(self):
        """IT-WHS-03: a resent scan that meets its first copy is taken once."""
        codes = self._stock(ROUNDS)
        order = self._order(ROUNDS)
        for number, code in enumerate(codes):
            answers = self._race(
                *[
                    (
                        self.users["keeper"],
                        lambda env, code=code, number=number: (
                            env["instant.order"]
                            .browse(order)
                            .scan_station_scan(code, f"key-{number}")
                        ),
                    )
                ]
                * 3
            )
            self.assertEqual([answer["result"] for answer in answers], ["ok"] * 3)
        with self._committed() as env:
            self.assertEqual(env["instant.order"].browse(order).scanned_count, ROUNDS)
            scans = env["instant.scan"].search_count([("order_id", "=", order)])
            self.assertEqual(scans, ROUNDS)
        self.assertBooksAgree()

    def test_the_same_serials_imported_twice_at_once(self):
        """IT-BEN-06: concurrent imports of one manifest: 0 duplicates, a clear word."""
        for number in range(3):
            first = 50_000 + 1000 * number
            rows = [
                {
                    "game": "TA01",
                    "carton": 5000 + 100 * number + index,
                    "serial_from": first + 20 * index,
                    "serial_to": first + 20 * index + 19,
                }
                for index in range(25)
            ]
            with mute_logger("odoo.sql_db", "odoo.service.model"):
                answers = self._race(
                    *[
                        (
                            self.users[user],
                            lambda env, rows=rows: (
                                env["instant.receipt"]
                                ._create_from_manifest(
                                    env["stock.warehouse"].browse(
                                        self.ids["warehouse"]
                                    ),
                                    rows,
                                )
                                .id
                            ),
                        )
                        for user in ("keeper", "colleague", "keeper")
                    ]
                )
            loaded = [answer for answer in answers if isinstance(answer, int)]
            self.assertEqual(len(loaded), 1, answers)
            for answer in answers:
                if not isinstance(answer, int):
                    self.assertIsInstance(answer, UserError, answers)
            with self._committed() as env:
                packs = env["instant.pack"].search_count(
                    [("serial", ">=", first), ("serial", "<", first + 500)]
                )
                self.assertEqual(packs, 500)
        self.assertBooksAgree()

    def test_orders_transfer_and_loss_at_once(self):
        """IT-BEN-01: orders, a transfer and a loss race for the same packs."""
        codes = self._stock(40)
        with self._committed() as env:
            counter = env["instant.availability"].search(
                [
                    ("game_id", "=", self.ids["game"]),
                    ("warehouse_id", "=", self.ids["warehouse"]),
                ]
            )
            free = counter.available
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            answers = self._race(
                *[
                    (self.users["desk"], self._place_packs(free // 4))
                    for _n in range(6)
                ],
                (1, self._transfer(free // 3)),
                (self.users["keeper"], self._lose(codes[:5])),
            )
        for answer in answers:
            if isinstance(answer, Exception):
                self.assertIsInstance(answer, UserError, answers)
        self.assertTrue(any(not isinstance(a, Exception) for a in answers), answers)
        self.assertBooksAgree()

    def _place_packs(self, packs):
        key = f"race-{next(self.fixture.numbers)}"
        return lambda env: env["instant.order"].place_order(
            self.ids["outlet"], [{"game": "TA01", "packs": packs}], key
        )

    def _transfer(self, packs):
        def work(env):
            source = env["stock.warehouse"].browse(self.ids["warehouse"])
            target = env["stock.warehouse"].browse(self.ids["warehouse_south"])
            product = env["instant.game"].browse(self.ids["game"]).product_id
            places = {
                "location_id": source.lot_stock_id.id,
                "location_dest_id": target.lot_stock_id.id,
            }
            picking = env["stock.picking"].create(
                {
                    "picking_type_id": source.int_type_id.id,
                    **places,
                    "move_ids": [
                        (
                            0,
                            0,
                            {
                                "product_id": product.id,
                                "product_uom_qty": packs,
                                **places,
                            },
                        )
                    ],
                }
            )
            picking.action_confirm()
            picking.move_ids.quantity = packs
            picking.move_ids.picked = True
            picking.button_validate()
            return True

        return work

    def _lose(self, codes):
        return lambda env: (
            env["instant.pack"]
            .search([("code", "in", codes)])
            .action_change("missing", reason="Gone")
        )
