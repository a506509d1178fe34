from odoo.tests import tagged

from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestPortalOrders(PortalCase):
    """IT-POR-05: list, detail, change, cancel, receipt."""

    def test_list_shows_open_and_finished(self):
        first = self._place(self.outlet, {self.game: 1})
        second = self._place(self.outlet, {self.other_game: 2})
        second.action_cancel()
        text = self._text(self._page("/my/tickets/orders"))
        self.assertIn(first.name, text)
        self.assertNotIn(second.name, text)
        text = self._text(self._page("/my/tickets/orders?show=closed"))
        self.assertIn(second.name, text)
        self.assertIn("Cancelled", text)
        text = self._text(self._page("/my/tickets/orders?show=all"))
        self.assertTrue(first.name in text and second.name in text)

    def test_older_orders_follow_on_the_next_page(self):
        self._top_up(self.outlet, 10000)
        orders = [self._place(self.outlet, {self.game: 1}) for _n in range(22)]
        page = self._page("/my/tickets/orders")
        self.assertEqual(len(self._classes(page, "lt-order")), 20)
        (older,) = page.xpath("//nav[@class='lt-pager']/a/@href")
        text = self._text(self._page(older))
        self.assertIn(orders[0].name, text)
        self.assertIn(orders[1].name, text)
        self.assertNotIn(orders[2].name, text)

    def test_empty_list_offers_the_next_step(self):
        page = self._page("/my/tickets/orders")
        self.assertTrue(page.xpath("//main//a[@href='/my/tickets']"))

    def test_states_in_words_and_timeline(self):
        order = self._submitted({self.game: 2})
        path = f"/my/tickets/orders/{order.id}"
        self.assertIn("Order received", self._text(self._page(path)))
        self._lock(order)
        page = self._page(path)
        self.assertIn("Confirmed", page.xpath("//*[@id='lt-state-title']")[0].text)
        self.assertEqual(len(page.xpath("//ol[@class='lt-timeline']/li")), 2)
        self.assertNotIn(order.pickup_code[:3], self._text(page))

    def test_pickup_code_and_tracking_once_shipped(self):
        order = self._lock(self._place(self.outlet, {self.game: 2}))
        self._ship(order)
        order.sudo().tracking_ref = "SF123456"
        text = self._text(self._page(f"/my/tickets/orders/{order.id}"))
        self.assertIn(f"{order.pickup_code[:3]} {order.pickup_code[3:]}", text)
        self.assertIn("SF123456", text)

    def test_a_parcel_that_comes_back_says_what_happens(self):
        """IT-DLV-04: the owner reads that money and parcel went back."""
        order = self._lock(self._place(self.outlet, {self.game: 2}))
        packs = self._ship(order)
        path = f"/my/tickets/orders/{order.id}"
        order.with_user(self.desk).action_return_to_stock("Nobody there")
        text = self._text(self._page(path))
        self.assertIn("goes back to the warehouse", text)
        self.assertNotIn(f"{order.pickup_code[:3]} {order.pickup_code[3:]}", text)
        keeper = order.with_user(self.keeper)
        for pack in packs:
            keeper.return_scan(pack.code)
        keeper.action_put_back()
        order._set_returned({})
        text = self._text(self._page(path))
        self.assertIn("on your account again", text)
        self.assertNotIn("Nothing was deducted", text)

    def test_refusal_of_the_centre_shows_its_reason(self):
        order = self._place(self.outlet, {self.game: 2})
        order._set_rejected("Account frozen")
        text = self._text(self._page(f"/my/tickets/orders/{order.id}"))
        self.assertIn("Refused by the centre", text)
        self.assertIn("Account frozen", text)

    def test_cancel_frees_money_and_stock(self):
        order = self._place(self.outlet, {self.game: 2})
        response = self._post(f"/my/tickets/orders/{order.id}/cancel")
        self.assertEqual(response.status_code, 303)
        order.invalidate_recordset()
        self.assertEqual(order.state, "cancelled")
        self.assertEqual(self.outlet.account_ids.held, 0)
        self.assertBooksAgree()
        # pressed again: nothing happens, nothing breaks
        self.assertEqual(
            self._post(f"/my/tickets/orders/{order.id}/cancel").status_code, 303
        )
        self.assertEqual(self.outlet.account_ids.held, 0)

    def test_change_puts_the_lines_back_into_the_cart(self):
        order = self._place(self.outlet, {self.game: 2})
        response = self._post(f"/my/tickets/orders/{order.id}/cancel", change="1")
        self.assertTrue(
            response.headers["Location"].endswith(f"/my/tickets/cart?repeat={order.id}")
        )
        order.invalidate_recordset()
        self.assertEqual(order.state, "cancelled")

    def test_no_cancelling_once_a_pack_is_scanned(self):
        """IT-POR-05: change or cancel while nothing was scanned."""
        order = self._lock(self._place(self.outlet, {self.game: 2}))
        self._pick(order)
        path = f"/my/tickets/orders/{order.id}"
        self.assertFalse(self._page(path).xpath(f"//form[@action='{path}/cancel']"))
        response = self._post(f"{path}/cancel")
        self.assertEqual(response.status_code, 409)
        self.assertIn("can no longer be cancelled", response.text)
        order.invalidate_recordset()
        self.assertEqual(order.state, "picking")

    def test_receipt_of_the_whole_parcel(self):
        order = self._lock(self._place(self.outlet, {self.game: 2}))
        packs = self._ship(order)
        path = f"/my/tickets/orders/{order.id}"
        self.assertEqual(self._post(f"{path}/receive").status_code, 303)
        order.invalidate_recordset()
        self.assertEqual(order.state, "done")
        self.assertPacks(packs, "confirmed")
        self.assertEqual(self._post(f"{path}/receive").status_code, 303)  # double tap

    def test_label_of_another_parcel_confirms_nothing(self):
        order = self._lock(self._place(self.outlet, {self.game: 2}))
        self._ship(order)
        path = f"/my/tickets/orders/{order.id}"
        response = self._post(f"{path}/receive", code="T000000-999999")
        self.assertEqual(response.status_code, 409)
        order.invalidate_recordset()
        self.assertEqual(order.state, "shipped")
        self.assertEqual(
            self._post(f"{path}/receive", code=f" {order.name} ").status_code, 303
        )

    def test_no_receipt_before_shipping(self):
        order = self._lock(self._place(self.outlet, {self.game: 2}))
        response = self._post(f"/my/tickets/orders/{order.id}/receive")
        self.assertEqual(response.status_code, 409)
        order.invalidate_recordset()
        self.assertEqual(order.state, "locked")

    def test_live_state_changes_its_mark(self):
        """IT-POR-04: the page shows the state live."""
        order = self._submitted({self.game: 2})
        path = f"/my/tickets/orders/{order.id}"
        before = self._get(f"{path}/state").json()
        self.assertTrue(before["live"])
        self.assertEqual(
            self._page(path).xpath("//*[@id='lt-order']/@data-mark"), [before["mark"]]
        )
        self._lock(order)
        after = self._get(f"{path}/state").json()
        self.assertNotEqual(after["mark"], before["mark"])
        self.assertEqual(after["title"], "Confirmed")

    def test_while_ilms_is_down_the_order_waits_and_says_so(self):
        """IT-POR-04: while ILMS is down the order waits and says so."""
        order = self._submitted({self.game: 2})
        path = f"/my/tickets/orders/{order.id}"
        mark = self._get(f"{path}/state").json()["mark"]
        circuits = self.env["lottery.outbox.circuit"].sudo()
        circuit = circuits.search([("channel", "=", "ilms")]) or circuits.create(
            {"channel": "ilms"}
        )
        circuit._update_state("open")
        self.assertNotEqual(self._get(f"{path}/state").json()["mark"], mark)
        self.assertIn("Your order waits", self._text(self._page(path)))
        self.assertEqual(order.state, "submitted")


