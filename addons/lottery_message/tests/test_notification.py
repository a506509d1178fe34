import json
import re
from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine.placeholder import split_names
from .common import PHONE, OtpCase


class NotificationFixture:
    """Readers in three timezones, a template of every channel."""

    @classmethod
    def _set_up_notifications(cls):
        cls.templates = cls.env["lottery.notification.template"]
        cls.template = cls.templates.create(
            {
                "code": "test.due",
                "name": "Due",
                "subject": "{record} is due",
                "body": "{record}: {applicant} waits since {day}.",
                "model_id": cls.env["ir.model"]._get_id("lottery.branch"),
            }
        )
        cls.reader, cls.other = (
            cls._create_user(
                f"ntf_{name}",
                cls.north,
                "branch_admin",
                phone=PHONE % number,
                email=f"{name}@mail.example",
                tz="Asia/Shanghai",
            )
            for number, name in ((1, "reader"), (2, "other"))
        )
        cls.both = cls.reader | cls.other
        cls.values = {"applicant": "甲", "day": "2026-07-01"}

    def _notify(self, users=None, **values):
        return self.env["lottery.notification"]._notify(
            "test.due",
            self.both if users is None else users,
            self.north,
            {**self.values, **values},
        )

    def _only(self, *channels, **values):
        """Let the template use these channels."""
        names = ("in_app", "sms", "email", "wechat")
        self.template.write({n: n in channels for n in names} | values)

    def _at(self, *when):
        """Let it be this time, in UTC."""
        self.enterContext(
            patch.object(
                type(self.env["lottery.notification"]),
                "_get_now",
                lambda _self: datetime(*when),
            )
        )

    def _get_rings(self):
        """Return the partners whose screens were woken since the last call."""
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([])
        ids = {
            json.loads(row.channel)[2]
            for row in rows
            if json.loads(row.message)["type"] == "lottery.notification"
        }
        rows.unlink()
        return self.env["res.partner"].browse(sorted(ids))


