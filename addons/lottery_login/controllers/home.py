from odoo import http
from odoo.http import request

from odoo.addons.password_security.controllers.main import PasswordSecurityHome


class LoginHome(PasswordSecurityHome):
    @http.route()
    def web_client(self, s_action=None, **kw):
        """The page of the web client looks up its user by itself (``auth="none"``), so
        that the gate of `ir.http` has not seen the user yet."""
        url = (
            request.env["ir.http"]._judge_web_client() if request.session.uid else None
        )
        if url:
            return request.redirect_query(
                url, {"redirect": request.httprequest.full_path}
            )
        return super().web_client(s_action, **kw)

    @http.route()
    def web_auth_signup(self, *args, **kw):
        """OCA's addon shows the page where core says that there is none (PF-SEC-04)."""
        qcontext = self.get_auth_signup_qcontext()
        if not qcontext.get("token") and not qcontext.get("signup_enabled"):
            raise request.not_found()
        return super().web_auth_signup(*args, **kw)
