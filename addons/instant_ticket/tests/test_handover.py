"""Hand-over of parcels, its guard and its receipts (IT-DLV-04)."""

import base64
import io
from datetime import timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from PIL import Image

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.lottery_base.engine.photo import MAX_BYTES

from ..engine.handover import PAUSE, TRIES_PER_PAUSE, TRIES_PER_RELEASE
from .common import TicketCase

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def picture(kind="PNG", size=(40, 30), colour="red", **options):
    output = io.BytesIO()
    Image.new("RGB", size, colour).save(output, kind, **options)
    return output.getvalue()


def encode(data):
    return base64.b64encode(data).decode()


def wrong_code(order, step=1):
    return f"{(int(order.sudo().pickup_code) + step) % 10**6:06d}"


class HandoverCase(TicketCase):
    def _shipped(self, user=None, **options):
        order = self._ready_order(**options)
        self._ship(order)
        return order.with_user(user or self.keeper)

    def _code(self, order):
        return order.sudo().pickup_code


@tagged("post_install", "-at_install")
class TestGuard(HandoverCase):
    def _age_attempts(self, order, delta):
        """Let the wrong codes lie ``delta`` in the past."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE instant_delivery_attempt SET date = date - %s WHERE order_id = %s",
            [delta, order.id],
        )
        self.env.invalidate_all()

    def _guess(self, order, times, first=1):
        return [
            order.action_deliver(wrong_code(order, step))
            for step in range(first, first + times)
        ]

    def test_a_wrong_code_is_refused_kept_and_counted(self):
        """IT-DLV-04: the answer says how many tries are left."""
        order = self._shipped()
        (answer,) = self._guess(order, 1)
        self.assertFalse(answer["ok"])
        self.assertIn("4 tries", answer["message"])
        self.assertEqual(answer["parcel"]["tries"], 4)
        self.assertEqual(order.attempt_ids.mapped("outcome"), ["wrong_code"])
        self.assertEqual(order.state, "shipped")

    def test_what_is_no_code_costs_no_try(self):
        """A slip of the finger is told at once and not counted."""
        order = self._shipped()
        for code in ("", None, False, "12345", "1234567", "12345a", {"a": 1}, []):
            with self.subTest(code=code):
                answer = order.action_deliver(code)
                self.assertFalse(answer["ok"])
                self.assertIn("six digits", answer["message"])
        self.assertFalse(order.attempt_ids)

    def test_the_code_is_taken_as_people_type_it(self):
        """With a gap, or in full width from a Chinese input method."""
        order = self._shipped()
        code = self._code(order)
        wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
        self.assertTrue(order.action_deliver(f" {wide[:3]} {wide[3:]}")["ok"])

    def test_five_wrong_codes_pause_even_the_right_one(self):
        """IT-DLV-04: guessing pauses for half an hour; the desk is told once."""
        order = self._shipped()
        answers = self._guess(order, TRIES_PER_PAUSE)
        self.assertIn("Too many wrong codes", answers[-1]["message"])
        self.assertTrue(answers[-1]["parcel"]["pause"])
        self.assertFalse(order.action_deliver(self._code(order))["ok"])
        self.assertEqual(order.state, "shipped")
        self.assertTrue(order.handover_pause)
        activities = order.sudo().activity_ids
        self.assertEqual(activities.user_id, self.desk)
        self.assertEqual(len(activities), 1)
        self._age_attempts(order, PAUSE)
        self.assertTrue(order.action_deliver(self._code(order))["ok"])
        self.assertFalse(order.sudo().activity_ids, "closed with the delivery")

    def test_other_outcomes_do_not_reset_the_guard(self):
        """A failed visit between two guesses gives no new tries."""
        order = self._shipped()
        self._guess(order, 4)
        order.action_deliver_failed("nobody_there")
        self._guess(order, 1, first=5)
        self.assertFalse(order.action_deliver(self._code(order))["ok"])

    def test_ten_wrong_codes_wait_for_the_desk(self):
        """IT-DLV-04: no more than ten guesses of a million without the desk."""
        order = self._shipped()
        self._guess(order, TRIES_PER_PAUSE)
        self._age_attempts(order, PAUSE)
        self._guess(order, TRIES_PER_PAUSE, first=6)
        self._age_attempts(order, PAUSE * 100)
        self.assertFalse(order.action_deliver(self._code(order))["ok"])
        self.assertEqual(len(order.attempt_ids), TRIES_PER_RELEASE)
        with self.assertRaises(AccessError):
            order.action_allow_codes()
        with self.assertRaises(AccessError):
            order.with_user(self.desk_south).action_allow_codes()
        order.with_user(self.desk).action_allow_codes()
        self.assertFalse(order.sudo().activity_ids)
        self.assertTrue(order.action_deliver(self._code(order))["ok"])
        outcomes = order.attempt_ids.mapped("outcome")
        self.assertEqual(outcomes[:2], ["delivered", "unlocked"])

    def test_the_code_cannot_be_read_or_searched(self):
        """IT-DLV-04: who only carries or inspects cannot look the code up."""
        order = self._shipped()
        specialist = self._create_user(
            "t_spec", self.north, "specialist", "base.group_allow_export"
        )
        self.outlet.specialist_id = specialist
        own = order.with_user(specialist)
        code = self._code(order)
        with self.assertRaises(AccessError):
            own.read(["pickup_code"])
        with self.assertRaises(AccessError):
            own.search([("pickup_code", "=", code)])
        with self.assertRaises(AccessError):
            own.export_data(["pickup_code"])
        with self.assertRaises(AccessError):
            own._read_group([], ["pickup_code"])
        self.assertNotIn(code, str(own.handover_find(order.name)))

    def test_the_code_cannot_be_set(self):
        """Nor may anybody choose it, or move the promised time."""
        order = self._shipped()
        for values in (
            {"pickup_code": "000000"},
            {"deadline": "2030-01-01"},
            {"shipped_at": False},
            {"return_state": "back"},
            {"on_time_rate": 1.0},
        ):
            for user in (self.keeper, self.desk):
                with self.assertRaises(UserError):
                    order.with_user(user).write(values)
        with self.assertRaises(UserError):
            self.env["instant.order"].with_user(self.desk).create(
                {"outlet_id": self.outlet.id, "pickup_code": "000000"}
            )


@tagged("post_install", "-at_install")
class TestReceipt(HandoverCase):
    def test_photo_signature_and_place_are_kept_drawn_anew(self):
        """IT-DLV-04: who, when, where, photo and signature; without metadata."""
        order = self._shipped()
        exif = Image.Exif()
        exif[0x010E] = "secret-words"
        photo = picture("JPEG", size=(3000, 2000), exif=exif)
        answer = order.action_deliver(
            self._code(order),
            photo=encode(photo),
            signature="data:image/png;base64," + encode(picture()),
            receiver="  Owner ",
            place=[43.9, 87.6],
        )
        self.assertTrue(answer["ok"])
        receipt = order.attempt_ids
        self.assertEqual(receipt.outcome, "delivered")
        self.assertEqual(receipt.receiver, "Owner")
        self.assertEqual(receipt.user_id, self.keeper)
        self.assertEqual(receipt.address, order.delivery_address)
        self.assertEqual((receipt.latitude, receipt.longitude), (43.9, 87.6))
        stored = base64.b64decode(receipt.photo)
        self.assertNotIn(b"secret-words", stored)
        image = Image.open(io.BytesIO(stored))
        self.assertEqual((image.format, max(image.size)), ("JPEG", 1600))
        signature = Image.open(io.BytesIO(base64.b64decode(receipt.signature)))
        self.assertEqual(signature.format, "JPEG")

    def test_what_is_no_photo_is_refused_before_anything_happens(self):
        """PF-SEC-06: SVG, too large, a bomb, a text, a broken picture."""
        order = self._shipped()
        code = self._code(order)
        bomb = io.BytesIO()
        Image.new("1", (9000, 9000)).save(bomb, "PNG")
        for name, data in (
            ("svg", encode(SVG)),
            ("html", encode(b"<html>")),
            ("huge", encode(b"\xff\xd8" + b"0" * MAX_BYTES)),
            ("bomb", encode(bomb.getvalue())),
            ("cut", encode(picture()[:40])),
            ("not base64", "%%%"),
            ("not a text", {"a": 1}),
        ):
            for field in ("photo", "signature"):
                with self.subTest(name, field=field), self.assertRaises(UserError):
                    order.action_deliver(code, **{field: data})
        self.assertEqual(order.state, "shipped")
        self.assertFalse(order.attempt_ids)

    def test_wrong_codes_keep_no_pictures(self):
        """Who guesses fills no disk."""
        order = self._shipped()
        order.action_deliver(wrong_code(order), photo=encode(picture()))
        self.assertFalse(order.attempt_ids.photo)
        self.assertFalse(order.attempt_ids.has_receipt)

    def test_a_false_place_is_left_out(self):
        order = self._shipped()
        for place in ([200, 0], ["x", 1], [float("nan"), 1], "here", 7, [1, 2, 3]):
            order.action_deliver(wrong_code(order), place=place)
            order.with_user(self.desk).action_allow_codes()
        wrong = order.attempt_ids.filtered(lambda a: a.outcome == "wrong_code")
        self.assertEqual(len(wrong), 6)
        self.assertEqual(set(wrong.mapped("latitude")), {0.0})

    def test_nobody_writes_attempts_by_hand(self):
        """IT-DLV-04: neither made up, nor changed, nor deleted."""
        order = self._shipped()
        attempts = self.env["instant.delivery.attempt"].with_user(self.desk)
        with self.assertRaises(UserError):
            attempts.create({"order_id": order.id, "outcome": "delivered"})
        order.action_deliver(self._code(order))
        with self.assertRaises(UserError):
            order.attempt_ids.sudo().write({"outcome": "other"})
        with self.assertRaises(UserError):
            order.attempt_ids.sudo().unlink()

    def test_pictures_are_dropped_after_two_years_only(self):
        """IT-DLV-04: receipts are kept 2 years; the attempt itself stays."""
        order = self._shipped()
        order.action_deliver(
            self._code(order),
            photo=encode(picture()),
            signature=encode(picture()),
            receiver="Owner",
        )
        receipt = order.attempt_ids.sudo()
        now = fields.Datetime.now()
        attempts = self.env["instant.delivery.attempt"]
        for moment, kept in (
            (now + relativedelta(years=2, days=-1), True),
            (now + relativedelta(years=2, days=1), False),
        ):
            with patch.object(fields.Datetime, "now", return_value=moment):
                attempts._gc_receipts()
            self.env.invalidate_all()
            self.assertEqual(bool(receipt.photo), kept)
            self.assertEqual(bool(receipt.signature), kept)
        self.assertEqual((receipt.receiver, receipt.outcome), ("Owner", "delivered"))
        files = self.env["ir.attachment"].search_count(
            [("res_model", "=", receipt._name), ("res_field", "!=", False)]
        )
        self.assertFalse(files)
        self.assertEqual(attempts._gc_receipts(), (0, False))


@tagged("post_install", "-at_install")
class TestVisit(HandoverCase):
    def test_a_second_attempt_is_planned(self):
        """IT-DLV-04: date and method of the second attempt."""
        order = self._shipped()
        taxi = self.env["delivery.carrier"].create(
            {
                "name": "Taxi",
                "ticket_kind": "partner_driver",
                "product_id": self.env.ref("instant_ticket.product_ticket_delivery").id,
                "branch_id": self.north.id,
            }
        )
        again = fields.Datetime.now() + timedelta(days=1)
        answer = order.action_deliver_failed(
            "nobody_there",
            photo=encode(picture()),
            note="Shop closed",
            again_at=fields.Datetime.to_string(again),
            carrier_id=taxi.id,
        )
        self.assertTrue(answer["parcel"]["last_visit"])
        self.assertEqual(order.state, "shipped")
        self.assertEqual(order.carrier_id, taxi)
        self.assertEqual(order.next_attempt_at, again.replace(microsecond=0))
        attempt = order.attempt_ids
        self.assertEqual(
            (attempt.outcome, attempt.note), ("nobody_there", "Shop closed")
        )
        self.assertNotEqual(attempt.carrier_id, taxi, "the method that failed")
        self.assertTrue(attempt.photo)
        self.assertTrue(order.action_deliver(self._code(order))["ok"])

    def test_bad_input_is_named_and_nothing_is_written(self):
        order = self._shipped()
        foreign = self.env["delivery.carrier"].create(
            {
                "name": "South's driver",
                "ticket_kind": "own_driver",
                "product_id": self.env.ref("instant_ticket.product_ticket_delivery").id,
                "branch_id": self.south.id,
            }
        )
        for values, word in (
            ({"reason": "weather on Mars"}, "Reason"),
            ({"reason": "delivered"}, "Reason"),
            ({"reason": "owner_confirmed"}, "Reason"),
            ({"reason": "unlocked"}, "Reason"),
            ({"reason": "other", "again_at": "tomorrow"}, "Next attempt"),
            ({"reason": "other", "again_at": "2020-01-01 08:00:00"}, "Next attempt"),
            ({"reason": "other", "again_at": "2099-01-01 08:00:00"}, "Next attempt"),
            ({"reason": "other", "carrier_id": foreign.id}, "Delivery method"),
            ({"reason": "other", "carrier_id": "x"}, "Delivery method"),
            ({"reason": "other", "photo": encode(SVG)}, "not a photo"),
        ):
            with self.subTest(values), self.assertUserError(word):
                order.action_deliver_failed(**values)
        self.assertFalse(order.attempt_ids)

    def test_the_screen_finds_parcels_of_the_own_unit_only(self):
        """PF-SEC-02: by number, as scanned or typed; never a neighbour's."""
        order = self._shipped()
        orders = self.env["instant.order"]
        found = orders.with_user(self.keeper).handover_find(f" {order.name.lower()}\n")
        self.assertEqual(found["id"], order.id)
        self.assertEqual(found["outlet"]["number"], self.outlet.number)
        self.assertEqual(found["packs"], 3)
        for user, code in (
            (self.keeper_south, order.name),
            (self.desk_south, order.name),
            (self.keeper, "T000000-000000"),
            (self.keeper, ""),
            (self.keeper, None),
            (self.keeper, {"a": 1}),
        ):
            with self.subTest(code), self.assertUserError("No parcel"):
                orders.with_user(user).handover_find(code)

    def test_a_driver_hands_over_and_does_nothing_else(self):
        """IT-DLV-04: who carries the parcel sees no code and writes no order."""
        driver = self._create_user("t_driver", self.north, "driver")
        order = self._shipped(user=driver)
        with self.assertRaises(AccessError):
            order.read(["pickup_code"])
        with self.assertRaises(AccessError):
            order.write({"note": "Leave it at the door"})
        with self.assertRaises(AccessError):
            order.action_return_to_stock("I go home")
        found = self.env["instant.order"].with_user(driver).handover_find(order.name)
        self.assertFalse(found["may_return"])
        self.assertTrue(order.action_deliver_failed("nobody_there")["ok"])
        self.assertFalse(order.action_deliver(wrong_code(order))["ok"])
        self.assertTrue(order.action_deliver(self._code(order))["ok"])
        self.assertEqual(order.attempt_ids[0].user_id, driver)
        other = self._create_user("t_driver_s", self.south, "driver")
        with self.assertRaises(AccessError):
            order.with_user(other).handover_load()

    def test_a_neighbours_id_opens_no_door(self):
        """PF-SEC-02: other branch's ids by RPC."""
        order = self._shipped()
        code = self._code(order)
        for user in (self.keeper_south, self.desk_south, self.head):
            own = order.with_user(user)
            for call in (
                lambda own=own: own.action_deliver(code),
                lambda own=own: own.action_deliver_failed("other"),
                lambda own=own: own.action_return_to_stock("mine"),
                lambda own=own: own.return_scan("TA01-0000001"),
                lambda own=own: own.action_put_back(),
                lambda own=own: own.handover_load(),
                lambda own=own: own.action_allow_codes(),
            ):
                with self.assertRaises(AccessError):
                    call()
        self.assertFalse(order.attempt_ids)
        self.assertEqual(order.state, "shipped")
