import os
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..const import SEALED_MARK
from .common import PHONE, OtpCase


@tagged("post_install", "-at_install")
class TestSmsMessage(OtpCase):
    """PF-NTF-02: messages are queued with the business transaction, sent after it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.messages = cls.env["lottery.sms.message"]
        cls.admin = cls._create_user("sms_admin", cls.centre, "admin")
        cls.leader = cls._create_user("sms_leader", cls.centre, "centre_leader")

    def _send(self, index=1, body="您的订单已发出", **values):
        return self.messages._send(PHONE % index, body, purpose="notice", **values)

    def _drain(self):
        self.env["lottery.outbox"]._drain("sms")
        self.env.invalidate_all()

    def test_local_provider_delivers(self):
        message = self._send()
        self.assertEqual(message.state, "queued")
        self._drain()
        self.assertEqual(message.state, "delivered")
        self.assertEqual(message.provider_ref, f"local-{message.ref}")
        self.assertTrue(message.delivered_at)

    def test_outbox_carries_no_text_and_no_number(self):
        message = self._send(body="只有您知道 424242", sensitive=True)
        self._drain()
        self.env.cr.execute(
            "SELECT o::text FROM lottery_outbox o WHERE key = %s"
            " UNION ALL SELECT a::text FROM lottery_outbox_attempt a",
            [f"sms:{message.ref}"],
        )
        written = str(self.env.cr.fetchall())
        self.assertIn(message.ref, written)
        self.assertNotIn("424242", written)
        self.assertNotIn("15400000001", written)

    def test_number_in_any_spelling(self):
        message = self.messages._send("154 0000-0001", "您好", purpose="notice")
        self.assertEqual(message.phone, PHONE % 1)
        self.assertEqual(message.phone_hint, "154****0001")

    def test_bad_messages_are_refused(self):
        for phone, body, words in (
            ("+12025550100", "x", "Phone"),
            (PHONE % 1, "  ", "Text"),
        ):
            with self.subTest(words=words), self.assertRaisesRegex(UserError, words):
                self.messages._send(phone, body, purpose="notice")

    def test_sensitive_needs_a_key(self):
        no_keys = {"LOTTERY_OTP_PEPPER": "", "LOTTERY_MESSAGE_KEY": ""}
        with (
            patch.dict(os.environ, no_keys),
            self.assertRaisesRegex(UserError, "LOTTERY_OTP_PEPPER"),
        ):
            self._send(sensitive=True)

    def test_signature_and_parts(self):
        self.env.ref("lottery_message.lottery_sms_provider_local").signature = "体彩"
        message = self._send(body="好" * 67)
        self.assertTrue(message.body.startswith("【体彩】好"))
        self.assertEqual(message.parts, 2)

    def test_unit_of_the_record(self):
        partner = self.env["res.partner"].create(
            {"name": "P", "branch_id": self.north.id}
        )
        self.assertEqual(self._send(record=partner).branch_id, self.north)
        self.assertEqual(self._send(record=partner).res_id, partner.id)

    def test_expired_message_is_not_sent(self):
        message = self._send(expires_at=fields.Datetime.now() - timedelta(seconds=1))
        self._drain()
        self.assertEqual((message.state, message.failure), ("failed", "expired"))

    def test_sensitive_text_is_shown_to_administrators_of_local_messages(self):
        message = self._send(body="验证码 123456", sensitive=True)
        self.assertFalse(message.body)
        shown = message.with_user(self.admin)
        self.assertIn("123456", shown.body_shown)
        self.assertEqual(message.with_user(self.leader).body_shown, SEALED_MARK)
        message.provider_id = self.env["lottery.sms.provider"].create(
            {
                "name": "H",
                "key": "H1",
                "code": "http",
                "http_url": "https://sms.example/send",
            }
        )
        shown.invalidate_recordset()
        self.assertEqual(shown.body_shown, SEALED_MARK)

    def test_plain_text_is_shown_to_readers(self):
        self.assertEqual(
            self._send().with_user(self.leader).body_shown, "您的订单已发出"
        )

    def test_number_is_masked_but_for_administrators(self):
        message = self._send().with_user(self.leader)
        self.assertEqual(message.phone_hint, "154****0001")
        with self.assertRaises(AccessError):
            message.read(["phone"])
        with self.assertRaises(AccessError):
            message.read(["body"])
        with self.assertRaises(AccessError):
            self.messages.with_user(self.leader).search([("phone", "like", "1540")])

    def test_search_by_the_whole_number_only(self):
        message = self._send(5)
        seen = self.messages.with_user(self.leader)
        self.assertEqual(
            seen.search([("phone_hint", "ilike", "154 0000 0005")]), message
        )
        self.assertFalse(seen.search([("phone_hint", "ilike", "1540000")]))

    def test_local_outbox_is_for_administrators(self):
        self._send()
        rows = self.messages.with_user(self.admin).get_local_outbox()
        self.assertEqual(rows[0]["phone"], PHONE % 1)
        with self.assertRaises(AccessError):
            self.messages.with_user(self.leader).get_local_outbox()

    def test_local_outbox_is_told(self):
        with patch.object(type(self.messages), "_notify_local_outbox") as notify:
            self._send()
            self._drain()
        self.assertEqual(notify.call_count, 2)

    def test_sealed_texts_are_erased(self):
        message = self._send(body="验证码 123456", sensitive=True)
        self._drain()
        self.env.cr.execute(
            "UPDATE lottery_sms_message SET create_date = create_date - interval '2 h'"
        )
        self.env.invalidate_all()
        self.messages._gc_sealed_bodies()
        self.assertFalse(message.body_sealed)
        self.assertEqual(message.with_user(self.admin).body_shown, SEALED_MARK)
        self.assertTrue(message.exists())
