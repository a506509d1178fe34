import os
import socket
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import _super_send

from odoo.addons.lottery_outbox.engine.errors import PermanentError, TransientError

from .common import PHONE, OtpCase
from .sms_server import serve

SECRETS = {"LOTTERY_SMS_ACME_TOKEN": "t0p-secret"}


@tagged("post_install", "-at_install")
class TestProviderHttp(OtpCase):
    """PF-NTF-02: the generic HTTP provider, against a real server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.dict(os.environ, SECRETS))
        cls.server = cls.enterClassContext(serve())
        cls.provider = cls.env["lottery.sms.provider"].create(
            {
                "name": "Acme",
                "key": "ACME",
                "code": "http",
                "sequence": 1,
                "http_url": cls.server.url,
                "http_headers": '{"Authorization": "Bearer {secret.TOKEN}"}',
                "http_template": '{"to": ["{national}"], "text": "{body}",'
                ' "id": "{ref}"}',
                "http_success_path": "code",
                "http_success_value": "OK",
                "http_ref_path": "data.id",
                "http_error_path": "reason",
                "http_timeout": 1,
            }
        )

    @classmethod
    def _request_handler(cls, session, request, **values):
        """Core's guard against outside requests raises short time-outs to 10 s; the
        server here is our own."""
        return _super_send(session, request, **values)

    @classmethod
    def enterClassContext(cls, context):
        value = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        return value

    def setUp(self):
        super().setUp()
        self.server.seen.clear()
        self.server.behaviour = {}

    def _send(self, body="您的验证码是 123456"):
        return self.env["lottery.sms.message"]._send(
            PHONE % 1, body, purpose="notice", sensitive=True
        )

    def _drain(self):
        self.env["lottery.outbox"]._drain("sms")
        self.env.invalidate_all()

    def _get_item(self, message):
        return self.env["lottery.outbox"].search([("key", "=", f"sms:{message.ref}")])

    def _lose_worker(self, message):
        """Leave the trace of a worker that died while it was sending."""
        item = self._get_item(message)
        self.env["lottery.outbox.attempt"].create(
            {
                "outbox_id": item.id,
                "channel": "sms",
                "number": 1,
                "started_at": item.create_date,
                "result": "lost",
            }
        )

    def _try(self, message):
        """Send one message as the outbox's thread does; return the answer."""
        request = self.provider._prepare_sms_request(message)
        return self.provider._prepare_sms_sender(request)(request)

    def test_request_and_answer(self):
        self.server.behaviour = {"answer": {"code": "OK", "data": {"id": 77}}}
        message = self._send()
        self._drain()
        (seen,) = self.server.seen
        self.assertEqual(
            seen["data"],
            {"to": ["15400000001"], "text": "您的验证码是 123456", "id": message.ref},
        )
        self.assertEqual(seen["headers"]["Authorization"], "Bearer t0p-secret")
        self.assertEqual((message.state, message.provider_ref), ("sent", "77"))
        self.assertTrue(message.sent_at)
        self.assertFalse(message.delivered_at)

    def test_form_and_query(self):
        self.provider.http_format = "form"
        self.provider.http_template = '{"m": "{phone}", "c": "{body}"}'
        self._try(self._send(body="a&c=b"))
        self.assertEqual(
            self.server.seen[0]["data"], {"m": [PHONE % 1], "c": ["a&c=b"]}
        )
        self.provider.http_method = "GET"
        self._try(self._send())
        self.assertIn("m=%2B8615400000001", self.server.seen[1]["path"])

    def test_text_can_not_break_out_of_the_template(self):
        self._try(self._send(body='", "to": ["x"], "y": "{secret.TOKEN}'))
        data = self.server.seen[0]["data"]
        self.assertEqual(data["to"], ["15400000001"])
        self.assertEqual(data["text"], '", "to": ["x"], "y": "{secret.TOKEN}')

    def test_refusal_is_final_and_explained(self):
        self.server.behaviour = {"answer": {"code": "E17", "reason": "余额不足"}}
        message = self._send()
        self._drain()
        self.assertEqual((message.state, message.failure), ("failed", "refused"))
        self.assertIn("余额不足", message.error)
        self._drain()
        self.assertEqual(len(self.server.seen), 1)

    def test_client_error_is_final(self):
        self.server.behaviour = {"status": 403, "answer": {"reason": "bad token"}}
        self.assertRaisesRegex(PermanentError, "bad token", self._try, self._send())

    def test_busy_is_tried_again(self):
        for status in (429, 503):
            self.server.behaviour = {"status": status}
            self.assertRaises(TransientError, self._try, self._send())

    def test_no_connection_is_tried_again(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            self.provider.http_url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        self.assertRaises(TransientError, self._try, self._send())

    def test_lost_answers_are_not_sent_twice(self):
        """A second message after a time-out would be a second message on the phone."""
        for behaviour in ({"delay": 1.6}, {"cut": True}, {"status": 500}):
            with self.subTest(behaviour=behaviour):
                self.server.behaviour = behaviour
                self.assertRaisesRegex(
                    PermanentError, "unknown", self._try, self._send()
                )

    def test_lost_answers_are_repeated_where_that_is_safe(self):
        self.provider.http_repeatable = True
        for behaviour in ({"delay": 1.6}, {"cut": True}, {"status": 500}):
            with self.subTest(behaviour=behaviour):
                self.server.behaviour = behaviour
                self.assertRaises(TransientError, self._try, self._send())

    def test_dead_worker_is_not_repeated(self):
        """PF-INT-01: a crash between sending and writing down doubles nothing."""
        message = self._send()
        self._lose_worker(message)
        self._drain()
        self.assertFalse(self.server.seen)
        self.assertEqual((message.state, message.failure), ("failed", "unknown"))

    def test_dead_worker_is_repeated_where_that_is_safe(self):
        self.provider.http_repeatable = True
        message = self._send()
        self._lose_worker(message)
        self._drain()
        self.assertEqual(message.state, "sent")

    def test_operator_may_try_again(self):
        """A decision: whoever presses the button knows that it may arrive twice."""
        self.server.behaviour = {"status": 500}
        message = self._send()
        self._drain()
        self.assertEqual((message.state, message.failure), ("failed", "unknown"))
        item = self._get_item(message)
        self.server.behaviour = {}
        item.action_retry()
        self._drain()
        self.assertEqual((message.state, message.failure), ("sent", False))
        self.assertEqual(len(self.server.seen), 2)

    def test_cancelled_message_says_so(self):
        self.server.behaviour = {"status": 403}
        message = self._send()
        self._drain()
        item = self._get_item(message)
        item.action_cancel()
        self.assertEqual((message.state, message.failure), ("failed", "cancelled"))

    def test_redirects_are_not_followed(self):
        self.server.behaviour = {
            "status": 302,
            "headers": {"Location": self.server.url + "/elsewhere"},
        }
        self.assertRaises(PermanentError, self._try, self._send())
        self.assertEqual(len(self.server.seen), 1)

    def test_missing_secret_is_named(self):
        with patch.dict(os.environ, {"LOTTERY_SMS_ACME_TOKEN": ""}):
            self.provider.invalidate_recordset()
            self.assertEqual(self.provider.missing_secrets, "LOTTERY_SMS_ACME_TOKEN")
            message = self._send()
            self._drain()
        self.assertIn("LOTTERY_SMS_ACME_TOKEN", message.error)
        self.assertFalse(self.server.seen)

    def test_secrets_are_nowhere_in_the_database(self):
        """PF-NTF-02: credentials live in the environment."""
        self._send()
        self._drain()
        self.env.flush_all()
        for table in ("lottery_sms_provider", "lottery_outbox_attempt"):
            self.env.cr.execute(f"SELECT t::text FROM {table} t")
            self.assertNotIn("t0p-secret", str(self.env.cr.fetchall()))

    def test_settings_are_checked(self):
        self.provider.http_url = "https://sms.example/send"
        for values, words in (
            ({"http_url": "http://sms.example/"}, "URL"),
            ({"http_url": "ftp://127.0.0.1/"}, "URL"),
            ({"http_timeout": 0}, "Timeout"),
            ({"http_template": "{"}, "Template"),
            ({"http_template": "[]"}, "Template"),
            ({"http_template": '{"x": "{body} {mobile}"}'}, "mobile"),
            ({"http_template": '{"x": "y"}'}, "body"),
            ({"http_headers": '{"X": "{nobody}"}'}, "nobody"),
            ({"key": "acme"}, "Technical key"),
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(ValidationError, words),
            ):
                self.provider.write(values)

    def test_used_provider_is_kept(self):
        self._send()
        self.assertRaises(UserError, self.provider.unlink)
