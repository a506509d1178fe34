"""Delivery methods, promised time, hand-over (IT-DLV-01, IT-DLV-02, IT-DLV-04)."""

import csv
import pathlib
import re
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..engine.area import split_names
from .common import TicketCase

SCHEME = pathlib.Path(__file__).parent / "data" / "delivery_scheme.csv"
PREFECTURES = 16
# the scheme's words as people read them
SCHEDULES = {
    "": "",
    "13:00;18:30 (later orders next morning)": "13:00、18:30 截单，之后的订单次日上午送",
    "daily; 木垒县 every 3 days": "每天一班；木垒县每 3 天一班",
    "summer: Tue Fri; winter: Wed": "夏季周二、周五，冬季周三",
    "low frequency": "班次少",
    "not fixed; first departing": "班次不固定，赶最早一班",
    "same day": "当天送达",
    "about 3 days": "约 3 天",
}


@tagged("post_install", "-at_install")
class TestScheme(TicketCase):
    def _match(self, prefecture, county="", town=""):
        branch = self.env["lottery.branch"].search(
            [("name", "=", prefecture), ("kind", "=", "prefecture")]
        )
        return self.env["delivery.carrier"]._match_outlet(branch, county, town)

    def test_every_area_of_the_scheme_has_its_method(self):
        """IT-DLV-01: each county and town, as county and as town of an address."""
        with SCHEME.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        seen = 0
        for row in rows:
            expected = f"{row['prefecture']} {row['method']}"
            for area in row["area"].split(";"):
                for name in split_names(area):
                    for place in ({"county": name}, {"town": name}):
                        with self.subTest(row["prefecture"], **place):
                            carrier = self._match(row["prefecture"], **place)
                            self.assertEqual(carrier.name, expected)
                            self.assertEqual(carrier.ticket_kind, row["kind"])
                            seen += 1
        self.assertGreater(seen, 190)

    def test_without_an_area_the_default_courier_drives(self):
        """IT-DLV-01: Aksu has no rows; an unknown county has no method either."""
        default = self.env.ref("instant_ticket.delivery_carrier_default")
        self.assertEqual(self._match("阿克苏", county="库车市"), default)
        self.assertEqual(self._match("昌吉", county="不知道县"), default)
        count = self.env["lottery.branch"].search_count(
            [("kind", "=", "prefecture"), ("code", "=like", "65%")]
        )
        self.assertGreaterEqual(count, PREFECTURES)

    def test_an_order_takes_the_method_of_its_area(self):
        branch = self.env.ref("instant_ticket.branch_changji")
        self._create_warehouse(branch, "CJ")
        outlet = self._create_outlet(branch, county="玛纳斯县")
        order = self._ready_order(outlet=outlet)
        self.assertEqual(order.carrier_id.name, "昌吉 客运站中转")
        self.assertEqual(order.picking_id.carrier_id, order.carrier_id)

    def test_a_method_chosen_by_hand_stays(self):
        self._stock(self.game, self.warehouse, 20)
        self._top_up(self.outlet, 5000)
        order = self._place(self.outlet, {self.game: 1})
        chosen = self.env.ref("instant_ticket.delivery_carrier_changji_1")
        order.carrier_id = chosen
        self._lock(order)
        self.assertEqual(order.carrier_id, chosen)

    def test_the_schedule_of_the_scheme_is_loaded(self):
        """IT-DLV-01: cut-offs, weekdays, seasons and lead times as the scheme has them."""
        weekdays = {"Tue": "1", "Wed": "2", "Fri": "4"}
        with SCHEME.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        seen = set()
        for row in rows:
            schedule = row["schedule"]
            carrier = self.env["delivery.carrier"].search(
                [("name", "=", f"{row['prefecture']} {row['method']}")]
            )
            with self.subTest(carrier.name):
                self.assertEqual(carrier.schedule_note or "", SCHEDULES[schedule])
                self.assertEqual(carrier.area_note or "", row["note"])
                runs = carrier.run_ids
                times = {
                    int(hour) + int(minute) / 60
                    for hour, minute in re.findall(r"(\d\d):(\d\d)", schedule)
                }
                if times:
                    self.assertEqual(set(runs.mapped("cutoff")), times)
                days = {
                    (season, weekdays[day])
                    for season, part in re.findall(
                        r"(summer|winter): ([\w ]+)", schedule
                    )
                    for day in part.split()
                }
                if days:
                    found = {(run.season, run.weekday) for run in runs}
                    self.assertEqual(found, days)
                if "same day" in schedule:
                    self.assertLessEqual(carrier.lead_hours, 24)
                if "3 days" in schedule and "every" not in schedule:
                    self.assertEqual(carrier.lead_hours, 72)
                seen.add(bool(times or days))
        self.assertEqual(seen, {True, False})

    def test_the_departure_decides_the_expected_arrival(self):
        """IT-DLV-01: shipped after the last cut-off it leaves next morning."""
        city = self.env.ref("instant_ticket.delivery_carrier_changji_1")
        city.write({"contact_name": "Driver", "contact_phone": "+8615400010001"})
        order = self._ready_order()
        order.carrier_id = city
        self._ship(order)
        lead = timedelta(hours=city.lead_hours)
        for shipped, leaves in (
            (datetime(2026, 3, 2, 4, 59), datetime(2026, 3, 2, 5)),
            (datetime(2026, 3, 2, 11), datetime(2026, 3, 3, 5)),
        ):
            order.shipped_at = shipped
            self.assertEqual(order.expected_arrival, leaves + lead)
        order.next_attempt_at = datetime(2026, 3, 4, 6)
        self.assertEqual(order.expected_arrival, datetime(2026, 3, 4, 10, 30) + lead)
        self.assertEqual(order.carrier_contact, "Driver +8615400010001")

    def test_a_county_served_more_rarely(self):
        """IT-DLV-01: every three days to Mori, daily to the driver's other counties."""
        branch = self.env.ref("instant_ticket.branch_changji")
        self._create_warehouse(branch, "CJ")
        for county, hours in (("木垒县", 72), ("木垒哈萨克自治县", 72), ("奇台县", 12)):
            with self.subTest(county):
                outlet = self._create_outlet(branch, county=county)
                order = self._ready_order(outlet=outlet)
                self.assertEqual(order.carrier_id.name, "昌吉 专人专线车")
                order.shipped_at = datetime(2026, 3, 2, 4)
                leaves = order.carrier_id._next_departure(order.shipped_at)
                self.assertEqual(
                    order.expected_arrival - leaves, timedelta(hours=hours)
                )

    def test_the_driver_of_the_south_goes_by_season(self):
        """IT-DLV-01: summer Tuesday and Friday, winter Wednesday."""
        farm = self.env.ref("instant_ticket.delivery_carrier_changji_4")
        for moment, day in (
            (datetime(2026, 7, 1), datetime(2026, 7, 3, 2)),
            (datetime(2026, 7, 4), datetime(2026, 7, 7, 2)),
            (datetime(2026, 1, 1), datetime(2026, 1, 7, 2)),
        ):
            self.assertEqual(farm._next_departure(moment), day)

    def test_departures_by_cutoff_and_season(self):
        """IT-DLV-01: 13:00 and 18:30 in Changji's city; times of the Chinese clock."""
        city = self.env.ref("instant_ticket.delivery_carrier_changji_1")
        self.assertEqual(
            city._next_departure(datetime(2026, 3, 2, 4, 59)), datetime(2026, 3, 2, 5)
        )
        self.assertEqual(
            city._next_departure(datetime(2026, 3, 2, 5, 1)),
            datetime(2026, 3, 2, 10, 30),
        )
        self.assertEqual(
            city._next_departure(datetime(2026, 3, 2, 11)), datetime(2026, 3, 3, 5)
        )


