import json
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestPortalCatalogue(PortalCase):
    """IT-POR-02, IT-POR-06, IT-POR-07: what can be ordered and how it is shown."""

    def _names(self, page):
        return [
            link.text_content() for link in page.xpath("//h2[@class='lt-game-name']/a")
        ]

    def test_games_of_the_own_prefecture(self):
        """IT-POR-02: games in stock in the owner's own prefecture, nothing else."""
        only_south = self._create_game("TA03")
        self._stock(only_south, self.warehouse_south, 5)
        sold_out = self._create_game("TA04")
        draft = self._create_game("TA05", state="draft")
        page = self._page("/my/tickets")
        names = self._names(page)
        self.assertEqual(sorted(names), sorted([self.game.name, self.other_game.name]))
        for game in (only_south, sold_out, draft):
            self.assertNotIn(game.name, names)
        cards = self._text(page)
        self.assertIn("40 packs", cards)
        self.assertIn("¥500", cards)

    def test_held_packs_are_not_offered(self):
        """IT-POR-02: packs available are those that no order holds."""
        self._place(self.outlet, {self.other_game: 4})
        self.assertIn("Only 6 packs", self._text(self._page("/my/tickets")))

    def test_hot_and_new_come_first_with_labels(self):
        """IT-POR-02: hot and new pinned first."""
        self.game.launch_date = fields.Date.today() - timedelta(days=400)
        self.other_game.launch_date = fields.Date.today() - timedelta(days=400)
        plain = self._create_game("TA06", face_value=2)
        self._stock(plain, self.warehouse, 5)
        new = self._create_game("TA07", launch_date=fields.Date.today())
        self._stock(new, self.warehouse, 5)
        self._place(self.outlet, {self.other_game: 1})
        self.env["instant.availability"]._cron_rank_hot()
        page = self._page("/my/tickets")
        self.assertEqual(self._names(page)[:2], [new.name, self.other_game.name])
        self.assertEqual(len(self._classes(page, "lt-label-new")), 1)
        self.assertEqual(len(self._classes(page, "lt-label-hot")), 1)

    def test_filter_sort_and_search_without_script(self):
        """IT-POR-02, IT-POR-07: face value, order and search are plain addresses."""
        self.assertEqual(
            self._names(self._page("/my/tickets?face=10")), [self.other_game.name]
        )
        self.assertEqual(
            self._names(self._page("/my/tickets?q=ta01")), [self.game.name]
        )
        self.assertEqual(
            self._names(self._page("/my/tickets?sort=stock")),
            [self.game.name, self.other_game.name],
        )
        for sort, games in (
            ("face", [self.game, self.other_game]),
            ("face_down", [self.other_game, self.game]),
        ):
            self.assertEqual(
                self._names(self._page(f"/my/tickets?sort={sort}")),
                [game.name for game in games],
            )
        page = self._page("/my/tickets?q=nothing-like-it")
        self.assertEqual(self._names(page), [])
        self.assertIn("No such game in stock", self._text(page))

    def test_nonsense_in_the_address_is_ignored(self):
        for query in ("face=x&sort=drop", "face=-1", "sort=%00", "q=%25%27%3B--"):
            self._get(f"/my/tickets?{query}")

    def test_detail_has_all_master_data(self):
        """IT-POR-02: game detail with all master data and rules."""
        self.game.write(
            {
                "top_prize": 100000,
                "odds": "1:3.45",
                "payout_rate": 65,
                "symbols": "Gold bar",
                "theme": "Wealth",
                "prize_group_size": 1000000,
                "print_run": 12000000,
                "rules": "<p>Scratch and win</p><script>alert(1)</script>",
            }
        )
        page = self._page(f"/my/tickets/game/{self.game.id}")
        text = self._text(page)
        for part in (
            "¥100,000",
            "1:3.45",
            "65 %",
            "Gold bar",
            "Wealth",
            "1,000,000",
            "12,000,000",
            "Scratch and win",
            "TA01",
        ):
            self.assertIn(part, text)
        self.assertNotIn("alert(1)", text)

    def test_detail_of_what_cannot_be_ordered(self):
        draft = self._create_game("TA08", state="draft")
        page = self._page(f"/my/tickets/game/{draft.id}", status=404)
        self.assertNotIn(draft.name, self._text(page))
        self.game.action_withdraw()
        text = self._text(self._page(f"/my/tickets/game/{self.game.id}"))
        self.assertIn("cannot be ordered now", text)

    def test_campaign_is_on_the_page_while_it_runs(self):
        """IT-POR-02: campaign pop-up; once per campaign is the phone's memory."""
        now = fields.Datetime.now()
        self.game.write(
            {
                "campaign_title": "Double fun",
                "campaign_from": now - timedelta(hours=1),
                "campaign_to": now + timedelta(hours=1),
            }
        )
        page = self._page("/my/tickets")
        (dialog,) = page.xpath("//dialog")
        mark = dialog.get("data-mark")
        self.assertIn("Double fun", dialog.text_content())
        self.game.campaign_title = "Triple fun"
        self.assertNotEqual(
            self._page("/my/tickets").xpath("//dialog/@data-mark"), [mark]
        )
        self.game.campaign_to = now - timedelta(minutes=1)
        self.assertFalse(self._page("/my/tickets").xpath("//dialog"))

    def test_closed_days_say_when_ordering_reopens(self):
        """IT-POR-06: closed days refuse orders with the reopening time."""
        now = fields.Datetime.now()
        self.env["instant.closure"].create(
            {
                "name": "Spring Festival",
                "date_from": now - timedelta(hours=1),
                "date_to": now + timedelta(days=3),
            }
        )
        self.assertIn("Ordering reopens", self._page("/my/tickets").text_content())
        page = self._page("/my/tickets/cart")
        (button,) = page.xpath("//button[@id='lt-submit']")
        self.assertTrue(button.get("disabled"))
        answer = self._submit({self.game: 1})
        self.assertEqual((answer["ok"], answer["code"]), (False, "closed"))
        self.assertIn("reopens", answer["details"])
        self.assertFalse(self.env["instant.order"].search([]))

    def test_page_is_light(self):
        """IT-POR-07: first view under 300 kB after the first visit, own small bundle."""
        response = self._get("/my/tickets")
        page = html_of(response)
        total = len(response.content)
        urls = page.xpath("//link[@rel='stylesheet']/@href | //script/@src")
        self.assertEqual(len(urls), 2)
        for url in urls:
            self.assertIn("instant_ticket.assets_portal", url)
            total += len(self._get(url).content)
        for url in page.xpath("//img/@src"):
            total += len(self._get(url).content)
        self.assertLess(total, 300_000)

    def test_page_can_be_read_aloud_and_by_keyboard(self):
        """IT-POR-07: language, one heading, named controls, no focusable traps."""
        for path in ("/my/tickets", "/my/tickets/cart", "/my/tickets/account"):
            page = self._page(path)
            self.assertTrue(page.get("lang"), path)
            self.assertEqual(len(page.xpath("//h1")), 1, path)
            self.assertTrue(page.xpath("//a[@class='lt-skip'][@href='#main']"), path)
            for control in page.xpath("//form//input[not(@type='hidden')] | //select"):
                self.assertTrue(
                    control.xpath("ancestor::label") or control.get("aria-label"), path
                )
            self.assertFalse(page.xpath("//img[not(@alt)]"), path)
            self.assertFalse(page.xpath("//*[@style]"), path)


