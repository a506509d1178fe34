from odoo import fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    branch_id = fields.Many2one(
        related="picking_type_id.branch_id", string="Branch", store=True, index=True
    )
