import io
import unittest

from odoo.tests import TransactionCase, tagged
from odoo.tools.pdf import PdfFileReader


@tagged("post_install", "-at_install")
class TestPrint(TransactionCase):
    """IT-DSK-02: many documents are one print, whatever wkhtmltopdf is installed."""

    def _print(self, *texts):
        bodies = [
            f"<!DOCTYPE html><html><head><meta charset='utf-8'/></head>"
            f"<body><p>{text}</p></body></html>"
            for text in texts
        ]
        try:
            pdf = self.env["ir.actions.report"]._run_wkhtmltopdf(bodies)
        except unittest.SkipTest as skipped:  # core's way to say that it can't
            self.fail(str(skipped))
        # by the names core itself uses: not every PDF library still has them
        reader = PdfFileReader(io.BytesIO(pdf))
        return [
            reader.getPage(number).extract_text() for number in range(reader.numPages)
        ]

    def test_each_document_begins_a_page(self):
        pages = self._print("first", "second", "third")
        self.assertEqual(len(pages), 3)
        for page, word in zip(pages, ("first", "second", "third"), strict=True):
            self.assertIn(word, page)

    def test_one_document_is_left_alone(self):
        self.assertEqual(len(self._print("only")), 1)