def html_of(response):
    from lxml import html

    return html.fromstring(response.content)


@tagged("post_install", "-at_install")
class TestPortalCart(PortalCase):
    """IT-POR-03: cart, balance, delivery, recommendations, repeating."""

    def test_cart_shows_balance_address_and_arrival(self):
        self._place(self.outlet, {self.game: 2})
        text = self._text(self._page("/my/tickets/cart"))
        self.assertIn("¥9,000", text)  # 10,000 less what is held
        self.assertIn(self.outlet.delivery_address, text)
        self.assertIn("within 18 hours", text)

    def test_games_for_the_script_carry_price_and_stock(self):
        page = self._page("/my/tickets/cart")
        games = json.loads(page.xpath("//script[@id='lt-games']")[0].text)
        row = next(game for game in games if game["id"] == self.game.id)
        self.assertEqual((row["price"], row["left"], row["open"]), (500, 40, True))

    def test_names_cannot_break_out_of_the_page(self):
        self.game.name = "</script><img src=x onerror=alert(1)>"
        page = self._page("/my/tickets/cart")
        games = json.loads(page.xpath("//script[@id='lt-games']")[0].text)
        self.assertIn(self.game.name, [game["name"] for game in games])
        self.assertFalse(page.xpath("//img[@onerror]"))

    def test_recommended_with_the_reason(self):
        """IT-POR-03: recommended games with the reason."""
        alike = self._create_outlet(self.north_county)
        self._top_up(alike, 5000)
        self._place(alike, {self.other_game: 3})
        self._place(self.outlet, {self.game: 1})
        text = self._text(self._page("/my/tickets/cart"))
        self.assertIn("1 outlets like yours ordered 3 packs in 30 days", text)
        self._place(self.outlet, {self.other_game: 1})
        self.assertNotIn(
            "outlets like yours", self._text(self._page("/my/tickets/cart"))
        )

    def test_repeat_last_order(self):
        """IT-POR-03: repeat last order, own orders only."""
        order = self._place(self.outlet, {self.game: 2, self.other_game: 1})
        page = self._page("/my/tickets")
        self.assertTrue(page.xpath(f"//a[@href='/my/tickets/cart?repeat={order.id}']"))
        page = self._page(f"/my/tickets/cart?repeat={order.id}")
        lines = json.loads(page.xpath("//div[@id='lt-cart']/@data-repeat")[0])
        self.assertEqual(lines, {str(self.game.id): 2, str(self.other_game.id): 1})

    def test_repeat_of_another_outlet_brings_nothing(self):
        """PF-SEC-04: another outlet's order is as good as none."""
        foreign = self._place(self.outlet_south, {self.game: 3})
        for wanted in (foreign.id, "x", "-1", "9" * 30, "1 OR 1=1"):
            page = self._page(f"/my/tickets/cart?repeat={wanted}")
            self.assertEqual(page.xpath("//div[@id='lt-cart']/@data-repeat"), ["{}"])


