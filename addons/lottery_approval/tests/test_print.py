import shutil
import subprocess
import tempfile
from pathlib import Path

from odoo.tests import tagged

from .common import PermitCase


@tagged("post_install", "-at_install")
class TestPrint(PermitCase):
    """PF-APR-05: any approval prints as a form with its trail (审批单)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_flow({}, {"branch_depth": 1})

    def _print(self, runs):
        report = self.env["ir.actions.report"].with_user(self.county_head)
        data, kind = report.with_context(
            lang="zh_CN", force_report_rendering=True
        )._render_qweb_pdf("lottery_approval.report_approval_form", runs.ids)
        self.assertEqual(kind, "pdf")
        return data

    def test_form_with_trail(self):
        """PF-APR-05: number, people, levels, trail, comment, digest; in Chinese."""
        _permit, run = self._submit(amount=77)
        self._as(run, self.county_head).action_approve("同意")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "form.pdf"
            path.write_bytes(self._print(run))
            text = subprocess.run(
                [shutil.which("pdftotext"), "-layout", str(path), "-"],
                capture_output=True,
                check=True,
                text=True,
            ).stdout
        for expected in (
            "审批单",
            run.name,
            "77",
            self.specialist.name,
            self.county_head.name,
            "同意",
            run.content_hash[:40],
        ):
            self.assertIn(expected, text)

    def test_several_in_one_document(self):
        runs = self._submit()[1] | self._submit()[1]
        html = self.env["ir.actions.report"]._render_qweb_html(
            "lottery_approval.report_approval_form", runs.ids
        )[0]
        self.assertEqual(html.count(b'class="page"'), 2)
