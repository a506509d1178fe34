from odoo.tests import tagged

from .portal_common import PortalCase

PATHS = (
    "/my/tickets",
    "/my/tickets/cart",
    "/my/tickets/orders",
    "/my/tickets/account",
)


@tagged("post_install", "-at_install", "is_query_count")
class TestPortalBudget(PortalCase):
    """IT-BEN-05: queries of the owner's pages are few and do not grow with the data."""

    def _count(self, path):
        self._get(path)  # caches of the first visit
        before = self.cr.sql_log_count
        self._get(path)
        return self.cr.sql_log_count - before

    def _grow(self):
        """Ten times the games, the orders, the outlets of the prefecture."""
        for number in range(18):
            game = self._create_game(f"TB{number:02d}")
            self._stock(game, self.warehouse, 5)
        for _number in range(10):
            alike = self._create_outlet(self.north_county)
            self._top_up(alike, 5000)
            self._place(alike, {self.game: 1})
        for _number in range(10):
            self._place(self.outlet, {self.game: 1, self.other_game: 1})
            self._stock(self.other_game, self.warehouse, 1)
        self.env.flush_all()

    def test_pages_are_flat(self):
        self._place(self.outlet, {self.game: 1})
        self._top_up(self.outlet, 10000)
        small = {path: self._count(path) for path in PATHS}
        self._grow()
        large = {path: self._count(path) for path in PATHS}
        self.assertEqual(small, large)
        # Session 2, user 1, outlet 2, then one each: shop row, closure, and what the
        # page itself shows (catalogue: games, campaigns, last order; cart: games,
        # recommended, last order; statement: rows, sums).
        for path, queries in large.items():
            self.assertLessEqual(queries, 12, path)

    def test_one_order_is_flat_in_its_lines(self):
        games = [
            self._create_game(f"TC{number:02d}", face_value=1) for number in range(9)
        ]
        for game in games:
            self._stock(game, self.warehouse, 2)
        short = self._place(self.outlet, {self.game: 1})
        long = self._place(self.outlet, dict.fromkeys([self.game, *games], 1))
        self.assertEqual(
            self._count(f"/my/tickets/orders/{short.id}"),
            self._count(f"/my/tickets/orders/{long.id}"),
        )

    def test_submission_costs_the_same_for_many_lines(self):
        """IT-BEN-07: statements of a submission do not grow with its lines."""
        games = [
            self._create_game(f"TD{number:02d}", face_value=1) for number in range(9)
        ]
        for game in games:
            self._stock(game, self.warehouse, 5)
        counts = []
        for cart in (
            {self.game: 1},
            {self.game: 1},
            dict.fromkeys([self.game, *games], 1),
        ):
            before = self.cr.sql_log_count
            self.assertTrue(self._submit(cart)["ok"])
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
