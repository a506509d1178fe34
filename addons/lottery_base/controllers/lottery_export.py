from odoo import http
from odoo.http import content_disposition, request

from .lottery_import import MIXIN, XLSX

TYPES = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8"}


class ExportController(http.Controller):
    @http.route("/lottery/export/<int:wizard_id>", type="http", auth="user")
    def export(self, wizard_id):
        """Send what a wizard of the user's own has chosen (PF-ORG-03)."""
        wizard = request.env["lottery.table.export"].search([("id", "=", wizard_id)])
        model = wizard.import_model
        registry = request.env.registry
        if model not in registry or not isinstance(request.env[model], registry[MIXIN]):
            raise request.not_found()
        content = request.env[model]._export_file(
            wizard.record_ids or [], wizard.format
        )
        name = request.env["ir.model"]._get(request.env[model]._export_model).name
        return request.make_response(
            content,
            headers=[
                ("Content-Type", TYPES[wizard.format]),
                ("Content-Length", len(content)),
                (
                    "Content-Disposition",
                    content_disposition(f"{name}.{wizard.format}"),
                ),
            ],
        )
