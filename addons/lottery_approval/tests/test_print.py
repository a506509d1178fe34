import io

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from .common import PermitCase

REPORT = "lottery_approval.report_approval_form"


@tagged("post_install", "-at_install")
class TestPrint(PermitCase):
    """PF-APR-05: any approval prints as a form with its trail (审批单)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_flow({}, {"branch_depth": 1})

    def test_form_with_trail(self):
        """PF-APR-05: number, people, levels, trail, comment, digest; in Chinese."""
        _permit, run = self._submit(amount=77)
        self._as(run, self.county_head).action_approve("同意")
        html = self._html(run)
        for expected in (
            "审批单",
            run.name,
            "77",
            self.specialist.name,
            self.county_head.name,
            "1. Level 1",
            "已提交",
            "同意",
            run.content_hash,
        ):
            self.assertIn(expected, html)
        pdf, kind = self._get_reports()._render_qweb_pdf(REPORT, run.ids)
        self.assertEqual(kind, "pdf")
        self.assertEqual(len(PdfFileReader(io.BytesIO(pdf)).pages), 1)

    def test_several_in_one_document(self):
        runs = self._submit()[1] | self._submit()[1]
        self.assertEqual(self._html(runs).count('class="page"'), 2)

    def test_only_for_who_sees_it(self):
        _permit, run = self._submit()
        with self.assertRaises(AccessError):
            self._get_reports(self.stranger)._render_qweb_html(REPORT, run.ids)

    def _get_reports(self, user=None):
        reports = self.env["ir.actions.report"].with_user(user or self.county_head)
        return reports.with_context(lang="zh_CN", force_report_rendering=True)

    def _html(self, runs):
        return self._get_reports()._render_qweb_html(REPORT, runs.ids)[0].decode()
