"""Telephone orders and specialists' orders (IT-DSK-01, PF-SEC-02)."""

from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TicketCase, TicketHttpCase


class DeskFixture:
    """``outlet`` has a licence, ¥5,000 and a specialist; 20 packs of ``game`` at ¥500
    lie in the north; ``other_outlet`` of the same county is a colleague's."""

    @classmethod
    def _set_up_desk(cls):
        cls.env["res.lang"]._activate_lang("en_US")
        cls.specialist = cls._create_user("t_spec", cls.north, "specialist")
        cls.colleague = cls._create_user("t_spec_2", cls.north, "specialist")
        cls.outlet.write(
            {"licence_number": "L-4711", "specialist_id": cls.specialist.id}
        )
        cls.other_outlet = cls._create_outlet(
            cls.north_county, specialist_id=cls.colleague.id
        )
        cls._stock(cls.game, cls.warehouse, 20)
        for outlet in (cls.outlet, cls.other_outlet):
            cls._top_up(outlet, 5000)

    def _desk(self, user=None):
        return self.env["instant.desk"].with_user(user or self.desk)

    def _place_call(self, packs=2, user=None, outlet=None, **values):
        arguments = {
            "key": "0123456789abcdef",
            "identity": ["owner_name", "licence"],
            "seconds": 90,
            **values,
        }
        outlet = outlet or self.outlet
        answer = self._desk(user).place(
            outlet.id, [{"game": self.game.id, "packs": packs}], **arguments
        )
        self.env.invalidate_all()
        return answer