@tagged("post_install", "-at_install")
class TestPortalMessages(PortalCase):
    """PF-NTF-01: what happens without the owner is told on the portal's bell."""

    def _told(self):
        self.env.flush_all()
        rows = self.env["lottery.notification"].search(
            [("user_id", "=", self.outlet.user_id.id), ("channel", "=", "in_app")]
        )
        return {row.template_id.code: row for row in rows}

    def _bell(self):
        page = self._page("/my/tickets")
        return [
            "".join(count.itertext()).split()[0]
            for count in page.xpath("//a[@href='/my/notices']/b")
        ]

    def test_refused_by_the_centre(self):
        self.assertEqual(self._bell(), [])
        order = self._place(self.outlet, {self.game: 2})
        order._set_rejected("Account frozen")
        notice = self._told()["instant.order_refused"]
        self.assertIn(order.name, notice.subject)
        self.assertIn("Account frozen", notice.body)
        self.assertEqual(self._bell(), ["1"])
        self.assertIn(order.name, self._text(self._page("/my/notices")))
        response = self._post(f"/my/notices/{notice.id}/open")
        self.assertTrue(
            response.headers["Location"].endswith(f"/my/tickets/orders/{order.id}")
        )
        self.assertEqual(self._bell(), [])

    def test_cancelled_by_the_desk_not_by_the_owner(self):
        own = self._place(self.outlet, {self.game: 1})
        self._post(f"/my/tickets/orders/{own.id}/cancel")
        self.assertEqual(self._told(), {})
        order = self._place(self.outlet, {self.game: 1})
        order.with_user(self.desk).action_cancel("caller changed his mind")
        notice = self._told()["instant.order_cancelled"]
        self.assertEqual((notice.model, notice.res_id), (order._name, order.id))
        self.assertIn("caller changed his mind", notice.body)

    def test_the_neighbour_hears_nothing(self):
        """PF-SEC-04: the other owner's bell stays silent."""
        self._place(self.outlet_south, {self.game: 1})._set_rejected("Account frozen")
        self.assertEqual(self._bell(), [])
        self.assertNotIn("Account frozen", self._text(self._page("/my/notices")))


