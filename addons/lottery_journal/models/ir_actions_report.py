from odoo import models
from odoo.http import request


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        """What somebody prints has left the system (PF-AUD-01)."""
        result = super()._render_qweb_pdf(report_ref, res_ids=res_ids, data=data)
        if request and request.httprequest.path.startswith("/report/"):
            report_sudo = self._get_report(report_ref).sudo()
            ids = res_ids if isinstance(res_ids, list | tuple) else [res_ids]
            ids = [number for number in ids if number]
            self.env["lottery.log.export"]._log(
                report_sudo.model,
                len(ids),
                [report_sudo.name],
                [("id", "in", ids)],
                door="pdf",
            )
        return result