@tagged("post_install", "-at_install")
class TestPromise(TicketCase):
    def _promise(self, **values):
        self._stock(self.game, self.warehouse, 20)
        outlet = self._create_outlet(distance_manual=True, **values)
        self._top_up(outlet, 5000)
        return self._place(outlet, {self.game: 1})

    def test_hours_by_distance(self):
        """IT-DLV-02: 18 h to 50 km, 36 h to 400 km, 72 h beyond; override first."""
        for distance, override, hours in (
            (50, 0, 18),
            (51, 0, 36),
            (400, 0, 36),
            (401, 0, 72),
            (401, 24, 24),
        ):
            with self.subTest(distance):
                order = self._promise(distance_km=distance, sla_override_hours=override)
                self.assertEqual(order.sla_hours, hours)
                promised = order.deadline - order.submitted_at
                self.assertEqual(promised, timedelta(hours=hours))

    def _move_deadline(self, order, **delta):
        order.flush_recordset()
        order.deadline = fields.Datetime.now() + timedelta(**delta)
        order.flush_recordset()

    def test_warned_before_alerted_after_each_once(self):
        """IT-DLV-02: desk, specialist and unit hear of it."""
        order = self._promise(distance_km=10)
        orders = self.env["instant.order"]
        self.assertEqual(order.sla_state, "in_time")
        orders._cron_sla_alerts()
        self.assertFalse(order.sla_alerted)
        for delta, state in (({"hours": 2}, "due_soon"), ({"hours": -1}, "overdue")):
            self._move_deadline(order, **delta)
            order.invalidate_recordset(["sla_state"])
            self.assertEqual(order.sla_state, state)
            self.assertIn(order, orders.search([("sla_state", "in", [state])]))
            orders._cron_sla_alerts()
            self.assertEqual(order.sla_alerted, state)

    def test_delivered_in_time_or_late(self):
        order = self._promise(distance_km=10)
        self._lock(order)
        self._ship(order)
        self._move_deadline(order, hours=-1)
        order.with_user(self.desk).action_deliver(order.pickup_code)
        order.invalidate_recordset()
        self.assertEqual(order.sla_state, "missed")


