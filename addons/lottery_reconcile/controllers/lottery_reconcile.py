from odoo import http
from odoo.http import request

from odoo.addons.lottery_base.controllers.lottery_import import ImportController


class ReconcileController(ImportController):
    @http.route(
        "/lottery/reconcile/<int:run_id>/template.xlsx",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def reconcile_template(self, run_id):
        """Headers of the kind's file and one row of examples."""
        run = request.env["lottery.reconcile.run"].search([("id", "=", run_id)])
        if not run:
            raise request.not_found()
        source = run._get_source()
        columns = [source._get_key(), *source._get_columns()]
        return self._send(
            run.display_kind,
            [column.label + (" *" if column.required else "") for column in columns],
            [[column.example for column in columns]],
            comments=[column.help for column in columns],
        )
