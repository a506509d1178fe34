import werkzeug.exceptions

from odoo import models
from odoo.http import SessionExpiredException, request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _auth_method_owner(cls):
        """A logged-in user; whoever is not is sent to the owners' login (IT-POR-01).

        Calls that want JSON get the usual "session expired" answer instead of a page.
        """
        if request.env.uid not in [None, *cls._get_public_users()]:
            return
        if request.dispatcher.routing_type != "http":
            raise SessionExpiredException("Session expired")
        path = request.httprequest.path
        if query := request.httprequest.query_string.decode():
            path = f"{path}?{query}"
        werkzeug.exceptions.abort(
            request.redirect_query("/owner/login", {"redirect": path})
        )