@tagged("post_install", "-at_install")
class TestPortalAccount(PortalCase):
    """IT-POR-05, IT-POR-08: statement and the outlet's own data."""

    def test_statement_shows_each_movement_with_balances(self):
        order = self._lock(self._place(self.outlet, {self.game: 2}))
        self._ship(order)
        other = self._place(self.outlet, {self.other_game: 1})
        other.action_cancel()
        page = self._page("/my/tickets/account")
        rows = [
            " ".join(row.text_content().split())
            for row in self._classes(page, "lt-move")
        ]
        self.assertEqual(len(rows), 6)
        for row, (title, change, usable, balance) in zip(
            rows,
            (
                ("Hold released", "+¥500", "¥9,000", "¥9,000"),
                ("Held for an order", "−¥500", "¥8,500", "¥9,000"),
                ("Deducted", "−¥1,000", "¥9,000", "¥9,000"),
                ("Hold released", "+¥1,000", "¥10,000", "¥10,000"),
                ("Held for an order", "−¥1,000", "¥9,000", "¥10,000"),
                ("Top-up", "+¥10,000", "¥10,000", "¥10,000"),
            ),
            strict=True,
        ):
            self.assertIn(title, row)
            self.assertIn(change, row)
            self.assertIn(f"Usable {usable}", row)
            self.assertIn(f"Account {balance}", row)

    def test_filter_by_month(self):
        page = self._page("/my/tickets/account?month=2024-02")
        self.assertIn("No movements in this month", self._text(page))
        for month in ("2024-13", "x", "9999-99", "2024-02'--"):
            self._get(f"/my/tickets/account?month={month}")

    def test_outlet_data(self):
        """IT-POR-08: the owner sees the outlet's own data."""
        self.outlet.write({"licence_number": "L-77", "specialist_id": self.head.id})
        text = self._text(self._page("/my/tickets/me"))
        for part in (self.outlet.number, self.outlet.address, "L-77", self.head.name):
            self.assertIn(part, text)
        links = self._page("/my/tickets/me").xpath("//nav/a/@href")
        self.assertLessEqual(
            {"/my/outlet", "/my/outlet/change", "/my/notices"}, set(links)
        )

    def test_owners_start_at_the_tickets(self):
        self.assertTrue(self.url_open("/my").url.endswith("/my/tickets"))
