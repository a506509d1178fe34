from odoo import api, fields, models


class LotteryOutletStateChange(models.TransientModel):
    """Ask for the reason before outlets are suspended, closed or opened again, and show
    what stands in the way."""

    _name = "lottery.outlet.state.change"
    _description = "Change of an Outlet's State"

    outlet_ids = fields.Many2many("lottery.outlet", required=True)
    outlet_count = fields.Integer(compute="_compute_outlet_count")
    target = fields.Selection(
        [("suspended", "Suspend"), ("closed", "Close"), ("opening", "Open Again")],
        required=True,
        readonly=True,
    )
    reason = fields.Char(required=True, help="Shown on the outlet and in its history.")
    blockers = fields.Text(compute="_compute_blockers", string="Still Open")

    @api.depends("outlet_ids")
    def _compute_outlet_count(self):
        for wizard in self:
            wizard.outlet_count = len(wizard.outlet_ids)

    @api.depends("outlet_ids", "target")
    def _compute_blockers(self):
        for wizard in self:
            lines = (
                wizard.outlet_ids._origin._closing_blockers()
                if wizard.target == "closed"
                else []
            )
            wizard.blockers = "\n".join(lines)

    def action_apply(self):
        self.ensure_one()
        verbs = {
            "suspended": self.outlet_ids.action_suspend,
            "closed": self.outlet_ids.action_close,
            "opening": self.outlet_ids.action_reopen,
        }
        verbs[self.target](self.reason)
        return {"type": "ir.actions.act_window_close"}
