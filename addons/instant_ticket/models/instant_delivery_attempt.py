from odoo import api, fields, models
from odoo.exceptions import UserError

MAX_WRONG_CODES = 5

OUTCOMES = [
    ("delivered", "Delivered"),
    ("owner_confirmed", "Confirmed by the owner"),
    ("wrong_code", "Wrong pick-up code"),
    ("wrong_address", "Wrong address"),
    ("nobody_there", "Nobody there"),
    ("refused", "Refused by the outlet"),
    ("vehicle", "Vehicle or road"),
    ("other", "Other"),
]


class InstantDeliveryAttempt(models.Model):
    """One try to hand over a parcel; append-only, kept two years (IT-DLV-04)."""

    _name = "instant.delivery.attempt"
    _description = "Delivery Attempt"
    _inherit = ["lottery.branch.mixin"]
    _order = "id desc"

    order_id = fields.Many2one(
        "instant.order", required=True, readonly=True, index=True, ondelete="restrict"
    )
    branch_id = fields.Many2one(
        related="order_id.branch_id", store=True, index=True, default=None
    )
    number = fields.Integer(readonly=True)
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True)
    success = fields.Boolean(compute="_compute_success", store=True)
    date = fields.Datetime(readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    receiver = fields.Char(readonly=True)
    photo = fields.Image(max_width=1600, max_height=1600, readonly=True)
    signature = fields.Image(max_width=800, max_height=400, readonly=True)
    note = fields.Char(readonly=True)

    @api.depends("outcome")
    def _compute_success(self):
        for attempt in self:
            attempt.success = attempt.outcome in ("delivered", "owner_confirmed")

    @api.model
    def _record(self, order, outcome, values):
        if outcome not in dict(OUTCOMES):
            raise UserError(self.env._("Unknown reason: %(reason)s", reason=outcome))
        attempt = self.create(
            {
                "order_id": order.id,
                "number": self.search_count([("order_id", "=", order.id)]) + 1,
                "outcome": outcome,
                **{key: value for key, value in values.items() if value},
            }
        )
        order._journal(
            f"delivery.{outcome}", {"order": order.name, "n": attempt.number}
        )
        return attempt

    @api.model
    def _is_blocked(self, order):
        """Guessing a code ends after a few tries; the desk lifts the block."""
        tries = self.search([("order_id", "=", order.id)])
        wrong = 0
        for attempt in tries:
            if attempt.outcome != "wrong_code":
                break
            wrong += 1
        return wrong >= MAX_WRONG_CODES

    def write(self, vals):
        raise UserError(self.env._("A recorded attempt cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Receipts are kept; they cannot be deleted."))
