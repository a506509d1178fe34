import os
import socket
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tests.common import _super_send

from .cloud_server import serve_aliyun, serve_tencent
from .common import PHONE, OtpCase, OtpFixture
from .test_notification import NotificationFixture

ENVIRONMENT = {
    "LOTTERY_SMS_ALI_ACCESS_KEY_ID": "key-id-of-tests",
    "LOTTERY_SMS_ALI_ACCESS_KEY_SECRET": "key-secret-of-tests",
    "LOTTERY_SMS_ALI_RECEIPT_TOKEN": "receipt-token-ali-0123",
    "LOTTERY_SMS_TX_SECRET_ID": "key-id-of-tests",
    "LOTTERY_SMS_TX_SECRET_KEY": "key-secret-of-tests",
    "LOTTERY_SMS_TX_RECEIPT_TOKEN": "receipt-token-tx-0123",
}
ALIYUN = {
    "name": "Aliyun",
    "key": "ALI",
    "code": "aliyun",
    "sequence": 1,
    "cloud_sign_name": "体彩测试",
    "cloud_timeout": 1,
}
TENCENT = {
    "name": "Tencent",
    "key": "TX",
    "code": "tencent",
    "sequence": 1,
    "cloud_app": "1400006666",
    "cloud_sign_name": "体彩测试",
    "cloud_timeout": 1,
}


