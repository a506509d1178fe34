from odoo import fields, models
from odoo.exceptions import UserError


class LotteryConsultationHandoverWizard(models.TransientModel):
    """Hand tickets to a colleague, with a reason (PF-WRK-01)."""

    _name = "lottery.consultation.handover.wizard"
    _description = "Hand Over Consultations"

    consultation_ids = fields.Many2many("lottery.consultation", required=True)
    user_id = fields.Many2one(
        "res.users",
        string="To",
        required=True,
        domain=[("share", "=", False)],
    )
    reason = fields.Char(required=True)

    def action_apply(self):
        self.ensure_one()
        tickets = self.consultation_ids
        tickets.check_access("write")
        if not self.user_id._is_internal():
            raise UserError(self.env._("“To”: choose a colleague."))
        if done := tickets.filtered(
            lambda row: row.state not in ("new", "in_progress")
        ):
            raise UserError(
                self.env._(
                    "%(ticket)s is not open any more.", ticket=done[0].display_name
                )
            )
        tickets._hand_over(self.user_id, self.reason)
        return {"type": "ir.actions.act_window_close"}