@tagged("post_install", "-at_install")
class TestHandOver(TicketCase):
    def _shipped(self):
        order = self._ready_order()
        self._ship(order)
        return order.with_user(self.keeper)

    def test_the_code_opens_the_parcel(self):
        """IT-DLV-04: right code delivers; the receiver is kept."""
        order = self._shipped()
        answer = order.action_deliver(order.sudo().pickup_code, receiver="Owner")
        self.assertTrue(answer["ok"])
        self.assertEqual(order.state, "delivered")
        attempt = order.attempt_ids
        self.assertEqual((attempt.outcome, attempt.receiver), ("delivered", "Owner"))
        self.assertEqual(attempt.user_id, self.keeper)

    def test_a_wrong_code_is_refused_and_kept(self):
        """IT-DLV-04: a failed attempt with its reason, then a second attempt."""
        order = self._shipped()
        wrong = f"{(int(order.sudo().pickup_code) + 1) % 10**6:06d}"
        self.assertFalse(order.action_deliver(wrong)["ok"])
        self.assertEqual(order.state, "shipped")
        order.action_deliver_failed("nobody_there")
        self.assertTrue(order.action_deliver(order.sudo().pickup_code)["ok"])
        self.assertEqual(
            order.attempt_ids.sorted("number").mapped("outcome"),
            ["wrong_code", "nobody_there", "delivered"],
        )
        with self.assertRaises(UserError):
            order.action_deliver_failed("weather on Mars")

    def test_guessing_ends(self):
        order = self._shipped()
        code = order.sudo().pickup_code
        for step in range(1, 6):
            order.action_deliver(f"{(int(code) + step) % 10**6:06d}")
        self.assertFalse(order.action_deliver(code)["ok"])
        self.assertEqual(order.state, "shipped")

    def test_receipts_are_kept(self):
        """IT-DLV-04: neither changed nor deleted."""
        order = self._shipped()
        order.action_deliver(order.sudo().pickup_code)
        attempt = order.sudo().attempt_ids
        with self.assertRaises(UserError):
            attempt.write({"outcome": "other"})
        with self.assertRaises(UserError):
            attempt.unlink()

    def test_only_the_whole_parcel_confirmed_frees_activation(self):
        """IT-WHS-05: packs are confirmed by the owner's receipt, all at once."""
        order = self._shipped()
        packs = self.env["instant.pack"].search([("order_id", "=", order.id)])
        self.assertPacks(packs, "in_transit")
        order.with_user(self.desk).action_confirm_receipt()
        self.assertPacks(packs, "confirmed")
        self.assertEqual(order.sudo().state, "done")
        self.assertBooksAgree()

    def test_the_neighbour_delivers_nothing(self):
        """PF-SEC-02"""
        order = self._shipped()
        with self.assertRaises(AccessError):
            order.with_user(self.keeper_south).action_deliver(order.sudo().pickup_code)
        self.assertEqual(order.state, "shipped")