class CloudFixture:
    @classmethod
    def _set_up_cloud(cls, values, serve, parameters):
        cls.startClassPatcher(patch.dict(os.environ, ENVIRONMENT))
        context = serve()
        cls.server = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        kinds = ("login", "confirm", "notice")
        cls.provider = cls.env["lottery.sms.provider"].create(
            {
                **values,
                "cloud_endpoint": cls.server.endpoint,
                "template_ids": [
                    (0, 0, {"purpose": kind, "code": f"T_{kind}", "parameters": text})
                    for kind, text in zip(kinds, parameters, strict=True)
                ],
            }
        )

    @classmethod
    def _request_handler(cls, session, request, **values):
        """The server is our own; core's guard would raise the time limit."""
        return _super_send(session, request, **values)

    def setUp(self):
        super().setUp()
        self.server.seen.clear()
        self.server.accepted.clear()
        self.server.behaviour.clear()

    def _send_code(self, number=1):
        challenge = self._request(number)
        otp = self.otp.sudo().search([("challenge", "=", challenge)])
        return otp.message_id, self._get_code(challenge)

    def _drain(self):
        self.env["lottery.outbox"]._drain("sms", limit=1)
        self.env.invalidate_all()

    def _get_item(self, message):
        return self.env["lottery.outbox"].search([("key", "=", f"sms:{message.ref}")])

    def _pass_pause(self, message):
        """Let the time pass that the outbox waits before the next try."""
        self.env["lottery.outbox.circuit"].search([]).sudo().unlink()
        item = self._get_item(message)
        waited = item.next_attempt_at - fields.Datetime.now()
        item.sudo().next_attempt_at = fields.Datetime.now() - timedelta(seconds=1)
        return waited.total_seconds()

    def _get_calls(self):
        return [action for action, _data in self.server.seen]

    def _assert_busy(self, code):
        self.server.behaviour["code"] = code
        message, _code = self._send_code()
        self._drain()
        self.assertEqual(message.state, "queued")
        self.assertGreater(self._pass_pause(message), 30)
        self.server.behaviour.clear()
        self._drain()
        self.assertEqual(message.state, "sent")
        self.assertEqual(self._get_calls(), ["SendSms"] * 2)

    def _assert_refused(self, code):
        self.server.behaviour["code"] = code
        message, _code = self._send_code()
        self._drain()
        self.assertEqual((message.state, message.failure), ("failed", "refused"))
        self.assertIn(code, message.error)

    def _assert_wrong_secret(self, variable, words):
        with patch.dict(os.environ, {variable: "another-secret"}):
            message, _code = self._send_code()
            self._drain()
        self.assertEqual((message.state, message.failure), ("failed", "refused"))
        self.assertIn(words, message.error)
        self.assertFalse(self.server.accepted)

    def _assert_no_connection(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
        self.provider.cloud_endpoint = f"http://127.0.0.1:{port}"
        message, _code = self._send_code()
        self._drain()
        self.assertEqual(message.state, "queued")
        self.provider.cloud_endpoint = self.server.endpoint
        self._pass_pause(message)
        self._drain()
        self.assertEqual(message.state, "sent")
        self.assertEqual(self._get_calls(), ["SendSms"])  # nothing to ask about


@tagged("post_install", "-at_install")
class TestAliyun(CloudFixture, NotificationFixture, OtpCase):
    """PF-NTF-02: Aliyun through its official SDK, against a server that checks
    signatures."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_notifications()
        code = '{"code": "{code}"}'
        cls._set_up_cloud(ALIYUN, serve_aliyun, (code, code, '{"text": "{body}"}'))

    def test_code_is_a_parameter_of_the_template(self):
        message, code = self._send_code()
        self._drain()
        [(action, sent)] = self.server.seen
        self.assertEqual(action, "SendSms")
        self.assertEqual(sent["PhoneNumbers"], "15400000001")
        self.assertEqual(sent["SignName"], "体彩测试")
        self.assertEqual(sent["TemplateCode"], "T_login")
        self.assertEqual(sent["TemplateParam"], f'{{"code": "{code}"}}')
        self.assertEqual(sent["OutId"], message.ref)
        self.assertEqual((message.state, message.provider_ref), ("sent", "B1"))

    def test_notification_has_a_template_of_its_own(self):
        self.provider.template_ids = [
            (
                0,
                0,
                {
                    "purpose": "notice",
                    "notification_template_id": self.template.id,
                    "code": "T_due",
                    "parameters": '{"who": "{applicant}", "what": "{record}"}',
                },
            )
        ]
        self._only("sms", urgent=True)
        row = self._notify(self.reader)
        self._drain()
        [(_action, sent)] = self.server.seen
        self.assertEqual(sent["TemplateCode"], "T_due")
        self.assertIn('"who": "甲"', sent["TemplateParam"])
        self.assertIn(self.north.display_name, sent["TemplateParam"])
        self.assertEqual((row.state, row.answer), ("sent", "sent B1"))

    def test_no_template_no_message(self):
        self.provider.template_ids.filtered(lambda t: t.purpose == "login").unlink()
        message, _code = self._send_code()
        self._drain()
        self.assertEqual((message.state, message.failure), ("failed", "template"))
        self.assertFalse(self.server.seen)

    def test_wrong_secret_is_refused(self):
        self._assert_wrong_secret(
            "LOTTERY_SMS_ALI_ACCESS_KEY_SECRET", "SignatureDoesNotMatch"
        )

    def test_missing_secret_is_named(self):
        with patch.dict(os.environ, {"LOTTERY_SMS_ALI_ACCESS_KEY_ID": ""}):
            self.provider.invalidate_recordset()
            self.assertIn("ACCESS_KEY_ID", self.provider.missing_secrets)
            message, _code = self._send_code()
            self._drain()
        self.assertEqual(message.failure, "secret")

    def test_limits_of_the_provider_are_waited_for(self):
        self._assert_busy("isv.BUSINESS_LIMIT_CONTROL")

    def test_refusals_are_final(self):
        self._assert_refused("isv.AMOUNT_NOT_ENOUGH")

    def test_no_connection_is_tried_again(self):
        self._assert_no_connection()

    def test_lost_answer_is_asked_about_before_sending_again(self):
        """A repetition after a time-out would be a second message on the phone."""
        for behaviour in ({"delay": "SendSms"}, {"cut": "SendSms"}):
            with self.subTest(behaviour=behaviour):
                self.setUp()
                self.server.behaviour.update(behaviour)
                message, _code = self._send_code(len(self.server.nonces) + 10)
                self._drain()
                self.assertEqual(message.state, "queued")
                self.server.behaviour.clear()
                self.server.behaviour["fate"] = 3
                self.assertGreater(self._pass_pause(message), 30)
                self._drain()
                self.assertEqual(message.state, "delivered")
                self.assertEqual(len(self.server.accepted), 1)
                self.assertEqual(self._get_calls()[-1], "QuerySendDetails")

    def test_what_never_arrived_is_sent_again(self):
        self.server.behaviour["code"] = "isp.SYSTEM_ERROR"
        message, _code = self._send_code()
        self._drain()
        self.server.behaviour.clear()
        self._pass_pause(message)
        self._drain()
        self.assertEqual(message.state, "sent")
        self.assertEqual(self._get_calls(), ["SendSms", "QuerySendDetails", "SendSms"])

    def test_dead_worker_is_asked_about(self):
        message, _code = self._send_code()
        self._drain()
        self.assertEqual(message.state, "sent")
        message.state = "queued"  # the answer was never written down
        item = self._get_item(message)
        item.attempt_ids.sudo().result = "lost"
        self.env.cr.execute(
            "UPDATE lottery_outbox SET state = 'pending' WHERE id = %s", [item.id]
        )
        self.env.invalidate_all()
        self._pass_pause(message)
        self._drain()
        self.assertEqual(message.state, "sent")
        self.assertEqual(len(self.server.accepted), 1)

    def test_settings_are_checked(self):
        row = self.provider.template_ids[:1]
        for record, values, words in (
            (self.provider, {"cloud_endpoint": "http://sms.example"}, "Endpoint"),
            (self.provider, {"cloud_endpoint": "https://sms.example/x"}, "Endpoint"),
            (self.provider, {"cloud_timeout": 0}, "Time Limit"),
            (row, {"parameters": "["}, "JSON object"),
            (row, {"parameters": '["{code}"]'}, "JSON object"),
            (row, {"parameters": '{"a": "{code.x}"}'}, "no placeholder"),
            (row, {"parameters": '{"a": "{subject}"}'}, "subject"),
            (row, {"notification_template_id": self.template.id}, "Notification"),
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(ValidationError, words),
                self.env.cr.savepoint(),
            ):
                record.write(values)

    def test_secrets_and_numbers_are_not_in_the_log(self):
        self._send_code()
        self._drain()
        self.env.flush_all()
        self.env.cr.execute("SELECT t::text FROM lottery_outbox_attempt t")
        logged = str(self.env.cr.fetchall())
        for secret in ("key-secret-of-tests", "key-id-of-tests", "15400000001"):
            self.assertNotIn(secret, logged)


@tagged("post_install", "-at_install")
class TestTencent(CloudFixture, OtpCase):
    """PF-NTF-02: Tencent through its official SDK, against a server that checks
    signatures."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        code = '["{code}", "{minutes}"]'
        cls._set_up_cloud(TENCENT, serve_tencent, (code, code, '["{body}"]'))

    def test_code_is_a_parameter_of_the_template(self):
        message, code = self._send_code()
        self._drain()
        [(action, sent)] = self.server.seen
        self.assertEqual(action, "SendSms")
        self.assertEqual(sent["PhoneNumberSet"], ["+8615400000001"])
        self.assertEqual(sent["SmsSdkAppId"], "1400006666")
        self.assertEqual(sent["TemplateId"], "T_login")
        self.assertEqual(sent["TemplateParamSet"], [code, "5"])
        self.assertEqual(sent["SessionContext"], message.ref)
        self.assertEqual((message.state, message.provider_ref), ("sent", "S1"))

    def test_wrong_secret_is_refused(self):
        self._assert_wrong_secret("LOTTERY_SMS_TX_SECRET_KEY", "SignatureFailure")

    def test_limits_of_the_provider_are_waited_for(self):
        self._assert_busy("LimitExceeded.PhoneNumberThirtySecondLimit")

    def test_refusals_are_final(self):
        self._assert_refused("FailedOperation.InsufficientBalanceInSmsPackage")

    def test_no_connection_is_tried_again(self):
        self._assert_no_connection()

    def _lose_answer(self):
        self.server.behaviour["delay"] = "SendSms"
        message, _code = self._send_code()
        self._drain()
        self.assertEqual(message.state, "queued")
        self.server.behaviour.clear()
        self._pass_pause(message)
        return message

    def test_lost_answer_is_asked_about(self):
        message = self._lose_answer()
        self.server.behaviour["fate"] = "SUCCESS"
        self._drain()
        self.assertEqual((message.state, message.provider_ref), ("delivered", "S1"))
        self.assertEqual(len(self.server.accepted), 1)

    def test_no_record_proves_nothing(self):
        """Tencent's records may miss what it accepted: an operator decides."""
        message = self._lose_answer()
        self._drain()
        self.assertEqual((message.state, message.failure), ("failed", "unknown"))
        self.assertEqual(len(self.server.accepted), 1)
        self._get_item(message).action_retry()
        self._drain()
        self.assertEqual(message.state, "sent")
        self.assertEqual(len(self.server.accepted), 2)

    def test_settings_are_checked(self):
        with self.assertRaisesRegex(ValidationError, "SDK App ID"):
            self.provider.cloud_app = False
        with self.assertRaisesRegex(ValidationError, "JSON list"):
            self.provider.template_ids[:1].parameters = '{"code": "{code}"}'


@tagged("post_install", "-at_install")
class TestCloudReceipts(OtpFixture, HttpCase):
    """PF-NTF-02: delivery receipts as Aliyun and Tencent push them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls._set_up_otp()
        cls.startClassPatcher(patch.dict(os.environ, ENVIRONMENT))

    def _set_up(self, values, ref):
        provider = self.env["lottery.sms.provider"].create(values)
        message = self.env["lottery.sms.message"]._send(
            PHONE % 1, "您好", purpose="notice"
        )
        self.assertEqual(message.provider_id, provider)
        message.write({"state": "sent", "provider_ref": ref})
        return message

    def _post(self, message, payload, path):
        response = self.url_open(f"/lottery/sms/receipt/{path}", json=payload)
        message.invalidate_recordset()
        return response

    def test_aliyun(self):
        message = self._set_up(ALIYUN, "B1")
        path = f"ALI?token={ENVIRONMENT['LOTTERY_SMS_ALI_RECEIPT_TOKEN']}"
        row = {
            "phone_number": "15400000001",
            "success": True,
            "err_code": "DELIVERED",
            "biz_id": "B1",
            "out_id": message.ref,
        }
        self.assertEqual(self._post(message, [row], "ALI?token=x").status_code, 403)
        self.assertEqual(message.state, "sent")
        response = self._post(message, [{"x": 1}, "y", row], path)
        self.assertEqual(response.json()["code"], 0)
        self.assertEqual(message.state, "delivered")
        self._post(message, [{**row, "success": False, "err_code": "MK:0001"}], path)
        self.assertEqual(message.state, "delivered")

    def test_tencent(self):
        message = self._set_up(TENCENT, "S1")
        path = f"TX?token={ENVIRONMENT['LOTTERY_SMS_TX_RECEIPT_TOKEN']}"
        row = {
            "mobile": "15400000001",
            "report_status": "FAIL",
            "errmsg": "MK:0009",
            "description": "空号",
            "sid": "S1",
        }
        response = self._post(message, [row], path)
        self.assertEqual(response.json(), {"result": 0, "errmsg": "OK"})
        self.assertEqual((message.state, message.error), ("failed", "MK:0009: 空号"))
        self._post(message, [row], path)
        events = self.env["lottery.inbox"].search([("source", "=", "sms:TX")])
        self.assertEqual((len(events), events.repeats), (1, 1))
