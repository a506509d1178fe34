from odoo import api, fields, models
from odoo.exceptions import UserError

from ...const import ORDER_STATES


class InstantOrderEvent(models.Model):
    """One step in the life of an order; append-only."""

    _name = "instant.order.event"
    _description = "Order Event"
    _inherit = ["lottery.branch.mixin"]
    _order = "id"
    _log_access = False

    order_id = fields.Many2one(
        "instant.order", required=True, readonly=True, index=True, ondelete="cascade"
    )
    branch_id = fields.Many2one(readonly=True, default=None)
    from_state = fields.Selection(ORDER_STATES, readonly=True)
    to_state = fields.Selection(ORDER_STATES, required=True, readonly=True)
    user_id = fields.Many2one("res.users", readonly=True)
    date = fields.Datetime(readonly=True)
    note = fields.Char(readonly=True)

    def write(self, vals):
        raise UserError(self.env._("The history of an order cannot be changed."))

    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(self.env._("The history of an order writes itself."))
