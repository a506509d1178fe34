from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """What must be confirmed rides on the page itself: no call of its own."""
        info = super().session_info()
        announcements = self.env["lottery.announcement"]
        # accounts of other systems have a session too, but no announcements
        if self.env.user._is_internal() and announcements.has_access("read"):
            info["lottery_to_confirm"] = announcements._get_to_confirm()
        return info
