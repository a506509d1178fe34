import io
import json
from datetime import datetime, timedelta
from unittest.mock import patch

from openpyxl import load_workbook

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.tests.common import trap_jobs

from ..models import lottery_export_job
from .common import QUIET, REPORT, ReportCase


@tagged("post_install", "-at_install")
class TestExport(ReportCase):
    """Files of reports: at once, or by a job with progress (PF-RPT-01)."""

    def _open(self, url):
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        return load_workbook(io.BytesIO(response.content)).active

    def _cells(self, sheet):
        return [[cell.value for cell in row] for row in sheet.iter_rows()]

    def test_figures_as_xlsx(self):
        """Real types and number formats, frozen headings, totals; only for its owner."""
        self._login(self.user_north)
        answer = self._call(
            REPORT, "start_export", self._options(comparison="previous"), False
        )
        self.assertFalse(answer["waiting"])
        sheet = self._open(answer["url"])
        rows = self._cells(sheet)
        self.assertEqual(rows[0][0], "Contact Report")
        self.assertEqual(rows[1][0], "Period: 2026-03-01 to 2026-03-31")
        header = rows.index(next(row for row in rows if row[0] == "Day"))
        self.assertEqual(sheet.freeze_panes, f"B{header + 2}")
        first = rows[header + 1]
        self.assertEqual(first[:4], ["2026-03-03", 1, None, None])
        total = rows[-1]
        self.assertEqual(total[:5], ["Total", 3, 1, 2, 2])
        self.assertEqual(sheet.cell(len(rows), 5).number_format, "0.0%")
        self.assertEqual(sheet.cell(len(rows), 2).number_format, "#,##0")
        self._login(self.user_south)
        self.assertEqual(self.url_open(answer["url"]).status_code, 404)
        job = self.env["lottery.export.job"].browse(answer["id"])
        self.assertEqual(
            self.url_open(f"/web/content/{job.attachment_id.id}").status_code, 404
        )

    def test_records_as_xlsx(self):
        """The records below: dates are dates, numbers numbers, names names."""
        contact = self.env["res.partner"].search(
            [("name", "=", "Counted 2026-03-03"), ("branch_id", "=", self.north.id)]
        )
        contact.category_id = self.env["res.partner.category"].create(
            [{"name": "Vip"}, {"name": "Near"}]
        )
        self.env.cr.execute(
            "UPDATE res_country SET code = '=1' WHERE id = %s", [self.marker.id]
        )
        self.env.invalidate_all()
        self._login(self.user_north)
        answer = self._call(REPORT, "start_export", self._options(), True)
        rows = self._cells(self._open(answer["url"]))
        self.assertEqual(len([row for row in rows if row[1]]), 4)
        record = rows[-3]
        self.assertEqual(record[0], datetime(2026, 3, 3))
        self.assertEqual(record[2], contact.branch_id.display_name)
        self.assertEqual(record[5], "=1", "typed text is no formula")
        self.assertEqual(record[6:8], ["Vip, Near", 10])

    def test_export_needs_its_right(self):
        """PF-SEC-01: export is an operation of its own."""
        reader = self._create_user("t_rep_r", self.north, "user", lang="en_US")
        self._login(reader)
        for method in ("start_export", "start_print"):
            with self.subTest(method=method):
                self._refuse("do not allow", REPORT, method, self._options())
        self.assertFalse(self._call(REPORT, "get_setup")["can_export"])

    def test_right_is_asked_again(self):
        """Who loses the right while a file waits gets neither file nor job's result."""
        self._login(self.user_north)
        answer = self._call(REPORT, "start_export", self._options())
        job = self._start_long()
        right = self.env.ref("base.group_allow_export")
        groups = self.user_north.all_group_ids.filtered(
            lambda group: right in group.all_implied_ids
        )
        self.user_north.group_ids -= groups
        self.user_north.group_ids += self.env.ref("lottery_base.group_user")
        self.user_north.group_ids += self.env.ref("base.group_partner_manager")
        with mute_logger("odoo.http", *QUIET):
            self.assertEqual(self.url_open(answer["url"]).status_code, 403)
            self._refuse(
                "do not allow", "lottery.export.job", "action_download", [answer["id"]]
            )
            with mute_logger("odoo.addons.lottery_report.models.lottery_export_job"):
                job.with_user(self.user_north)._run_job()
        self.assertEqual((job.state, job.attachment_id.id), ("failed", False))
        self.assertIn("do not allow", job.error)

    def _start_long(self):
        self._login(self.user_north)
        self.startPatcher(patch.object(lottery_export_job, "INLINE_ROWS", 0))
        report = self.env[REPORT].with_user(self.user_north)
        jobs = self.env["lottery.export.job"].with_user(self.user_north)
        params = {"options": report._parse_options(self._options()), "detail": True}
        with trap_jobs() as trap:
            answer = jobs._start(REPORT, params, inline_rows=0)
            trap.assert_jobs_count(1)
        self.assertTrue(answer["waiting"])
        return jobs.browse(answer["id"])

    def _messages(self):
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([], order="id")
        messages = [json.loads(row.message) for row in rows]
        rows.unlink()
        return messages

    def test_long_files_are_made_by_a_job(self):
        """Progress while it runs, a word and a link at the end."""
        job = self._start_long()
        self._messages()
        with (
            patch.object(lottery_export_job, "TELL_SECONDS", -1),
            patch.object(lottery_export_job, "TELL_ROWS", 1),
        ):
            job._run_job()
        self.assertEqual((job.state, job.done, job.progress), ("done", 3, 100))
        messages = self._messages()
        bars = [m["payload"] for m in messages if m["type"] == "lottery_progress"]
        self.assertEqual([bar["done"] for bar in bars[:3]], [1, 2, 3])
        self.assertTrue(bars[-1]["closed"])
        end = [m["payload"] for m in messages if m["type"] == "lottery_export"]
        self.assertEqual((end[0]["state"], end[0]["url"]), ("done", job._get_url()))
        self._login(self.user_north)
        self.assertEqual(len(self._cells(self._open(job._get_url()))), 7)
        action = self._call("lottery.export.job", "action_download", job.ids)
        self.assertEqual(action["url"], job._get_url())

    def test_a_job_can_be_stopped(self):
        job = self._start_long()
        self._call("lottery.export.job", "action_cancel", job.ids)
        job._run_job()
        self.assertEqual(job.state, "cancelled")
        job = self._start_long()
        produce = type(self.env[REPORT])._produce_rows

        def stopping(report, params):
            for row in produce(report, params):
                job.action_cancel()
                yield row

        with (
            patch.object(type(self.env[REPORT]), "_produce_rows", stopping),
            patch.object(lottery_export_job, "TELL_SECONDS", -1),
            patch.object(lottery_export_job, "TELL_ROWS", 1),
        ):
            job._run_job()
        self.assertEqual((job.state, job.attachment_id.id), ("cancelled", False))

    def test_failures_are_told(self):
        job = self._start_long()

        def failing(report, params):
            yield from ("row", 1 / 0)

        with (
            patch.object(type(self.env[REPORT]), "_produce_rows", failing),
            mute_logger("odoo.addons.lottery_report.models.lottery_export_job"),
        ):
            job._run_job()
        self.assertEqual(job.state, "failed")
        self.assertIn("division by zero", job.error)

    def test_files_expire(self):
        job = self._start_long()
        job._run_job()
        attachment = job.attachment_id.sudo()
        jobs = self.env["lottery.export.job"]
        jobs._gc_expired()
        self.assertTrue(job.exists())
        job.sudo().expires_at = fields.Datetime.now() - timedelta(minutes=1)
        jobs._gc_expired()
        self.assertFalse(job.exists() or attachment.exists())
