import re

from werkzeug.exceptions import Unauthorized

from odoo import models
from odoo.exceptions import AccessDenied
from odoo.http import request, root

_BEARER = re.compile(r"bearer\s+\S", re.IGNORECASE)


class IrHttp(models.AbstractModel):
    """Keys and log-outs in the login log (PF-AUD-01)."""

    _inherit = "ir.http"

    @classmethod
    def _auth_method_bearer(cls):
        with_key = _BEARER.match(request.httprequest.headers.get("Authorization") or "")
        if not with_key:
            return super()._auth_method_bearer()
        try:
            result = super()._auth_method_bearer()
        except (AccessDenied, Unauthorized) as error:
            request.env["res.users"]._log_denial(error, "apikey")
            raise
        log = request.env["lottery.log.login"]
        log._log_program(request.env.user.sudo(), "apikey")
        return result

    @classmethod
    def _post_logout(cls):
        """The session is empty by now; the store still has it as it was."""
        super()._post_logout()
        uid = root.session_store.get(request.session.sid).get("uid")
        user_sudo = request.env["res.users"].sudo().browse(uid or ()).exists()
        if user_sudo:
            kind = "otp" if user_sudo.share else "web"
            log = request.env["lottery.log.login"]
            log._log("logout", kind, user=user_sudo, apart=True)
