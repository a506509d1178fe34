import io
from datetime import datetime, timedelta

from openpyxl import load_workbook

from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import SQL, mute_logger

from odoo.addons.lottery_base.tests.common import BranchFixture, WebClientDoor

LOGINS, MENUS = "lottery.log.login.report", "lottery.log.menu.report"
PERIOD = {"kind": "custom", "first": "2021-05-01", "last": "2021-05-31"}


@tagged("post_install", "-at_install")
class TestLogReport(BranchFixture, WebClientDoor, HttpCase):
    """PF-AUD-01, PF-RPT-01: reports over the logs, by the web client's calls."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        for login, branch, role in (
            ("t_rep_head", cls.north, "branch_admin"),
            ("t_rep_lead", cls.centre, "centre_leader"),
            ("t_rep_keep", cls.north, "warehouse_keeper"),
        ):
            cls._create_user(login, branch, role, lang="en_US", tz="Asia/Shanghai")
        cls.menu = cls.env.ref("lottery_journal.lottery_journal_menu")
        north, south = cls.north.id, cls.south.id
        cls.env.cr.execute(
            SQL(
                """INSERT INTO lottery_log_menu
                    (created_at, user_id, branch_id, menu_id, opens, seconds)
                VALUES (%s, 1, %s, %s, 2, 90), (%s, 2, %s, %s, 1, 3640),
                    (%s, 2, %s, %s, 4, 10)""",
                *(datetime(2021, 5, 3), north, cls.menu.id),
                *(datetime(2021, 5, 4), north, cls.menu.id),
                *(datetime(2021, 5, 4), south, cls.menu.id),
            )
        )
        cls.env.cr.execute(
            SQL(
                """INSERT INTO lottery_log_login
                    (created_at, user_id, branch_id, kind, result, address)
                VALUES (%s, 1, %s, 'web', 'ok', '192.0.2.1'),
                    (%s, 1, %s, 'web', 'failed', '192.0.2.2'),
                    (%s, 2, %s, 'rpc', 'failed', '192.0.2.2')""",
                *(datetime(2021, 5, 3), north),
                *(datetime(2021, 5, 3, 20), north),
                *(datetime(2021, 5, 4), south),
            )
        )

    def _call(self, login, model, method, *args):
        self.authenticate(login, f"{login}-Passw0rd!")
        return super()._call(model, method, *args)

    def _read_figures(self, login, report, *dimensions):
        options = {"period": PERIOD, "dimensions": dimensions}
        result = self._call(login, report, "get_report", options)
        return {tuple(row["labels"]): row["now"] for row in result["rows"]}, result

    def test_logins(self):
        rows, result = self._read_figures("t_rep_head", LOGINS, "day", "result")
        self.assertEqual(
            rows,
            {
                ("2021-05-03", "Logged In"): [1, 1, 1],
                ("2021-05-04", "Failed"): [1, 1, 1],
            },
        )
        self.assertEqual(result["totals"]["now"], [2, 1, 2])
        rows, _result = self._read_figures("t_rep_lead", LOGINS, "result")
        self.assertEqual(rows[("Failed",)], [2, 2, 1])

    def test_menus(self):
        """Dwell time is a duration, on the screen and in the file."""
        rows, _result = self._read_figures("t_rep_head", MENUS, "menu")
        [[name, figures]] = rows.items()
        self.assertIn(self.menu.name, name[0])
        self.assertEqual(figures[:2], [3, 3730])
        self.assertAlmostEqual(figures[2], 3730 / 3)
        options = {"period": PERIOD, "dimensions": ["menu"]}
        answer = self._call("t_rep_head", MENUS, "start_export", options)
        sheet = load_workbook(io.BytesIO(self.url_open(answer["url"]).content)).active
        cell = sheet.cell(sheet.max_row, 3)
        self.assertEqual(cell.number_format, "[h]:mm:ss")
        self.assertEqual(cell.value, timedelta(seconds=3730))

    def test_files_and_prints_are_logged(self):
        """PF-AUD-01: what a report gives away is in the export log, paper too."""
        options = {"period": PERIOD, "dimensions": ["menu"]}
        self._call("t_rep_head", MENUS, "start_export", options)
        self._call("t_rep_head", MENUS, "start_print", options)
        self.env.invalidate_all()
        entries = self.env["lottery.log.export"].search(
            [("user_id.login", "=", "t_rep_head")], order="id"
        )
        self.assertEqual(
            [(entry.model, entry.count, entry.door) for entry in entries],
            [("lottery.log.menu", 1, "xlsx"), ("lottery.log.menu", 1, "pdf")],
        )
        self.assertIn("(2021, 5, 31, 16, 0)", entries[1].domain, "midnight in China")

    def test_not_for_everybody(self):
        for report in (LOGINS, MENUS):
            with (
                self.subTest(report=report),
                mute_logger("odoo.http"),
                self.assertRaisesRegex(JsonRpcException, "Your role"),
            ):
                self._read_figures("t_rep_keep", report, "day")
