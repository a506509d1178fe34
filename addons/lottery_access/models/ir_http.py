from odoo import models

from ..const import EXPORTER


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Tell the web client where to offer the export otherwise than its group says.

        The server asks again when a file is made; this only spares a refusal.
        """
        info = super().session_info()
        if not self.env.user._is_internal():
            return info
        access = self.env["lottery.access"]
        usual = self.env.user.has_group(EXPORTER)
        info["lottery_export"] = {
            model: not usual
            for role in access._get_standing(self.env.uid).roles
            for model in role.settings
            if access._can_export(model) != usual
        }
        return info
