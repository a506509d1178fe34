from lxml import html

from odoo import models


class IrActionsReport(models.Model):
    """Several documents in one print (IT-DSK-02) with any wkhtmltopdf.

    Debian builds it on a Qt that takes one document at a time; core refuses the second.
    """

    _inherit = "ir.actions.report"

    def _run_wkhtmltopdf(self, bodies, *args, **kwargs):
        bodies = list(bodies)
        if len(bodies) > 1:
            bodies = [self._join_bodies(bodies)]
        return super()._run_wkhtmltopdf(bodies, *args, **kwargs)

    @staticmethod
    def _join_bodies(bodies):
        """Return one HTML document that begins each of the others on a new page.

        :param list bodies: whole documents of one report, so all with the same head
        """
        first, *others = (html.document_fromstring(str(body)) for body in bodies)
        for other in others:
            page = html.Element("div", style="page-break-before: always")
            page.extend(other.body)
            first.body.append(page)
        return html.tostring(first, encoding="unicode", doctype="<!DOCTYPE html>")
