from odoo import http
from odoo.http import content_disposition, request

from ..tools.workbook import make_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MIXIN = "lottery.import.mixin"


class ImportController(http.Controller):
    @http.route(
        "/lottery/import/<string:model>/template.xlsx",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def template(self, model):
        """Headers, with a star where required, and one row of examples."""
        wizard = self._get_wizard(model)
        wizard.check_access("create")
        columns = wizard._import_columns()
        return self._send(
            request.env._("template"),
            [column.label + (" *" if column.required else "") for column in columns],
            [[column.example for column in columns]],
            comments=[column.help for column in columns],
        )

    @http.route(
        "/lottery/import/<string:model>/<int:wizard_id>/faults.xlsx",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def faults(self, model, wizard_id):
        wizard = self._get_wizard(model).search([("id", "=", wizard_id)])
        if not wizard:
            raise request.not_found()
        env = request.env
        return self._send(
            env._("faults"),
            [env._("Row"), env._("Column"), env._("Value"), env._("Reason")],
            [
                [fault.row, fault.column or "", fault.value or "", fault.reason]
                for fault in wizard.fault_ids
            ],
        )

    def _get_wizard(self, model):
        registry = request.env.registry
        if model not in registry or not isinstance(request.env[model], registry[MIXIN]):
            raise request.not_found()
        return request.env[model]

    def _send(self, name, headers, rows, comments=()):
        content = make_workbook(headers, rows, comments=comments)
        return request.make_response(
            content,
            headers=[
                ("Content-Type", XLSX),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(f"{name}.xlsx")),
            ],
        )
