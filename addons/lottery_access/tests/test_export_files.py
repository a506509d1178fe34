import json

from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .common import AccessFixture

LOG = "lottery.log.login"
REPORT, OTHER_REPORT = "lottery.log.login.report", "lottery.log.menu.report"
OPTIONS = {"period": {"kind": "month"}}
QUIET = ("odoo.http", "odoo.addons.web.controllers.export")


@tagged("post_install", "-at_install", "security")
class TestExportFiles(AccessFixture, HttpCase):
    """PF-SEC-01, PF-AUD-01: every way to make a file asks for the right to export the
    object in it: lists, reports, paper, tables for import."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_access()
        cls.role = cls._create_role("Auditor", "lottery_base.group_centre_leader")
        cls.person = cls._create_person("t_auditor", cls.centre, cls.role)
        cls.env["lottery.log.login"]._log("failed", "web", login="nobody")

    def setUp(self):
        super().setUp()
        self.authenticate("t_auditor", "t_auditor-Passw0rd!")

    def _call(self, model, method, *args):
        self.env.flush_all()
        answer = self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": {}},
        )
        self.env.invalidate_all()
        return answer

    def _is_refused(self, *call):
        try:
            with mute_logger(*QUIET):
                self._call(*call)
        except JsonRpcException as error:
            self.assertIn("AccessError", str(error))
            return True
        return False

    def _download_list(self, kind):
        data = {
            "model": LOG,
            "fields": [{"name": "login", "label": "Login", "type": "char"}],
            "ids": False,
            "domain": [],
            "import_compat": False,
        }
        token = http.Request.csrf_token(self)
        with mute_logger(*QUIET):
            return self.url_open(
                f"/web/export/{kind}",
                data={"data": json.dumps(data), "csrf_token": token},
            ).status_code

    def test_with_the_right_all_are_served(self):
        for kind in ("csv", "xlsx"):
            self.assertEqual(self._download_list(kind), 200)
        self.assertTrue(self._call(REPORT, "get_setup")["can_export"])
        answer = self._call(REPORT, "start_export", OPTIONS)
        self.assertEqual(self.url_open(answer["url"]).status_code, 200)
        self.assertFalse(self._is_refused(REPORT, "start_print", OPTIONS))
        self.assertFalse(self._is_refused("lottery.branch.import", "action_export", []))

    def test_without_the_right_none_is(self):
        answer = self._call(REPORT, "start_export", OPTIONS)
        self._set(self.role, LOG, export_right="deny")
        for kind in ("csv", "xlsx"):
            self.assertEqual(self._download_list(kind), 500)
        self.assertFalse(self._call(REPORT, "get_setup")["can_export"])
        for call in (
            ("start_export", OPTIONS),
            ("start_export", OPTIONS, True),
            ("start_print", OPTIONS),
        ):
            with self.subTest(call=call):
                self.assertTrue(self._is_refused(REPORT, *call))
        with mute_logger(*QUIET):
            self.assertEqual(self.url_open(answer["url"]).status_code, 403)
        self.assertTrue(self._call(REPORT, "get_report", OPTIONS)["totals"])
        self.assertFalse(self._is_refused(OTHER_REPORT, "start_export", OPTIONS))

    def test_tables_for_import(self):
        self._set(self.role, "lottery.branch", export_right="deny")
        self.assertTrue(self._is_refused("lottery.branch.import", "action_export", []))
