"""The checker of money and packs finds what does not agree (IT-WHS-01)."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestConservation(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.packs = cls._stock(cls.game, cls.warehouse, 40)
        cls._top_up(cls.outlet, 10_000)
        cls.leader = cls._create_user("t_leader", cls.centre, "centre_leader")

    def _broken(self):
        rows = self.env["instant.conservation"].with_user(self.leader).check()
        return {row["name"] for row in rows if not row["ok"]}

    def assertFinds(self, names, query, *values):
        """One silent change behind the suite's back, named; then undone."""
        self.env.flush_all()
        with self.env.cr.savepoint() as savepoint:
            self.env.cr.execute(query, values)
            self.assertEqual(self._broken(), names)
            savepoint.rollback()
        self.env.invalidate_all()

    def test_all_agree(self):
        order = self._lock(self._place(self.outlet, {self.game: 2}))
        self._ship(order)
        self.assertFalse(self._broken())

    def test_each_book_is_watched(self):
        """IT-WHS-01: quants, counters, ledger, accounts and orders, each on its own."""
        order = self._lock(self._place(self.outlet, {self.game: 2}))
        pack = self._pick(order)[0]
        product = self.game.product_id.id
        place = self.warehouse.lot_stock_id.id
        counter = (self.warehouse.id, self.game.id)
        for names, query, values in (
            (
                {"stock.quants", "stock.places"},
                "UPDATE stock_quant SET quantity = quantity + 1 "
                "WHERE product_id = %s AND location_id = %s",
                (product, place),
            ),
            (
                {"stock.quants", "stock.ledger"},
                "UPDATE instant_availability SET on_hand = on_hand + 1 "
                "WHERE warehouse_id = %s AND game_id = %s",
                counter,
            ),
            (
                {"stock.ledger", "stock.places"},
                "UPDATE instant_pack SET state = 'lost' WHERE id = %s",
                (self.packs[39].id,),
            ),
            (
                {"stock.places"},
                "UPDATE instant_pack SET location_id = %s WHERE id = %s",
                (self.warehouse.view_location_id.id, self.packs[39].id),
            ),
            (
                {"stock.held"},
                "UPDATE instant_availability SET held = held + 1 "
                "WHERE warehouse_id = %s AND game_id = %s",
                counter,
            ),
            (
                {"packs.scanned"},
                "UPDATE instant_pack SET state = 'available' WHERE id = %s",
                (pack.id,),
            ),
            (
                {"order.amount", "account.held"},
                "UPDATE instant_order SET amount = amount + 1 WHERE id = %s",
                (order.id,),
            ),
            (
                {"account.balance"},
                "UPDATE instant_account SET balance = balance + 1 WHERE outlet_id = %s",
                (self.outlet.id,),
            ),
        ):
            with self.subTest(query=query[:60]):
                self.assertFinds(names, query, *values)
        self.assertFalse(self._broken())

    def test_the_nightly_job_tells_the_administrators(self):
        """IT-WHS-01: a to-do with every administrator, a line in the journal."""
        admin = self._create_user("t_admin", self.centre, "admin")
        cron = self.env.ref("instant_ticket.ir_cron_conservation")
        todo = [
            ("user_id", "=", admin.id),
            ("res_model", "=", "res.partner"),
        ]
        activities = self.env["mail.activity"]
        cron.ir_actions_server_id.run()
        self.assertFalse(activities.search(todo))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE instant_availability SET held = held + 1 "
            "WHERE warehouse_id = %s AND game_id = %s",
            (self.warehouse.id, self.game.id),
        )
        cron.ir_actions_server_id.run()
        self.assertIn("stock.held", activities.search(todo).note)
        cron.ir_actions_server_id.run()
        self.assertEqual(activities.search_count(todo), 1)
        entry = self.env["lottery.journal"].search(
            [("event", "=", "conservation.broken")], order="id desc", limit=1
        )
        self.assertIn("stock.held", entry.body)

    def test_only_the_centre_asks(self):
        for user in (self.keeper, self.desk, self.head):
            with self.assertRaises(AccessError):
                self.env["instant.conservation"].with_user(user).check()
