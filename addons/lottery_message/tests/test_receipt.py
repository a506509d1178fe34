import hashlib
import hmac
import json
import os
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from .common import PHONE, OtpFixture

TOKEN = "receipt-token-0123456789"
URL = "/lottery/sms/receipt/ACME"


@tagged("post_install", "-at_install")
class TestReceipt(OtpFixture, HttpCase):
    """PF-NTF-02: the provider's delivery receipts are taken in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls._set_up_otp()
        cls.startClassPatcher(
            patch.dict(os.environ, {"LOTTERY_SMS_ACME_RECEIPT_TOKEN": TOKEN})
        )
        cls.provider = cls.env["lottery.sms.provider"].create(
            {
                "name": "Acme",
                "key": "ACME",
                "code": "http",
                "sequence": 1,
                "http_url": "https://sms.example/send",
                "receipt_ref_path": "id",
                "receipt_state_path": "status",
                "receipt_delivered_value": "DELIVRD",
                "receipt_error_path": "why",
            }
        )
        cls.message = cls.env["lottery.sms.message"]._send(
            PHONE % 1, "您好", purpose="notice"
        )
        cls.message.write({"state": "sent", "provider_ref": "P-1"})

    def _post(self, payload, url=URL, **headers):
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        response = self.url_open(
            url, data=body, headers={"Content-Type": "application/json", **headers}
        )
        self.message.invalidate_recordset()
        return response

    def test_delivered(self):
        response = self._post(
            {"id": "P-1", "status": "DELIVRD"}, f"{URL}?token={TOKEN}"
        )
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self.message.state, "delivered")
        self.assertTrue(self.message.delivered_at)

    def test_failed_with_reason_by_our_own_reference(self):
        self._post(
            {"id": self.message.ref, "status": "UNDELIV", "why": "空号"},
            **{"X-Lottery-Token": TOKEN},
        )
        self.assertEqual((self.message.state, self.message.error), ("failed", "空号"))
        self.assertEqual(self.message.failure, "undelivered")

    def test_signed_body(self):
        body = json.dumps({"id": "P-1", "status": "DELIVRD"}).encode()
        signature = hmac.new(TOKEN.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Lottery-Signature": f"sha256={signature}"}
        self.assertEqual(self._post(body + b" ", **headers).status_code, 403)
        self.assertEqual(self.message.state, "sent")
        self.assertEqual(self._post(body, **headers).status_code, 200)
        self.assertEqual(self.message.state, "delivered")

    def test_form_fields(self):
        response = self.url_open(
            f"{URL}?token={TOKEN}", data={"id": "P-1", "status": "DELIVRD"}
        )
        self.assertEqual(response.status_code, 200)
        self.message.invalidate_recordset()
        self.assertEqual(self.message.state, "delivered")

    def test_several_at_once(self):
        self.provider.receipt_list_path = "reports"
        rows = [{"id": "nobody's", "status": "X"}, {"id": "P-1", "status": "DELIVRD"}]
        response = self._post({"reports": rows}, f"{URL}?token={TOKEN}")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self.message.state, "delivered")

    def test_same_receipt_counts_once_and_order_does_not_matter(self):
        """PF-INT-01: inbound events are de-duplicated by key."""
        url = f"{URL}?token={TOKEN}"
        self._post({"id": "P-1", "status": "DELIVRD"}, url)
        first = self.message.delivered_at
        self._post({"id": "P-1", "status": "DELIVRD"}, url)
        self._post({"id": "P-1", "status": "UNDELIV"}, url)
        self.assertEqual(self.message.state, "delivered")
        self.assertEqual(self.message.delivered_at, first)
        events = self.env["lottery.inbox"].search([("source", "=", "sms:ACME")])
        self.assertEqual(len(events), 2)

    def test_receipt_before_the_answer_is_applied(self):
        """The provider reports by its own reference before we have written it down."""
        message = self.env["lottery.sms.message"]._send(
            PHONE % 2, "您好", purpose="notice"
        )
        self._post({"id": "P-2", "status": "DELIVRD"}, f"{URL}?token={TOKEN}")
        item = self.env["lottery.outbox"].search([("key", "=", f"sms:{message.ref}")])
        self.env["lottery.outbox.channel.sms"]._on_result(
            item, {"ref": "P-2", "state": "sent"}
        )
        self.assertEqual(message.state, "delivered")

    def test_strangers_are_refused(self):
        for url in (
            URL,
            f"{URL}?token=wrong",
            f"{URL}?token=",
            "/lottery/sms/receipt/X",
        ):
            with self.subTest(url=url):
                response = self._post({"id": "P-1", "status": "DELIVRD"}, url)
                self.assertEqual(response.status_code, 403)
        self.assertEqual(self.message.state, "sent")

    def test_without_a_secret_nothing_is_taken(self):
        with patch.dict(os.environ, {"LOTTERY_SMS_ACME_RECEIPT_TOKEN": ""}):
            response = self._post({"id": "P-1", "status": "DELIVRD"}, f"{URL}?token=")
        self.assertEqual(response.status_code, 403)

    def test_garbage(self):
        url = f"{URL}?token={TOKEN}"
        self.assertEqual(self._post(b"{", url).status_code, 400)
        self.assertEqual(self._post({"x": 1}, url).status_code, 200)
        self.assertEqual(self._post([1, "x", None], url).status_code, 200)
        self.assertEqual(self._post(b"x" * 70000, url).status_code, 413)
        self.assertEqual(self.message.state, "sent")

    def test_get_is_no_receipt(self):
        self.assertEqual(self.url_open(f"{URL}?token={TOKEN}").status_code, 405)

    def test_receipt_of_another_provider_does_not_count(self):
        self.provider.copy({"key": "OTHER", "name": "Other"})
        with patch.dict(os.environ, {"LOTTERY_SMS_OTHER_RECEIPT_TOKEN": TOKEN}):
            response = self._post(
                {"id": "P-1", "status": "DELIVRD"},
                f"/lottery/sms/receipt/OTHER?token={TOKEN}",
            )
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self.message.state, "sent")
