from odoo import fields, models


class LotteryTableExport(models.TransientModel):
    """Records to be exported in the columns of their import (PF-ORG-03)."""

    _name = "lottery.table.export"
    _description = "Export"

    import_model = fields.Char(required=True, readonly=True)
    record_ids = fields.Json(readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    format = fields.Selection(
        selection=[("xlsx", "XLSX"), ("csv", "CSV")], required=True, default="xlsx"
    )

    def action_download(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/lottery/export/{self.id}",
            "target": "download",
        }
