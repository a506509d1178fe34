from odoo import models
from odoo.tools import hmac

from .. import application


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

    @classmethod
    def _handle_error(cls, exception):
        """A database lost in the middle is 503 for every kind of client (PF-OPS-02).

        Without it a JSON-RPC client is told 200 and cannot know that it may repeat.
        """
        if application.is_lost_connection(exception):
            return application.unavailable().get_response()
        return super()._handle_error(exception)
