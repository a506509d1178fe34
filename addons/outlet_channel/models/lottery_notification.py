from odoo import models


class LotteryNotification(models.Model):
    _inherit = "lottery.notification"

    def _get_owner_path(self):
        """Return the page on which an owner reads on, or None.

        Higher addons add the pages of their own records.
        """
        self.ensure_one()
        if self.model == "lottery.change.request":
            return "/my/outlet#requests"
        if self.model == "lottery.outlet":
            return "/my/outlet"
        return None
