from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import _super_send

from . import smtp_server
from .common import PHONE, OtpCase
from .test_notification import NotificationFixture


class ChannelCase(NotificationFixture, OtpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_notifications()
        cls.env["lottery.notification"].sudo().search([]).unlink()

    @classmethod
    def _enter(cls, context):
        value = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        return value

    @classmethod
    def _request_handler(cls, session, request, **values):
        """The servers are our own; core's guard would raise the time limit."""
        return _super_send(session, request, **values)

    def _drain(self, channel):
        self.env["lottery.outbox"]._drain(channel, limit=20)
        self.env.invalidate_all()

    def _get_item(self, row):
        return self.env["lottery.outbox"].search(
            [("key", "=", f"notification:{row.id}")]
        )

    def _make_due(self, row):
        self.env["lottery.outbox.circuit"].search([]).sudo().unlink()
        soon = fields.Datetime.now() - timedelta(seconds=1)
        self._get_item(row).sudo().next_attempt_at = soon


@tagged("post_install", "-at_install")
class TestSms(ChannelCase):
    """PF-NTF-01: by short message, through the outbox."""

    def test_fate_comes_back(self):
        self._only("sms", urgent=True)
        rows = self._notify()
        self.assertEqual(set(rows.mapped("state")), {"waiting"})
        self._drain("sms")
        self.assertEqual(set(rows.mapped("state")), {"delivered"})
        message = self.env["lottery.sms.message"].search(
            [("notification_id", "=", rows[0].id)]
        )
        self.assertEqual(message.phone, PHONE % 1)
        self.assertEqual(message.body_shown, rows[0].body)
        self.assertTrue(rows[0].answer.startswith("delivered local-"))

    def test_who_has_no_number_is_passed_over_and_said(self):
        self.other.phone = False
        self.reader.phone = "0871-65000000"
        self._only("sms", urgent=True)
        rows = self._notify()
        self.assertEqual(set(rows.mapped("state")), {"skipped"})
        self.assertFalse(self.env["lottery.sms.message"].search([]))

    def test_staff_are_reached_at_their_mobile(self):
        self.reader.mobile = PHONE % 77
        self._only("sms", urgent=True)
        row = self._notify(self.reader)
        message = self.env["lottery.sms.message"].search(
            [("notification_id", "=", row.id)]
        )
        self.assertEqual(message.phone, PHONE % 77)

    def test_sensitive_text_is_sealed(self):
        self._only("sms", urgent=True, sensitive=True)
        row = self._notify(self.reader)
        message = self.env["lottery.sms.message"].search(
            [("notification_id", "=", row.id)]
        )
        self.assertFalse(message.body)
        self.assertEqual(message._open_body(), row.body)

    def test_failures_are_shown_and_sent_again(self):
        self._only("sms", urgent=True)
        self.env["lottery.sms.provider"].search([]).active = False
        row = self._notify(self.reader)
        self.assertEqual(row.state, "failed")
        self.assertIn("provider is active", row.error)
        health = self.env["lottery.health"]._check_notifications()
        self.assertEqual((health["ok"], health["failed_today"]), (True, 1))
        admin = self._create_user("ntf_admin", self.centre, "admin")
        self.env["lottery.sms.provider"].with_context(active_test=False).search(
            []
        ).active = True
        delivery = self.env["lottery.notification.delivery"].with_user(admin)
        failed = delivery.search([("state", "=", "failed")])
        self.assertEqual(failed.ids, row.ids)
        failed.action_resend()
        self.assertEqual(row.state, "waiting")
        self._drain("sms")
        self.assertEqual(row.state, "delivered")


@tagged("post_install", "-at_install")
class TestQuietHours(ChannelCase):
    """PF-NTF-01: quiet hours, in the reader's timezone."""

    def test_night_is_waited_for(self):
        self._only("sms", "in_app")
        self.other.tz = "Europe/Lisbon"  # 15:30 UTC: afternoon there, 23:30 in China
        self._at(2026, 12, 1, 15, 30)
        rows = {(r.user_id, r.channel): r for r in self._notify()}
        held = rows[self.reader, "sms"]
        self.assertEqual(held.state, "waiting")
        self.assertEqual(held.release_at, datetime(2026, 12, 1, 23, 0))  # 07:00 there
        self.assertFalse(rows[self.other, "sms"].release_at)
        self.assertEqual(rows[self.reader, "in_app"].state, "sent")
        self._drain("sms")
        self.assertEqual(held.state, "waiting")
        self.assertEqual(rows[self.other, "sms"].state, "delivered")

    def test_after_midnight_the_end_is_today(self):
        self._only("sms")
        self._at(2026, 12, 1, 17, 0)  # 01:00 in China
        row = self._notify(self.reader)
        self.assertEqual(row.release_at, datetime(2026, 12, 1, 23, 0))

    def test_end_of_quiet_hours_passes_them_on(self):
        self._only("sms")
        self._at(2026, 12, 1, 15, 30)
        row = self._notify(self.reader)
        cron = self.env.ref("lottery_message.ir_cron_notification_release")
        with self.enter_registry_test_mode():
            self._at(2026, 12, 1, 22, 59)
            cron.method_direct_trigger()
            self.env.invalidate_all()
            self.assertTrue(row.release_at)
            self._at(2026, 12, 1, 23, 0)
            cron.method_direct_trigger()
            self.env.invalidate_all()
        self.assertFalse(row.release_at)
        self._drain("sms")
        self.assertEqual(row.state, "delivered")

    def test_the_end_wakes_the_cron(self):
        self._only("sms")
        self._at(2026, 12, 1, 15, 30)
        cron = self.env.ref("lottery_message.ir_cron_notification_release")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self._notify()
        new = triggers.search([("cron_id", "=", cron.id)]) - triggers
        self.assertEqual(new.mapped("call_at"), [datetime(2026, 12, 1, 23, 0)])

    def test_urgent_ones_wait_for_nothing(self):
        self._only("sms", urgent=True)
        self._at(2026, 12, 1, 15, 30)
        self.assertFalse(self._notify(self.reader).release_at)

    def test_own_hours_and_none(self):
        self._only("sms")
        self._at(2026, 12, 1, 4, 30)  # 12:30 in China
        self.assertFalse(self._notify(self.reader).release_at)
        self.reader.write({"quiet_hours": "own", "quiet_from": 12.0, "quiet_to": 13.5})
        row = self._notify(self.reader)
        self.assertEqual(row.release_at, datetime(2026, 12, 1, 5, 30))
        self._at(2026, 12, 1, 15, 30)
        self.reader.quiet_hours = "none"
        self.assertFalse(self._notify(self.reader).release_at)
        with self.assertRaisesRegex(ValidationError, "time of the day"):
            self.reader.quiet_from = 24.0

    def test_overdue_rows_are_a_fault(self):
        self._only("sms")
        self._at(2020, 12, 1, 15, 30)
        self._notify(self.reader)
        self.assertFalse(self.env["lottery.health"]._check_notifications()["ok"])


@tagged("post_install", "-at_install")
class TestPreferences(ChannelCase):
    """PF-NTF-01: preferences per user."""

    def _set(self, template, channel, on, user=None):
        mutes = self.env["lottery.notification.mute"].with_user(user or self.reader)
        return mutes.set_preference(template and template.id, channel, on)

    def test_channel_of_a_template(self):
        self._only("sms", "in_app", urgent=True)
        self._set(self.template, "sms", False)
        self._set(self.template, "sms", False)
        rows = self._notify()
        self.assertEqual(
            rows.filtered(lambda r: r.user_id == self.reader).mapped("channel"),
            ["in_app"],
        )
        self.assertEqual(
            set(rows.filtered(lambda r: r.user_id == self.other).mapped("channel")),
            {"in_app", "sms"},
        )
        self._set(self.template, "sms", True)
        self.assertEqual(len(self._notify(self.reader)), 2)

    def test_a_channel_altogether(self):
        self._only("sms", "in_app", urgent=True)
        self._set(False, "sms", False)
        self.assertEqual(self._notify(self.reader).mapped("channel"), ["in_app"])
        self.template.mandatory = True
        self.assertEqual(len(self._notify(self.reader)), 2)

    def test_mandatory_ones_stay_on(self):
        self.template.mandatory = True
        with self.assertRaisesRegex(UserError, "mandatory"):
            self._set(self.template, "in_app", False)

    def test_nonsense_is_refused(self):
        for template, channel in (
            (self.template, "pigeon"),
            (self.template, "sms"),  # it does not go that way
            (self.template.browse(999_999_999), "in_app"),
        ):
            with self.subTest(channel=channel), self.assertRaises(UserError):
                self._set(template, channel, False)
        mutes = self.env["lottery.notification.mute"].with_user(self.reader)
        for arguments in (("never", 1, 2), ("own", "x", 2), ("own", None, 2)):
            with self.subTest(arguments=arguments), self.assertRaises(ValidationError):
                mutes.set_quiet_hours(*arguments)

    def test_screen_shows_what_is_set(self):
        self._only("sms", "in_app")
        self._set(self.template, "sms", False)
        self._set(False, "email", False)
        mutes = self.env["lottery.notification.mute"].with_user(self.reader)
        mutes.set_quiet_hours("own", 21.5, 6)
        shown = mutes.get_preferences()
        channels = {channel["code"]: channel for channel in shown["channels"]}
        self.assertEqual(
            (channels["email"]["on"], channels["sms"]["on"]), (False, True)
        )
        self.assertFalse(channels["wechat"]["address"])
        rows = {t["id"]: t for group in shown["groups"] for t in group["templates"]}
        self.assertEqual(
            rows[self.template.id]["channels"], {"in_app": True, "sms": False}
        )
        self.assertEqual(
            (shown["quiet"]["mode"], shown["quiet"]["from"]), ("own", 21.5)
        )


@tagged("post_install", "-at_install")
class TestEmail(ChannelCase):
    """PF-NTF-01: by e-mail, to a real SMTP server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls._enter(smtp_server.serve())
        cls.env["ir.mail_server"].search([]).active = False
        cls.env["ir.mail_server"].create(
            {
                "name": "Test",
                "smtp_host": "127.0.0.1",
                "smtp_port": cls.server.port,
                "smtp_encryption": "none",
            }
        )
        cls.env["ir.config_parameter"].set_param("mail.default.from", "no-reply")
        cls.env.company.email = "office@mail.example"
        cls.template.write({"in_app": False, "email": True, "urgent": True})

    def setUp(self):
        super().setUp()
        self.server.mails.clear()
        self.server.behaviour.clear()

    def test_mail_arrives(self):
        rows = self._notify()
        self._drain("email")
        self.assertEqual(set(rows.mapped("state")), {"sent"})
        mail = next(m for m in self.server.mails if "reader@" in m["To"])
        self.assertEqual(mail["Subject"], rows[0].subject)
        self.assertIn("甲 waits", mail.get_content())
        self.assertIn(f"notification.{rows[0].id}@", mail["Message-ID"])

    def test_refusal_is_final(self):
        self.server.behaviour["RCPT"] = "550 no such user"
        row = self._notify(self.reader)
        self._drain("email")
        self.assertEqual(row.state, "failed")
        self.assertIn("no such user", row.error)

    def test_administrators_send_again(self):
        """What was given up goes on in the outbox, what was cancelled starts anew."""
        admin = self._create_user("ntf_admin", self.centre, "admin")
        rows = self._notify()
        self.server.behaviour["RCPT"] = "550 no such user"
        self._drain("email")
        self._get_item(rows[0]).action_cancel()
        self.env.invalidate_all()
        self.assertEqual(set(rows.mapped("state")), {"failed"})
        self.server.behaviour.clear()
        delivery = self.env["lottery.notification.delivery"].with_user(admin)
        delivery.browse(rows.ids).action_resend()
        self.assertEqual(set(rows.mapped("state")), {"waiting"})
        self._drain("email")
        self.assertEqual(set(rows.mapped("state")), {"sent"})
        self.assertEqual(len(self.server.mails), 2)

    def test_busy_server_is_tried_again(self):
        self.server.behaviour["MAIL"] = "451 later"
        row = self._notify(self.reader)
        self._drain("email")
        self.assertEqual(row.state, "waiting")
        self.server.behaviour.clear()
        self._make_due(row)
        self._drain("email")
        self.assertEqual(row.state, "sent")

    def test_given_up_alerts_the_administrators_once(self):
        admin = self._create_user("ntf_admin", self.centre, "admin")
        self.server.behaviour["RCPT"] = "550 no"
        self._notify()
        self._drain("email")
        alerts = (
            self.env["lottery.notification"]
            .sudo()
            .search(
                [
                    ("template_id.code", "=", "message.parked"),
                    ("user_id", "=", admin.id),
                ]
            )
        )
        self.assertEqual(len(alerts), 1)
        self.assertEqual(alerts.model, "lottery.outbox.circuit")
        self.assertIn("550 no", alerts.body)
