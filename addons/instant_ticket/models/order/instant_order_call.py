from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...const import CALL_FIELDS


class InstantOrder(models.Model):
    """The call an order was taken in (IT-DSK-01): who, when, how long, how proved."""

    _inherit = "instant.order"

    call_started_at = fields.Datetime(readonly=True, copy=False, string="Call Began")
    call_ended_at = fields.Datetime(readonly=True, copy=False, string="Call Ended")
    call_seconds = fields.Integer(
        readonly=True,
        copy=False,
        aggregator="avg",
        help="From the beginning of the call to its end, in seconds.",
    )
    identity_asked = fields.Char(
        readonly=True,
        copy=False,
        help="Codes of the questions that the caller answered right.",
    )
    identity_words = fields.Char(
        compute="_compute_identity_words",
        string="Caller Proved By",
        help="Questions that the caller answered right.",
    )

    @api.depends("identity_asked")
    @api.depends_context("lang")
    def _compute_identity_words(self):
        names = self.env["instant.desk"]._get_identity_names()
        for order in self:
            codes = filter(None, (order.identity_asked or "").split(","))
            order.identity_words = ", ".join(names.get(code, code) for code in codes)

    def _check_call_fields(self, vals):
        if not self.env.su and set(vals) & set(CALL_FIELDS):
            raise UserError(
                self.env._("Only the ordering service may set these fields.")
            )

    def write(self, vals):
        self._check_call_fields(vals)
        return super().write(vals)

    def _end_call(self):
        """Note the end of the call; only its agent's word counts."""
        self.ensure_one()
        if self.user_id != self.env.user or not self.call_started_at:
            raise AccessError(self.env._("This is not an order of your call."))
        ended = fields.Datetime.now()
        order_sudo = self.sudo()  # fields of the ordering service
        order_sudo.call_ended_at = ended
        order_sudo.call_seconds = (ended - self.call_started_at).total_seconds()
        self._journal(
            "order.call_ended", {"order": self.name, "seconds": self.call_seconds}
        )
