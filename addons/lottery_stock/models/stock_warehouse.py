from odoo import api, models


class StockWarehouse(models.Model):
    _name = "stock.warehouse"
    _inherit = ["stock.warehouse", "lottery.branch.mixin"]

    @api.model
    def _default_branch_id(self):
        return super()._default_branch_id() or self.env.ref(
            "lottery_base.lottery_branch_centre"
        )
