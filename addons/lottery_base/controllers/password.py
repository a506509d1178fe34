from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.web.controllers.home import Home

from ..models.res_users_password import URL


class PasswordController(Home):
    """Between a one-time password and the web client (PF-USR-01)."""

    @route(URL, type="http", auth="public", methods=["GET", "POST"], sitemap=False)
    def replace_one_time_password(self, redirect=None, password="", again="", **_kw):
        if request.session.uid:
            return request.redirect(self._login_redirect(request.session.uid, redirect))
        user = self._get_waiting_user()
        if not user:
            return request.redirect("/web/login")
        error = None
        if request.httprequest.method == "POST":
            try:
                # half-written passwords must not outlive a refusal
                with request.env.cr.savepoint():
                    user._replace_one_time_password(password, again)
                return self._let_in(user, redirect)
            except UserError as refusal:
                error = refusal.args[0]
        return request.render(
            "lottery_base.one_time_password",
            {"login": user.login, "redirect": redirect, "error": error},
            headers={"Cache-Control": "no-store", "X-Frame-Options": "DENY"},
        )

    def _get_waiting_user(self):
        """Return who has shown a one-time password in this session."""
        uid = request.session.get("pre_uid")
        if not uid:
            return None
        request.update_env(user=uid)
        user = request.env.user
        return user if user.active and user._has_one_time_password() else None

    def _let_in(self, user, redirect):
        """Go on to a second factor where there is one, else in."""
        if url := user._mfa_url():
            return request.redirect_query(url, {"redirect": redirect or ""})
        request.session.finalize(request.env)
        request.update_env(user=request.session.uid)
        request.update_context(**request.session.context)
        return request.redirect(self._login_redirect(user.id, redirect))
