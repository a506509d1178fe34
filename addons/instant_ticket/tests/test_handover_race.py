"""Hand-overs that meet (IT-DLV-04): what is tried or done at one moment counts once."""

from itertools import count

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine.handover import TRIES_PER_PAUSE
from .common import TicketFixture
from .scratch import ScratchCase


@tagged("post_install", "-at_install")
class TestHandoverRace(ScratchCase):
    """Requests that meet, on committed data."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        fixture = type("RaceHandover", (TicketFixture,), {})
        fixture.numbers = count(1)
        fixture.serials, fixture.cartons = {}, {}
        with cls._committed() as env:
            fixture.env = env
            fixture._set_up_tickets()
            fixture._stock(fixture.game, fixture.warehouse, 20)
            fixture._top_up(fixture.outlet, 100_000)
            cls.keeper, cls.desk = fixture.keeper.id, fixture.desk.id
            outlet, game = fixture.outlet.id, fixture.game.id
        cls.orders = {
            name: cls._ship_order(outlet, game, name)
            for name in ("guess", "twice", "return")
        }

    @classmethod
    def _ship_order(cls, outlet_id, game_id, key):
        """Each step is committed: the next one looks from a transaction of its own."""
        with cls._committed() as env:
            order_id = env["instant.order"]._place(
                outlet_id, [(game_id, 2)], channel="desk", key=key
            )["order_id"]
        with cls._committed() as env:
            env["instant.order"].browse(order_id)._set_locked({})
        with cls._committed(cls.keeper) as env:
            packs = env["instant.pack"].search(
                [("game_id", "=", game_id), ("state", "=", "available")], limit=2
            )
            order = env["instant.order"].browse(order_id)
            for code in packs.mapped("code"):
                order.scan_station_scan(code)
        with cls._committed(cls.keeper) as env:
            env["instant.order"].browse(order_id).scan_station_confirm()
        with cls._committed() as env:
            order = env["instant.order"].browse(order_id)
            order._set_shipped({})
            return order_id, order.pickup_code

    def _outcomes(self, order_id):
        with self._committed() as env:
            attempts = env["instant.delivery.attempt"].search(
                [("order_id", "=", order_id)]
            )
            return attempts.mapped("outcome"), env["instant.order"].browse(
                order_id
            ).state

    def test_guessing_in_parallel_gives_no_more_tries(self):
        """IT-DLV-04: wrong codes from many sessions at once count each other."""
        order_id, code = self.orders["guess"]

        def guess(step):
            wrong = f"{(int(code) + step) % 10**6:06d}"
            return lambda env: (
                env["instant.order"].browse(order_id).action_deliver(wrong)
            )

        answers = self._race(
            *[
                (user, guess(step))
                for step, user in enumerate([self.keeper, self.desk] * 4, start=1)
            ]
        )
        self.assertFalse([a for a in answers if not isinstance(a, dict)])
        outcomes, state = self._outcomes(order_id)
        self.assertEqual(outcomes, ["wrong_code"] * TRIES_PER_PAUSE)
        self.assertEqual(state, "shipped")

    def test_handed_over_once(self):
        """Two sessions with the right code: one delivers, the other is told."""
        order_id, code = self.orders["twice"]

        def deliver(env):
            return env["instant.order"].browse(order_id).action_deliver(code)

        with mute_logger("odoo.sql_db", "odoo.service.model"):
            answers = self._race((self.keeper, deliver), (self.desk, deliver))
        self.assertEqual(sum(isinstance(a, dict) and a["ok"] for a in answers), 1)
        self.assertEqual(sum(isinstance(a, UserError) for a in answers), 1, answers)
        self.assertEqual(self._outcomes(order_id), (["delivered"], "delivered"))

    def test_delivered_or_returned_never_both(self):
        """IT-DLV-04: hand-over and return to stock race; one of them happens."""
        order_id, code = self.orders["return"]
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            answers = self._race(
                (
                    self.keeper,
                    lambda env: (
                        env["instant.order"].browse(order_id).action_deliver(code)
                    ),
                ),
                (
                    self.desk,
                    lambda env: (
                        env["instant.order"]
                        .browse(order_id)
                        .action_return_to_stock("nobody there")
                    ),
                ),
            )
        self.assertEqual(sum(isinstance(a, dict) for a in answers), 1, answers)
        self.assertEqual(sum(isinstance(a, UserError) for a in answers), 1, answers)
        outcomes, state = self._outcomes(order_id)
        self.assertIn(
            (outcomes, state), ((["delivered"], "delivered"), ([], "exception"))
        )
        with self._committed() as env:
            checks = env["instant.conservation"]._check()
        self.assertFalse([check for check in checks if not check["ok"]])