@tagged("post_install", "-at_install")
class TestSearch(DeskFixture, TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_desk()

    def _found(self, text, user=None):
        return [row["id"] for row in self._desk(user).search_outlets(text)]

    def test_caller_is_found_by_phone_number_and_name(self):
        """IT-DSK-01: however the phone is typed; sales persons' phones too."""
        phone = self.outlet.owner_id.phone
        helper = self._create_owner(self.north_county, name="Helper at the till")
        self.outlet.sales_person_ids = helper
        for text in (
            phone,
            phone[3:],
            f"{phone[3:6]}-{phone[6:10]} {phone[10:]}",
            "0086" + phone[3:],
            phone[-6:],
            helper.phone[3:],
            self.outlet.number,
            self.outlet.number[:11],
            self.outlet.name,
            self.outlet.owner_name,
        ):
            with self.subTest(text):
                self.assertIn(self.outlet.id, self._found(text))
        self.assertEqual(self._found(self.outlet.number)[0], self.outlet.id)

    def test_nonsense_finds_nothing(self):
        """IT-DSK-01: no wildcards, no whole directory for one letter, no error."""
        for text in ("", " ", "6", "%%", "__", "99999999999", "\\", None, 12, ["6599"]):
            with self.subTest(text):
                self.assertEqual(self._found(text), [])

    def test_the_list_is_short_and_open_outlets_come_first(self):
        self.outlet.action_suspend("checked")
        for _number in range(12):
            self._create_outlet(self.north_county)
        found = self._desk().search_outlets("Outlet")
        self.assertEqual(len(found), 10)
        self.assertEqual(found[0]["state"], "active")
        row = self._desk().search_outlets(self.outlet.number)[0]
        self.assertEqual(row["state"], "suspended")

    def test_other_units_callers_do_not_exist(self):
        """PF-SEC-02: the neighbour's outlets are not found and not opened."""
        phone = self.outlet_south.owner_id.phone
        self.assertEqual(self._found(phone), [])
        self.assertEqual(self._found(self.outlet_south.number), [])
        self.assertEqual(self._found(phone, self.desk_south), [self.outlet_south.id])
        for outlet_id in (self.outlet_south.id, 2**31 - 1, "1", None, True):
            with self.subTest(outlet_id), self.assertRaises(AccessError):
                self._desk().load_outlet(outlet_id)

    def test_who_takes_no_orders_opens_no_screen(self):
        """PF-SEC-02: a keeper or head reads orders, the desk takes them."""
        for user in (self.keeper, self.head):
            desk = self._desk(user)
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    desk.search_outlets(self.outlet.number)
                with self.assertRaises(AccessError):
                    desk.load_outlet(self.outlet.id)
                with self.assertRaises(AccessError):
                    self._place_call(user=user)


@tagged("post_install", "-at_install")
class TestCall(DeskFixture, TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_desk()

    def assertRefused(self, code, **arguments):
        count = self.env["instant.order"].search_count([])
        answer = self._place_call(**arguments)
        self.assertEqual((answer["ok"], answer.get("code")), (False, code), answer)
        self.assertEqual(self.env["instant.order"].search_count([]), count)
        self.assertBooksAgree()
        return answer

    def test_the_outlet_is_shown_with_all_that_is_needed(self):
        """IT-DSK-01: state, questions, money, last orders, delivery, catalogue."""
        self.outlet.owner_id.id_card_number = "110101199003071233"
        order = self._place(self.outlet, {self.game: 3})
        data = self._desk().load_outlet(self.outlet.id)
        self.assertEqual(data["outlet"]["number"], self.outlet.number)
        self.assertEqual(data["blocker"], False)
        self.assertEqual(
            data["money"], {"usable": 3500.0, "held": 1500.0, "balance": 5000.0}
        )
        answers = {row["code"]: row["answer"] for row in data["identity"]}
        self.assertEqual(answers["owner_name"], self.outlet.owner_name)
        self.assertEqual(answers["id_card_end"], "1233")
        self.assertEqual(answers["phone_end"], self.outlet.owner_phone[-4:])
        self.assertEqual(answers["licence"], "L-4711")
        self.assertEqual(data["orders"][0]["name"], order.name)
        self.assertEqual(
            data["repeat"],
            {"name": order.name, "lines": [{"game": self.game.id, "packs": 3}]},
        )
        self.assertEqual(
            [(game["code"], game["left"], game["price"]) for game in data["games"]],
            [("TA01", 17, 500.0)],
        )
        self.assertEqual(data["delivery"]["address"], self.outlet.delivery_address)
        self.assertEqual(data["delivery"]["hours"], 18)
        self.assertTrue(data["delivery"]["arrival"])

    def test_what_is_not_on_file_is_not_asked(self):
        self.outlet.licence_number = False
        codes = [
            row["code"] for row in self._desk().load_outlet(self.outlet.id)["identity"]
        ]
        self.assertEqual(codes, ["owner_name", "phone_end", "number", "address"])

    def test_an_order_keeps_its_call(self):
        """IT-DSK-01: channel, agent, call and the answers are stored and journalled."""
        answer = self._place_call(note="ring twice")
        self.assertTrue(answer["ok"], answer)
        order = self.env["instant.order"].browse(answer["order_id"])
        self.assertEqual(
            (order.state, order.channel, order.user_id, order.note),
            ("submitted", "desk", self.desk, "ring twice"),
        )
        self.assertEqual(order.identity_asked, "owner_name,licence")
        self.assertEqual(order.identity_words, "Owner's name, Licence number")
        self.assertEqual(order.call_seconds, 90)
        self.assertEqual(
            order.call_ended_at - order.call_started_at, timedelta(seconds=90)
        )
        hour = (order.submitted_at + timedelta(hours=8)).hour
        self.assertEqual(order.submitted_hour, hour)
        entry = self.env["lottery.journal"].search(
            [("event", "=", "order.submitted"), ("res_id", "=", order.id)]
        )
        self.assertIn('"identity": "owner_name,licence"', entry.content)
        self.assertEqual(entry.event_name, "Order: Submitted")
        self.assertBooksAgree()

    def test_two_clicks_are_one_order(self):
        """IT-DSK-01: the same key again is the same order, another cart is refused."""
        first, again = self._place_call(), self._place_call()
        self.assertEqual(first["order_id"], again["order_id"])
        self.assertEqual((first["duplicate"], again["duplicate"]), (False, True))
        self.assertEqual(self.outlet.account_ids.held, 1000)
        self.assertRefused("key_reused", packs=3)
        found = self._desk().find_order(self.outlet.id, "0123456789abcdef")
        self.assertEqual(found["name"], first["name"])
        self.assertFalse(self._desk().find_order(self.outlet.id, "never sent"))
        self.assertFalse(
            self._desk().find_order(self.other_outlet.id, "0123456789abcdef")
        )

    def test_refusals_name_rule_and_place(self):
        """IT-DSK-01: the checks of the owner's phone, with what stands beside a line."""
        short = self.assertRefused("short_stock", packs=21)
        self.assertEqual(
            short["details"]["games"], [{"game_id": self.game.id, "available": 20}]
        )
        short = self.assertRefused("short_balance", packs=11)
        self.assertEqual(short["details"]["usable"], 5000)
        for packs in (0, -1, "2", None, 2.5):
            with self.subTest(packs):
                self.assertRefused("bad_quantity", packs=packs)
        self.assertRefused("bad_note", note="x" * 201)
        self.assertRefused("bad_key", key="short")
        self.assertRefused("bad_key", key=None)

    def test_no_nonsense_is_a_traceback(self):
        for lines in (None, [], {}, "x", [1], [{"game": [1], "packs": 1}], [{}]):
            with self.subTest(lines):
                answer = self._desk().place(
                    self.outlet.id,
                    lines,
                    "0123456789abcdef",
                    identity=["owner_name", "licence"],
                )
                self.assertIn(answer["code"], ("bad_quantity", "game_not_on_sale"))
        answer = self._place_call(seconds="long", identity=["owner_name", "licence", 7])
        order = self.env["instant.order"].browse(answer["order_id"])
        self.assertEqual(order.call_seconds, 0)

    def test_the_caller_proves_who_it_is(self):
        """IT-DSK-01: two right answers, of the questions that can be asked."""
        for identity in (None, [], ["owner_name"], ["owner_name", "mother"], "licence"):
            with self.subTest(identity):
                self.assertRefused("identity", identity=identity)
        self.env["ir.config_parameter"].set_param("instant_ticket.identity_needed", "1")
        self.assertTrue(self._place_call(identity=["phone_end"])["ok"])

    def test_closed_days_and_closed_outlets(self):
        """IT-POR-06 at the desk: shown before anything is typed, refused when sent."""
        now = fields.Datetime.now()
        closure = self.env["instant.closure"].create(
            {
                "name": "Holiday",
                "date_from": now - timedelta(hours=1),
                "date_to": now + timedelta(days=1),
            }
        )
        self.assertIn("closed", self._desk().load_outlet(self.outlet.id)["blocker"])
        self.assertRefused("closed")
        closure.active = False
        closure.flush_recordset()
        self.outlet.action_suspend("checked")
        self.env.flush_all()  # the catalogue's reader looks past the cache
        self.assertIn(
            self.outlet.number, self._desk().load_outlet(self.outlet.id)["blocker"]
        )
        self.assertRefused("outlet_inactive")

    def test_live_state_and_end_of_the_call(self):
        """IT-DSK-01: held, then locked by ILMS; the agent's “next call” ends the call."""
        order_id = self._place_call()["order_id"]
        live = self._desk().read_order(order_id)
        self.assertEqual((live["state"], live["tone"]), ("submitted", "wait"))
        self.assertTrue(live["waiting"])
        order = self.env["instant.order"].browse(order_id)
        self._lock(order)
        live = self._desk().read_order(order_id)
        self.assertEqual((live["state"], live["tone"]), ("locked", "way"))
        order.sudo().call_started_at -= timedelta(minutes=5)
        self._desk().end_call(order_id)
        self.assertGreaterEqual(order.call_seconds, 390)
        with self.assertRaises(AccessError):
            self._desk(self.desk_south).read_order(order_id)
        other_agent = self._create_user("t_desk_2", self.north, "order_desk")
        with self.assertRaises(AccessError):
            self._desk(other_agent).end_call(order_id)

    def test_the_call_is_not_rewritten(self):
        order = self.env["instant.order"].browse(self._place_call()["order_id"])
        for values in ({"identity_asked": "x"}, {"call_seconds": 1}, {"user_id": 2}):
            with self.subTest(values), self.assertRaises(UserError):
                order.with_user(self.desk).write(values)
        with self.assertRaises(UserError):
            self.env["instant.order"].with_user(self.desk).create(
                {"outlet_id": self.outlet.id, "identity_asked": "owner_name"}
            )


@tagged("post_install", "-at_install")
class TestDeskPapers(DeskFixture, TicketCase):
    """IT-DSK-02: prints of several orders, buttons of the form."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_desk()
        cls._top_up(cls.outlet, 5000)
        cls.outlet.delivery_address = "A very long street " * 12
        cls.orders = cls.env["instant.order"]
        for _number in range(3):
            cls.orders |= cls._lock(cls._place(cls.outlet, {cls.game: 2}))

    def test_each_order_is_on_a_page_of_its_own(self):
        """IT-DSK-02: number as code, receiver, lines, totals, signatures."""
        for report, words in (
            ("pick_list", ("Picked by", "Checked by")),
            ("delivery_note", ("Handed over by", "Received by", "1,000.00")),
            ("waybill", ("Ship to", "Received by")),
        ):
            action = self.env.ref(f"instant_ticket.instant_order_report_{report}")
            content, _kind = action.with_user(self.desk)._render_qweb_html(
                action.report_name, self.orders.ids
            )
            page = html.fromstring(content)
            pages = page.find_class("o_order_print")[0].findall("div")
            with self.subTest(report):
                self.assertEqual(len(pages), 3)
                self.assertEqual(
                    len(page.xpath("//div[contains(@class, 'article')]")), 1
                )
                for order, sheet in zip(self.orders, pages, strict=True):
                    text = " ".join(sheet.text_content().split())
                    phone = order.owner_phone.removeprefix("+86")
                    for word in (order.name, phone, order.outlet_number, *words):
                        self.assertIn(word, text)
                    self.assertTrue(sheet.xpath(".//img[@alt and @src]"))
            name = self.orders[0]._get_print_name(report)
            self.assertTrue(name.endswith(self.orders[0].name))

    def test_chosen_orders_are_printed(self):
        """IT-DSK-02: those in the right state; none at all is said."""
        orders = self.orders.with_user(self.desk)
        action = orders.action_print_pick_lists()
        self.assertEqual(action["context"]["active_ids"], self.orders.ids)
        with self.assertRaises(UserError):
            orders.action_print_waybills()

    def test_the_form_leads_to_complaints_and_calls(self):
        order = self.orders[0]
        claim = self.env["instant.order.claim"].create(
            {"order_id": order.id, "kind": "short", "packs": 1}
        )
        order = order.with_user(self.desk)
        self.assertEqual((order.claim_count, order.outbox_count), (1, 1))
        found = self.env["instant.order.claim"].search(
            order.action_view_claims()["domain"]
        )
        self.assertEqual(found, claim)
        self.assertEqual(self.orders[1].claim_count, 0)

    def test_calls_are_reported_by_agent_and_hour(self):
        """IT-DSK-01: orders, packs and the average call by source, agent, hour."""
        for number, seconds in enumerate((60, 120)):
            self._place_call(packs=1, seconds=seconds, key=f"call-number-{number:06d}")
        rows = (
            self.env["instant.order"]
            .with_user(self.desk)
            ._read_group(
                [("call_started_at", "!=", False)],
                ["channel", "user_id", "submitted_hour"],
                ["__count", "call_seconds:avg"],
            )
        )
        self.assertEqual(sum(row[3] for row in rows), 2)
        self.assertEqual({row[:2] for row in rows}, {("desk", self.desk)})
        if len(rows) == 1:  # not across the turn of the hour
            self.assertEqual(rows[0][4], 90)


@tagged("post_install", "-at_install")
class TestSpecialist(DeskFixture, TicketHttpCase):
    """IT-DSK-01, PF-SEC-02: a specialist orders for the own outlets, and no others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_desk()
        cls.other_order = cls._place(cls.other_outlet, {cls.game: 1})

    def test_own_outlets_only(self):
        desk = self._desk(self.specialist)
        self.assertEqual(
            [row["id"] for row in desk.search_outlets("Outlet")], [self.outlet.id]
        )
        answer = self._place_call(user=self.specialist, identity=None)
        self.assertTrue(answer["ok"], answer)
        order = self.env["instant.order"].browse(answer["order_id"])
        self.assertEqual(
            (order.channel, order.user_id, order.call_started_at),
            ("specialist", self.specialist, False),
        )
        self.assertEqual(desk.load_outlet(self.outlet.id)["identity"], [])
        desk.end_call(order.id)
        self.assertFalse(order.call_ended_at)
        with self.assertRaises(AccessError):
            desk.load_outlet(self.other_outlet.id)
        with self.assertRaises(AccessError):
            self._place_call(user=self.specialist, outlet=self.other_outlet)
        with self.assertRaises(AccessError):
            desk.read_order(self.other_order.id)

    def test_a_draft_for_a_colleagues_outlet_is_refused(self):
        orders = self.env["instant.order"].with_user(self.specialist)
        line = [(0, 0, {"game_id": self.game.id, "quantity": 1})]
        with self.assertRaises(AccessError):
            orders.create({"outlet_id": self.other_outlet.id, "line_ids": line})
        draft = orders.create({"outlet_id": self.outlet.id, "line_ids": line})
        with self.assertRaises(AccessError):
            draft.outlet_id = self.other_outlet

    def test_a_new_specialist_takes_over_the_orders(self):
        order = self._place(self.outlet, {self.game: 1})
        seen = self.env["instant.order"].with_user(self.colleague).search([])
        self.assertEqual(seen, self.other_order)
        self.outlet.specialist_id = self.colleague
        seen = self.env["instant.order"].with_user(self.colleague).search([])
        self.assertEqual(seen, order | self.other_order)

    def test_other_roles_see_the_whole_unit(self):
        """A specialist who is of the desk too works for the whole unit."""
        both = self._create_user("t_both", self.north, "specialist", "order_desk")
        self.assertIn(
            self.other_order, self.env["instant.order"].with_user(both).search([])
        )
        self.assertTrue(self._desk(both).load_outlet(self.other_outlet.id))

    def test_what_hangs_on_orders_through_rpc(self):
        """PF-SEC-02: by the door of other programs, for every model of an order."""
        own = self._ready_order(packs=1, stock=20)
        other = self._ready_order(packs=1, stock=1, outlet=self.other_outlet)
        for order in (own, other):
            self._pick(order)
            self.env["instant.delivery.attempt"].create(
                {"order_id": order.id, "outcome": "nobody_there", "number": 1}
            )
            self.env["instant.order.claim"].create(
                {"order_id": order.id, "kind": "short", "packs": 1}
            )
        db, uid = self.env.cr.dbname, self.specialist.id

        def call(model, method, *args, **kwargs):
            return self.xmlrpc_object.execute_kw(
                db, uid, "t_spec-Passw0rd!", model, method, args, kwargs
            )

        for model, path in (
            ("instant.order", "outlet_id"),
            ("instant.order.line", "order_id.outlet_id"),
            ("instant.order.event", "order_id.outlet_id"),
            ("instant.order.claim", "outlet_id"),
            ("instant.delivery.attempt", "order_id.outlet_id"),
            ("instant.scan", "order_id.outlet_id"),
            ("instant.account", "outlet_id"),
            ("instant.account.move", "outlet_id"),
        ):
            with self.subTest(model):
                self.assertTrue(call(model, "search", [[path, "=", self.outlet.id]]))
                self.assertFalse(
                    call(model, "search", [[path, "=", self.other_outlet.id]])
                )
                foreign = self.env[model].search([(path, "=", self.other_outlet.id)])
                self.assertTrue(foreign)
                with self.assertRaises(Exception) as caught:
                    call(model, "read", foreign.ids)
                self.assertIn(self.specialist.name, str(caught.exception))
