"""The game master (IT-GAM-01)."""

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestGame(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = cls._create_user("t_leader", cls.centre, "centre_leader")

    def _new_game(self, **values):
        return (
            self.env["instant.game"]
            .with_user(self.leader)
            .create(
                {
                    "code": "G9001",
                    "name": "Snow Lotus",
                    "face_value": 20,
                    "tickets_per_pack": 30,
                    "packs_per_carton": 20,
                    **values,
                }
            )
        )

    def test_a_game_is_an_untracked_storable_product(self):
        """IT-GAM-01: the pack is the unit, its amount is face value × tickets."""
        game = self._new_game()
        product = game.sudo().product_id
        self.assertEqual(game.pack_amount, 600)
        self.assertTrue(product.is_storable)
        self.assertEqual(product.tracking, "none")
        self.assertEqual((product.default_code, product.list_price), ("G9001", 600))
        game.name = "Snow Lotus II"
        self.assertEqual(product.name, "Snow Lotus II")

    def test_the_code_is_unique(self):
        self._new_game()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._new_game()

    def test_sizes_and_dates_have_to_make_sense(self):
        for values in (
            {"face_value": 0},
            {"tickets_per_pack": 0},
            {"top_prize": -1},
            {"print_run": -1},
            {"prize_group_size": -1},
            {"cartons_per_pallet": -1},
            {"payout_rate": 101},
            {"payout_rate": -1},
            {
                "campaign_from": "2026-05-02 00:00:00",
                "campaign_to": "2026-05-01 00:00:00",
            },
        ):
            with (
                self.subTest(values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self._new_game(code="G9002", **values).flush_recordset()
        with self.assertRaises(ValidationError):
            self._new_game(launch_date="2026-05-01", exit_date="2026-05-01")

    def test_states_follow_their_order(self):
        """IT-GAM-01: draft, on sale, exiting, withdrawn, by the centre's buttons."""
        game = self._new_game()
        with self.assertUserError("state"):
            game.write({"state": "on_sale"})
        with self.assertUserError("Exiting"):
            game.action_start_exit()
        game.action_start_sale()
        game.action_start_exit()
        game.action_withdraw()
        self.assertEqual(game.state, "withdrawn")
        with self.assertRaises(AccessError):
            game.with_user(self.desk).action_start_sale()

    def test_values_of_packs_in_the_books_are_frozen(self):
        self._stock(self.game, self.warehouse, 20)
        for values in ({"face_value": 7}, {"tickets_per_pack": 10}, {"code": "X"}):
            with self.subTest(values), self.assertRaises(UserError):
                self.game.with_user(self.leader).write(values)
        self.game.with_user(self.leader).theme = "Mountains"
        self.assertEqual(self.game.theme, "Mountains")
