from odoo import api, models


class InstantAccount(models.Model):
    _inherit = "instant.account"

    @api.model
    def _set_payment_balance(self, outlet_id, amount):
        self.env.cr.execute(
            "UPDATE instant_account SET payment_balance = %s WHERE outlet_id = %s",
            (amount, outlet_id),
        )
        self.invalidate_model(["payment_balance"])

    def action_refresh_balance(self):
        """Ask ILMS for these balances now."""
        return self.outlet_id.action_refresh_balance()

    def action_transfer(self):
        """Open the form that moves money between the outlet's two accounts."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Transfer between Accounts"),
            "res_model": "instant.account.transfer",
            "view_mode": "form",
            "context": {"default_outlet_id": self.outlet_id.id},
        }
