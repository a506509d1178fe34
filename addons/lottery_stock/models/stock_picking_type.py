from odoo import fields, models


class StockPickingType(models.Model):
    _inherit = "stock.picking.type"

    branch_id = fields.Many2one(
        related="warehouse_id.branch_id", string="Branch", store=True, index=True
    )
