from odoo import fields, models


class StockScrap(models.Model):
    _inherit = "stock.scrap"

    branch_id = fields.Many2one(
        related="location_id.branch_id", string="Branch", store=True, index=True
    )
