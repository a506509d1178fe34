from odoo import fields, models


class StockLocation(models.Model):
    _inherit = "stock.location"

    branch_id = fields.Many2one(
        related="warehouse_id.branch_id", string="Branch", store=True, index=True
    )