@tagged("post_install", "-at_install")
class TestNotification(NotificationFixture, OtpCase):
    """PF-NTF-01: one service, templates with placeholders, rows for each reader."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_notifications()

    def test_rows_of_each_reader(self):
        rows = self._notify()
        self.assertEqual(rows.user_id, self.both)
        row = rows.filtered(lambda r: r.user_id == self.reader)
        self.assertEqual(row.subject, f"{self.north.display_name} is due")
        self.assertIn("甲 waits since 2026-07-01", row.body)
        self.assertEqual((row.model, row.res_id), ("lottery.branch", self.north.id))
        self.assertEqual((row.channel, row.state), ("in_app", "sent"))
        self.assertTrue(row.sent_at)

    def test_screens_are_woken_and_nothing_is_on_the_bus(self):
        self._get_rings()
        self._notify()
        self.assertEqual(self._get_rings(), self.both.partner_id)

    def test_readers_language(self):
        self.env["res.lang"]._activate_lang("en_US")
        self.template.with_context(lang="zh_CN").write(
            {"subject": "{record} 到期", "body": "{applicant} 在等待（{day}）"}
        )
        self.reader.lang, self.other.lang = "zh_CN", "en_US"
        rows = {row.user_id: row.subject for row in self._notify()}
        self.assertTrue(rows[self.reader].endswith("到期"))
        self.assertTrue(rows[self.other].endswith("is due"))

    def test_statements_do_not_grow_with_readers(self):
        self._only("in_app", "sms", "email", urgent=True)
        many = self.both
        for number in range(10, 40):
            many |= self._create_user(f"ntf_{number}", self.north, phone=PHONE % number)
        self._notify()
        counts = []
        for users in (self.both, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._notify(users)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1)

    def test_archived_users_and_templates_get_and_send_nothing(self):
        self.other.active = False
        self.assertEqual(self._notify().user_id, self.reader)
        self.template.active = False
        self.assertFalse(self._notify())

    def test_senders_faults_are_named(self):
        notifications = self.env["lottery.notification"]
        with self.assertRaisesRegex(KeyError, "nobody.knows"):
            notifications._notify("nobody.knows", self.both)
        with self.assertRaisesRegex(ValueError, "day"):
            notifications._notify("test.due", self.both, self.north, {"applicant": 1})
        with self.assertRaisesRegex(ValueError, "lottery.branch"):
            notifications._notify("test.due", self.both, self.reader, self.values)

    # === PLACEHOLDERS === #

    def test_placeholders_are_names_and_nothing_else(self):
        for text, words in (
            ("{record.name}", "record.name"),
            ("{user.password}", "user.password"),
            ("{applicant!r}", "applicant!r"),
            ("{0}", "{0}"),
            ("{applicant[0]}", "applicant"),
            ("{", "{"),
            ("{password}", "password"),
        ):
            with self.subTest(text=text):
                with self.assertRaisesRegex(ValidationError, re.escape(words)):
                    self.template.body = text
                with self.assertRaises(ValidationError):
                    self.template.with_context(lang="zh_CN").subject = text
                with self.assertRaises(ValidationError):
                    self.template.update_field_translations("body", {"zh_CN": text})

    def test_values_are_not_read_as_placeholders(self):
        row = self._notify(self.reader, applicant="{day} %s {record.name}")
        self.assertIn("{day} %s {record.name} waits", row.body)

    def test_data_of_addons_may_bring_new_placeholders(self):
        self.template.with_context(install_mode=True).write({"body": "{fresh}"})
        self.assertIn("fresh", self.template.value_names)
        self.assertIn("applicant", self.template.value_names)

    def test_templates_of_the_suite_can_be_filled(self):
        """Translations come from files that nobody checks when they are read in."""
        templates = self.templates.with_context(active_test=False).search([])
        for template in templates:
            names = ["record", *split_names(template.value_names)]
            for lang, _name in self.env["res.lang"].get_installed():
                with self.subTest(code=template.code, lang=lang):
                    subject, body = template._render(
                        lang, None, dict.fromkeys(names, "x")
                    )
                    self.assertNotRegex(subject + body, "[{}]")

    def test_codes_are_words(self):
        for code in ("Big", "a..b", "a b", ""):
            with self.subTest(code=code), self.assertRaises(ValidationError):
                self.template.code = code

    # === READING === #

    def test_bell_counts_and_forgets(self):
        self._notify()
        rows = self.env["lottery.notification"].with_user(self.reader)
        bell = rows.get_bell()
        self.assertEqual((bell["unread"], len(bell["items"])), (1, 1))
        self._get_rings()
        rows.browse(bell["items"][0]["id"]).action_read()
        self.assertEqual(rows.get_bell()["unread"], 0)
        self.assertEqual(self._get_rings(), self.reader.partner_id)
        self.assertEqual(rows.with_user(self.other).get_bell()["unread"], 1)

    def test_urgent_ones_run_over_the_ticker_until_read(self):
        self.template.urgent = True
        self._notify()
        rows = self.env["lottery.notification"].with_user(self.reader)
        self.assertEqual(len(rows.get_bell()["alerts"]), 1)
        rows.action_read_all()
        self.assertEqual(rows.get_bell()["alerts"], [])

    def test_record_opens_for_who_may_see_it(self):
        row = self._notify(self.reader).with_user(self.reader)
        self.assertEqual(row.action_open_record()["res_id"], self.north.id)
        self.assertEqual(row.state, "read")
        self.reader.branch_ids = self.south
        with self.assertRaisesRegex(AccessError, "may not see"):
            self._notify(self.reader).with_user(self.reader).action_open_record()

    # === WHO SEES WHAT === #

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_nobody_sees_what_others_got(self):
        row = self._notify(self.reader)
        admin = self._create_user(
            "ntf_admin", self.centre, "admin", "base.group_system"
        )
        for user in (self.other, admin):
            with self.subTest(user=user.login):
                theirs = row.with_user(user)
                with self.assertRaises(AccessError):
                    theirs.read(["subject"])
                with self.assertRaises(AccessError):
                    theirs.action_open_record()
                with self.assertRaises(AccessError):
                    theirs.action_read()
                domain = [("id", "=", row.id)]
                self.assertFalse(theirs.search(domain))
                self.assertEqual(theirs._read_group(domain, [], ["__count"]), [(0,)])
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(theirs.browse().has_access(operation))
        self.assertEqual(row.state, "sent")

    def test_administrators_see_fates_not_sensitive_texts(self):
        admin = self._create_user("ntf_admin", self.centre, "admin")
        row = self._notify(self.reader)
        delivery = self.env["lottery.notification.delivery"].with_user(admin)
        self.assertEqual(delivery.browse(row.id).subject, row.subject)
        self.assertNotIn("body", delivery._fields)
        self.template.sensitive = True
        delivery.invalidate_model()
        self.assertFalse(delivery.browse(row.id).subject)
        self.assertFalse(
            delivery.search([("id", "=", row.id), ("subject", "ilike", "due")])
        )
        self.assertFalse(delivery.with_user(self.reader).has_access("read"))

    def test_templates_are_the_administrators(self):
        for operation in ("write", "create", "unlink"):
            template = self.template.with_user(self.reader)
            self.assertFalse(template.has_access(operation))
        admin = self._create_user("ntf_admin", self.centre, "admin")
        self.template.with_user(admin).subject = "Now: {record}"
        self.assertIn("Now: ", self._notify(self.reader).subject)
