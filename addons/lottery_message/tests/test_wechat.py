import os
import threading
from unittest.mock import patch

from odoo.api import SUPERUSER_ID, Environment
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tests.common import _super_send

from . import wechat_server
from .test_notification_channels import ChannelCase

ENVIRONMENT = {"LOTTERY_WECHAT_MAIN_SECRET": wechat_server.SECRET}


@tagged("post_install", "-at_install")
class TestWechat(ChannelCase):
    """PF-NTF-01: by WeChat, with one token for all workers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.dict(os.environ, ENVIRONMENT))
        cls.server = cls._enter(wechat_server.serve())
        cls.env["lottery.wechat.account"].search([]).active = False
        cls.account = cls.env["lottery.wechat.account"].create(
            {
                "name": "Main",
                "key": "MAIN",
                "app_id": wechat_server.APP,
                "url": cls.server.url,
            }
        )
        cls.reader.wechat_openid = "openid-of-reader"
        cls.template.write(
            {
                "in_app": False,
                "wechat": True,
                "urgent": True,
                "wechat_template": "TEMPLATE-1",
                "wechat_values": '{"thing1": "{subject}", "name2": "{applicant}"}',
            }
        )

    def setUp(self):
        super().setUp()
        self.server.token, self.server.fetched, self.server.errcode = "TOKEN-1", 0, 0
        self.server.sent.clear()

    def test_message_arrives(self):
        rows = self._notify()
        self._drain("wechat")
        states = {row.user_id: row.state for row in rows}
        self.assertEqual(states, {self.reader: "sent", self.other: "skipped"})
        [sent] = self.server.sent
        self.assertEqual(sent["touser"], "openid-of-reader")
        self.assertEqual(sent["data"]["name2"], {"value": "甲"})

    def test_token_is_fetched_once(self):
        for _round in range(3):
            self._notify(self.reader)
        self._drain("wechat")
        self.assertEqual((len(self.server.sent), self.server.fetched), (3, 1))

    def test_refused_token_is_replaced(self):
        self._notify(self.reader)
        self._drain("wechat")
        self.server.token = "TOKEN-2"  # somebody made WeChat give another
        row = self._notify(self.reader)
        self._drain("wechat")
        self.assertEqual(row.state, "waiting")
        self._make_due(row)
        self._drain("wechat")
        self.assertEqual((row.state, self.server.fetched), ("sent", 2))

    def test_refusals(self):
        self.server.errcode = 43004
        row = self._notify(self.reader)
        self._drain("wechat")
        self.assertEqual(row.state, "failed")
        self.assertIn("43004", row.error)
        self.server.errcode = 45009
        row = self._notify(self.reader)
        self._drain("wechat")
        self.assertEqual(row.state, "waiting")

    def test_wrong_secret_is_said(self):
        with (
            patch.dict(os.environ, {"LOTTERY_WECHAT_MAIN_SECRET": "another"}),
            self.assertRaisesRegex(UserError, "40125"),
        ):
            self.account.action_test()
        self.account.action_test()
        self.assertTrue(self.account.token_until)

    def test_token_is_nowhere_in_the_log(self):
        self._notify(self.reader)
        self._drain("wechat")
        self.env.flush_all()
        self.env.cr.execute("SELECT t::text FROM lottery_outbox_attempt t")
        logged = str(self.env.cr.fetchall())
        for secret in ("TOKEN-1", wechat_server.SECRET, "openid-of-reader"):
            self.assertNotIn(secret, logged)

    def test_local_outbox(self):
        """Without WeChat: what would be sent is shown, nothing leaves."""
        self.account.active = False
        local = self.env.ref("lottery_message.lottery_wechat_account_local")
        self.assertFalse(local.active, "a new system has it switched off")
        local.active = True
        admin = self._create_user("wechat_admin", self.centre, "admin")
        outbox = local.with_user(admin)
        self.assertEqual(outbox.get_local_outbox(), [])
        row = self._notify(self.reader)
        self.env["bus.bus"].search([]).unlink()
        self._drain("wechat")
        self.env.cr.precommit.run()
        self.assertEqual((row.state, self.server.sent), ("delivered", []))
        [shown] = outbox.get_local_outbox()
        self.assertEqual(
            shown["body"].splitlines(), [f"thing1: {row.subject}", "name2: 甲"]
        )
        self.assertIn("openid-of-reader", shown["phone"])
        self.assertEqual(shown["purpose"], "TEMPLATE-1")
        rings = self.env["bus.bus"].search([]).mapped("message")
        self.assertIn("lottery.sms.local", "".join(rings))
        with self.assertRaisesRegex(AccessError, "administrators"):
            local.with_user(self.reader).get_local_outbox()

    def test_settings_are_checked(self):
        for record, values, words in (
            (self.account, {"app_id": False}, "App ID"),
            (self.account, {"url": "http://wechat.example"}, "Endpoint"),
            (self.account, {"key": "main"}, "Technical key"),
            (self.template, {"wechat_values": "["}, "JSON object"),
            (self.template, {"wechat_values": '{"a": "{nobody}"}'}, "nobody"),
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(ValidationError, words),
                self.env.cr.savepoint(),
            ):
                record.write(values)


@tagged("post_install", "-at_install")
class TestWechatToken(BaseCase):
    """Real connections: workers that find the token spent at the same moment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.dict(os.environ, ENVIRONMENT))
        context = wechat_server.serve()
        cls.server = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls._clean)
        cls._clean()
        with cls.registry.cursor() as cr:
            accounts = Environment(cr, SUPERUSER_ID, {})["lottery.wechat.account"]
            cls.account_id = accounts.create(
                {
                    "name": "Race",
                    "key": "MAIN",
                    "app_id": wechat_server.APP,
                    "url": cls.server.url,
                    "active": False,
                }
            ).id

    @classmethod
    def _clean(cls):
        with cls.registry.cursor() as cr:
            cr.execute("DELETE FROM lottery_wechat_account WHERE name = 'Race'")

    @classmethod
    def _request_handler(cls, session, request, **values):
        return _super_send(session, request, **values)

    def _work(self, tokens):
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            account = env["lottery.wechat.account"].browse(self.account_id)
            tokens.append(account._get_token())

    def _wait_for_waiters(self, count):
        """Wait until so many connections wait for the account's row."""
        for _round in range(500):
            with self.registry.cursor() as cr:
                cr.execute(
                    """SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'
                      AND query LIKE '%lottery_wechat_account%'"""
                )
                if cr.fetchone()[0] >= count:
                    return
            threading.Event().wait(0.02)
        self.fail("nobody waits for the row")

    def test_one_of_many_workers_fetches(self):
        self.server.gate.clear()
        tokens = []
        threads = [
            threading.Thread(target=self._work, args=(tokens,)) for _n in range(4)
        ]
        threads[0].start()
        self.assertTrue(self.server.entered.wait(10))
        for thread in threads[1:]:
            thread.start()
        self._wait_for_waiters(3)
        self.server.gate.set()
        for thread in threads:
            thread.join(timeout=20)
        self.assertEqual(tokens, ["TOKEN-1"] * 4)
        self.assertEqual(self.server.fetched, 1)
