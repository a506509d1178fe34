from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """What must be confirmed rides on the page itself: no call of its own."""
        info = super().session_info()
        if self.env.user._is_internal():
            announcements = self.env["lottery.announcement"]
            info["lottery_to_confirm"] = announcements._get_to_confirm()
        return info
