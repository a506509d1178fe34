import json
from datetime import timedelta
from xmlrpc.client import Fault

from psycopg2 import errors

from odoo import fields, http
from odoo.exceptions import AccessDenied, AccessError
from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.lottery_base.tests.common import BranchFixture

from ..models import lottery_log_login

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0 Safari/537.36"
QUIET = ("odoo.http", "odoo.addons.base.models.res_users", "odoo.addons.rpc")


class LoginDoors:
    """The doors people and programs come in by."""

    def log_in(self, login, password, **headers):
        """Fill in the form of the login page."""
        self.authenticate(None, None)
        return self.url_open(
            "/web/login",
            data={
                "login": login,
                "password": password,
                "csrf_token": http.Request.csrf_token(self),
            },
            headers={"User-Agent": AGENT, **headers},
            allow_redirects=False,
        )

    def ask_xmlrpc(self, login, password):
        return self.xmlrpc_common.authenticate(self.env.cr.dbname, login, password, {})

    def call_xmlrpc(self, uid, password):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, uid, password, "res.users", "search_count", [[]]
        )

    def post_json2(self, key):
        return self.url_open(
            "/json/2/res.users/search_count",
            data=json.dumps({"domain": []}),
            headers={
                "Authorization": f"Bearer {key}",
                "Content-Type": "application/json",
                "X-Odoo-Database": self.env.cr.dbname,
            },
        )

    def read_log(self):
        self.env.invalidate_all()
        entries = self.env["lottery.log.login"].search([("id", ">", self.last_id)])
        return entries.sorted("id")

    def forget_log(self):
        self.last_id = self.env["lottery.log.login"].search([], limit=1).id or 0


@tagged("post_install", "-at_install", "security")
class TestLogLogin(BranchFixture, LoginDoors, HttpCase):
    """PF-AUD-01: who came in, who tried, who left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls.user = cls._create_user("t_log", cls.north, "branch_admin")
        cls.password = "t_log-Passw0rd!"

    def setUp(self):
        super().setUp()
        lottery_log_login._seen.clear()
        self.registry.__dict__.pop("_login_failures", None)
        self.forget_log()

    def test_login_page(self):
        response = self.log_in("t_log", self.password)
        self.assertEqual(response.status_code, 303)
        self.log_in("t_log", "wrong")
        self.log_in("nobody", "wrong")
        self.log_in("Woaini1314!", "wrong")
        entries = self.read_log()
        self.assertEqual(
            entries.mapped(lambda e: (e.login, e.kind, e.result)),
            [
                ("t_log", "web", "ok"),
                ("t_log", "web", "failed"),
                ("nobody", "web", "failed"),
                ("Wo***", "web", "failed"),
            ],
        )
        first = entries[0]
        self.assertEqual(
            (first.user_id, first.branch_id, first.address, first.browser),
            (self.user, self.north, "127.0.0.1", "Chrome 126"),
        )
        self.assertEqual(first.platform, "Windows")
        self.assertEqual(entries[1].user_id, self.user)
        self.assertFalse(entries[2].user_id or entries[2].branch_id)

    def test_log_out(self):
        self.log_in("t_log", self.password)
        self.url_open("/web/session/logout", allow_redirects=False)
        self.assertEqual(self.read_log().mapped("result"), ["ok", "logout"])
        self.assertEqual(self.read_log()[1].user_id, self.user)

    @mute_logger(*QUIET)
    def test_programs(self):
        """A program is logged when it comes, not with each call; a failure always."""
        key = (
            self.env["res.users.apikeys"]
            .with_user(self.user)
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(days=1))
        )
        self.assertEqual(self.ask_xmlrpc("t_log", self.password), self.user.id)
        self.assertEqual(self.ask_xmlrpc("t_log", key), self.user.id)
        self.assertFalse(self.ask_xmlrpc("t_log", "wrong"))
        for _call in range(2):
            self.call_xmlrpc(self.user.id, self.password)
            self.assertEqual(self.post_json2(key).status_code, 200)
        with self.assertRaises(
            Fault
        ):  # logged too, and rolled back with the test's call
            self.call_xmlrpc(self.user.id, "wrong")
        self.assertEqual(self.post_json2("0" * 40).status_code, 401)
        self.assertEqual(
            self.read_log().mapped(lambda e: (e.kind, e.result)),
            [
                ("rpc", "ok"),
                ("apikey", "ok"),
                ("rpc", "failed"),
                ("rpc", "ok"),
                ("apikey", "ok"),
                ("apikey", "failed"),
            ],
        )
        self.assertNotIn(key, str(self.read_log().read()))
        xmlrpc, json2 = self.read_log()[0], self.read_log()[4]
        self.assertRegex(xmlrpc.browser, "^Python-xmlrpc 3")
        self.assertEqual(xmlrpc.platform, "XML-RPC")
        self.assertRegex(json2.browser, "^python-requests 2")
        self.assertEqual(json2.platform, "JSON-2")


@tagged("post_install", "-at_install", "security")
class TestLogTables(BranchFixture, TransactionCase):
    """PF-AUD-01: logs only grow, and a unit sees its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls.user = cls._create_user("t_log", cls.north, "branch_admin")
        cls.log = cls.env["lottery.log.login"]
        cls.log._log("ok", "web", user=cls.user)
        cls.entry = cls.log.search([("user_id", "=", cls.user.id)], limit=1)

    def _assert_refused(self, query):
        with (
            self.subTest(query),
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.InsufficientPrivilege),
            self.env.cr.savepoint(flush=False),
        ):
            self.env.cr.execute(query)

    def test_rows_stay(self):
        """Not even SQL takes a row that no archive holds."""
        self.env["lottery.log.operation"]._insert_log(
            [{"operation": "write", "model": "res.users"}]
        )
        for table in ("login", "operation"):
            self._assert_refused(f"UPDATE lottery_log_{table} SET address = 'x'")
            self._assert_refused(f"DELETE FROM lottery_log_{table}")
            self._assert_refused(f"TRUNCATE lottery_log_{table}")

    def test_administrator_only_reads(self):
        admin = self.env.ref("base.user_admin")
        entry = self.entry.with_user(admin)
        self.assertEqual(entry.result, "ok")
        for change in (
            lambda: entry.write({"result": "failed"}),
            entry.unlink,
            lambda: entry.create({"kind": "web", "result": "ok"}),
        ):
            with self.assertRaises(AccessError):
                change()

    def test_units(self):
        """PF-SEC-02: the unit at that time; a move later changes nothing."""
        south = self._create_user("t_south", self.south, "branch_admin")
        self.assertFalse(self.log.with_user(south).search([("id", "=", self.entry.id)]))
        self.user.branch_ids = self.south
        self.env.invalidate_all()
        self.assertEqual(self.entry.branch_id, self.north)
        self.assertFalse(self.log.with_user(south).search([("id", "=", self.entry.id)]))
        self.log._log("ok", "web", user=self.user)
        self.assertTrue(
            self.log.with_user(south).search([("user_id", "=", self.user.id)])
        )

    def test_failure_outlives_the_rollback(self):
        """Written on a cursor of its own, which is committed whatever becomes of the
        request."""
        used = []
        log_class = type(self.log)
        original = log_class._insert_apart
        self.patch(
            log_class,
            "_insert_apart",
            lambda model, rows, user=None: (
                used.append(rows),
                original(model, rows, user),
            ),
        )
        credential = {"type": "password", "login": "t_log", "password": "wrong"}
        with self.assertRaises(AccessDenied):
            self.env["res.users"].authenticate(credential, {"interactive": True})
        self.assertEqual([row["result"] for [row] in used], ["failed"])
