from odoo import models


class InstantOrder(models.Model):
    """What the owner reads in the messages of the portal (PF-NTF-01)."""

    _inherit = "instant.order"

    def _tell_owner(self, code, **values):
        """Notify the owner by a template of this addon, about this order."""
        self.ensure_one()
        owner_sudo = self.outlet_id.sudo().user_id  # staff need not see owners' users
        self.env["lottery.notification"]._notify(
            code, owner_sudo, record=self, values=values
        )


class LotteryNotification(models.Model):
    _inherit = "lottery.notification"

    def _get_owner_path(self):
        if self.model == "instant.order" and self.res_id:
            return f"/my/tickets/orders/{self.res_id}"
        return super()._get_owner_path()
