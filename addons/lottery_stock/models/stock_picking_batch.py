from odoo import fields, models


class StockPickingBatch(models.Model):
    _inherit = "stock.picking.batch"

    branch_id = fields.Many2one(
        related="picking_type_id.branch_id", string="Branch", store=True, index=True
    )
