from odoo import fields, models


class StockWarehouseOrderpoint(models.Model):
    _inherit = "stock.warehouse.orderpoint"

    branch_id = fields.Many2one(
        related="warehouse_id.branch_id", string="Branch", store=True, index=True
    )
