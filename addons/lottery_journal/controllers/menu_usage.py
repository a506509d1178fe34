from odoo import http
from odoo.http import request

from ..tools.client import get_address


class MenuUsage(http.Controller):
    @http.route(
        "/lottery/log/menu",
        type="jsonrpc",
        auth="user",
        methods=["POST"],
        save_session=False,
    )
    def log_menu(self, visits=None, **_params):
        """Take a batch of the web client (PF-AUD-01); one statement, nothing to wait
        for: the client sends it beside what the user does."""
        if isinstance(visits, list) and request.env.user._is_internal():
            request.env["lottery.log.menu"]._log_visits(visits, get_address())
        return True
