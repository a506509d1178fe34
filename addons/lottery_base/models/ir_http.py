from odoo import models
from odoo.tools import hmac


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Tell the top bar the user's roles (PF-USR-02).

        The browser keeps menus and views under the hash: each set of groups gets its
        own, else a role would start with what another one was shown.
        """
        info = super().session_info()
        user = self.env.user
        if info.get("uid") and info.get("is_internal_user"):
            info["lottery_role"] = user._get_role_choice()
            info["registry_hash"] = hmac(
                self.env(su=True),
                "lottery-webclient-cache",
                (info["registry_hash"], sorted(user._get_group_ids())),
            )
        return info
