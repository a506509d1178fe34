from odoo import http
from odoo.http import request

from odoo.addons.lottery_journal.tools.client import get_address


class OtpController(http.Controller):
    @http.route(
        "/lottery/otp/proof",
        type="jsonrpc",
        auth="public",
        methods=["POST"],
        save_session=False,
    )
    def proof(self):
        """Return a puzzle for the browser: ``{algorithm, challenge, maxNumber, salt,
        signature}``. Nothing is stored until its solution is handed in."""
        # Visitors have no rights on codes.
        return request.env["lottery.otp"].sudo()._make_proof(get_address())
