from odoo import fields, models


class StockQuant(models.Model):
    _inherit = "stock.quant"

    branch_id = fields.Many2one(
        related="location_id.branch_id", string="Branch", store=True, index=True
    )