@tagged("post_install", "-at_install")
class TestPortalSubmit(PortalCase):
    """IT-POR-04: one order, once; nothing held when refused."""

    def test_submit_holds_stock_and_money_at_once(self):
        order = self._submitted({self.game: 3, self.other_game: 2}, note="Ring twice")
        self.assertEqual((order.state, order.channel), ("submitted", "portal"))
        self.assertEqual(order.user_id, self.outlet.user_id)
        self.assertEqual((order.pack_count, order.amount), (5, 2500))
        self.assertEqual(order.note, "Ring twice")
        account = self.outlet.account_ids
        self.assertEqual((account.balance, account.held), (10000, 2500))
        self.assertBooksAgree()
        waiting = self.env["lottery.outbox"].search(
            [("channel", "=", "ilms"), ("model", "=", "instant.order")]
        )
        self.assertEqual((waiting.kind, waiting.res_id), ("lock", order.id))

    def test_the_same_key_is_the_same_order(self):
        """IT-POR-04: however often the network repeats the request."""
        first = self._submit({self.game: 3}, key="p-0123456789abcdef")
        for _again in range(3):
            answer = self._submit({self.game: 3}, key="p-0123456789abcdef")
            self.assertTrue(answer["ok"] and answer["duplicate"])
            self.assertEqual(answer["order_id"], first["order_id"])
        self.assertEqual(self.env["instant.order"].search_count([]), 1)
        self.assertEqual(self.outlet.account_ids.held, 1500)

    def test_a_key_is_not_used_for_another_cart(self):
        self._submit({self.game: 3}, key="p-0123456789abcdef")
        answer = self._submit({self.game: 4}, key="p-0123456789abcdef")
        self.assertEqual((answer["ok"], answer["code"]), (False, "key_reused"))

    def test_the_key_of_another_outlet_is_free(self):
        """A key seen on another outlet's phone neither finds nor blocks anything."""
        self._submit({self.game: 3}, key="p-0123456789abcdef")
        self._log_in(self.outlet_south)
        found = self._call("/my/tickets/order/find", key="p-0123456789abcdef")["result"]
        self.assertEqual(found, {"found": False})
        answer = self._submit(
            {self.game: 1}, key="p-0123456789abcdef", outlet=self.outlet_south
        )
        self.assertTrue(answer["ok"] and not answer["duplicate"])

    def test_find_tells_whether_it_arrived(self):
        self.assertFalse(
            self._call("/my/tickets/order/find", key="p-0123456789abcdef")["result"][
                "found"
            ]
        )
        order = self._submitted({self.game: 1}, key="p-0123456789abcdef")
        found = self._call("/my/tickets/order/find", key="p-0123456789abcdef")["result"]
        self.assertEqual(found["url"], f"/my/tickets/orders/{order.id}")

    def test_short_stock_names_the_line(self):
        answer = self._submit({self.game: 1, self.other_game: 11})
        self.assertEqual((answer["ok"], answer["code"]), (False, "short_stock"))
        self.assertEqual(
            answer["details"]["games"],
            [{"game_id": self.other_game.id, "available": 10}],
        )
        self.assertFalse(self.env["instant.order"].search([]))
        self.assertEqual(self.outlet.account_ids.held, 0)

    def test_short_balance_says_what_is_usable(self):
        answer = self._submit({self.game: 21})
        self.assertEqual((answer["ok"], answer["code"]), (False, "short_balance"))
        self.assertEqual(answer["details"], {"amount": 10500.0, "usable": 10000.0})
        self.assertFalse(self.env["instant.order"].search([]))

    def test_impossible_quantities(self):
        for packs in (0, -1, 2001, 10**12, 1.5, "2", True, None, [1], {"n": 1}):
            answer = self._submit({self.game: packs})
            self.assertEqual(
                (answer["ok"], answer["code"]), (False, "bad_quantity"), packs
            )
        self.assertFalse(self.env["instant.order"].search([]))

    def test_malformed_carts(self):
        key = "p-0123456789abcdef"
        for lines in (
            None,
            [],
            {},
            "x",
            [None],
            [[1, 2]],
            [{"game": "TA01", "packs": 1}],
            [{"game": -1, "packs": 1}],
            [{"game": 2**40, "packs": 1}],
            [{"game": self.game.id}],
            [{"game": self.game.id, "packs": 1}] * 101,
        ):
            answer = self._call(
                "/my/tickets/order", outlet=self.outlet.id, key=key, lines=lines
            )["result"]
            self.assertFalse(answer["ok"], lines)
        for bad_key in (
            None,
            "",
            "short",
            7,
            "x" * 65,
            "a b c d e f g h i j",
            ["k"] * 16,
        ):
            answer = self._call(
                "/my/tickets/order",
                outlet=self.outlet.id,
                key=bad_key,
                lines=[{"game": self.game.id, "packs": 1}],
            )["result"]
            self.assertEqual(answer["code"], "bad_key", bad_key)
        answer = self._submit({self.game: 1}, note="x" * 201)
        self.assertEqual(answer["code"], "bad_note")
        self.assertFalse(self.env["instant.order"].search([]))

    def test_a_line_given_twice_counts_as_one(self):
        line = {"game": self.other_game.id, "packs": 6}
        answer = self._call(
            "/my/tickets/order",
            outlet=self.outlet.id,
            key="p-0123456789abcdef",
            lines=[line, line],
        )["result"]
        self.assertEqual(answer["code"], "short_stock")

    def test_withdrawn_while_in_the_cart(self):
        self.game.action_withdraw()
        answer = self._submit({self.game: 1})
        self.assertEqual(answer["code"], "game_not_on_sale")
        self.assertEqual(answer["details"]["games"], [self.game.id])

    def test_suspended_outlet_is_told_and_refused(self):
        self.outlet.action_suspend("Inspection")
        self.assertIn("not open for orders", self._page("/my/tickets").text_content())
        self.assertEqual(self._submit({self.game: 1})["code"], "outlet_inactive")
