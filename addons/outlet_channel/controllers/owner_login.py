import re
import secrets
from urllib.parse import urlencode

from odoo import http
from odoo.exceptions import AccessDenied
from odoo.http import request

from odoo.addons.lottery_base.tools.phone import normalize_mobile
from odoo.addons.lottery_journal.tools.client import get_address
from odoo.addons.lottery_message.const import CODE_LIFETIME
from odoo.addons.lottery_message.engine.text import mask_phone
from odoo.addons.lottery_message.exceptions import OtpDenied, OtpRefused

from ..const import LOGIN_STATES
from ..engine.local_path import safe_path
from ..models.res_users_otp import PURPOSE

HOME = "/my"  # core's portal sends owners on to the page of the highest addon
DEVICE_COOKIE = "lottery_device"
_DEVICE = re.compile(r"[0-9a-f]{32}")
_DEVICE_SECONDS = 365 * 24 * 3600
RESEND_SECONDS = 60
# Nothing of another origin, no inline script, no frame around the form.
_CSP = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


class OwnerLogin(http.Controller):
    """Owners log in by phone and one-time code (IT-POR-01): phone, code, outlet.

    Every answer to a phone is the same whether it is an owner's or not; a closed
    outlet's owner is as unknown as a stranger.
    """

    # === PAGES === #

    @http.route(
        "/owner/login", type="http", auth="public", methods=["GET"], sitemap=False
    )
    def login(self, redirect=None, **_params):
        """Show the page; whoever is logged in as owner goes on at once."""
        user = request.env.user
        if user._is_portal():
            return request.redirect(self._get_next(redirect))
        response = self._render(
            "outlet_channel.owner_login",
            {
                "redirect": safe_path(redirect, HOME),
                "resend_seconds": RESEND_SECONDS,
                "lifetime_minutes": int(CODE_LIFETIME.total_seconds()) // 60,
                "is_staff": user._is_internal(),
            },
        )
        if not self._get_device():
            response.set_cookie(
                DEVICE_COOKIE,
                secrets.token_hex(16),
                max_age=_DEVICE_SECONDS,
                httponly=True,
                secure=request.httprequest.is_secure,
                samesite="Lax",
            )
        return response

    @http.route(
        "/owner/outlet", type="http", auth="public", methods=["GET"], sitemap=False
    )
    def outlet(self, redirect=None, **_params):
        """Let an owner of several outlets choose the one to work with."""
        if not request.env.user._is_portal():
            return request.redirect_query(
                "/owner/login", {"redirect": safe_path(redirect, HOME)}
            )
        outlets = self._get_outlets()
        if len(outlets) < 2:
            return request.redirect(safe_path(redirect, HOME))
        return self._render(
            "outlet_channel.owner_choose_outlet",
            {
                "outlets": outlets,
                "current": outlets._get_owner_outlet(request),
                "redirect": safe_path(redirect, HOME),
            },
        )

    @http.route("/owner/outlet/use", type="http", auth="user", methods=["POST"])
    def use_outlet(self, outlet_id="", redirect=None, **_params):
        """Remember the choice; an outlet that isn't the owner's is not found."""
        wanted = int(outlet_id) if outlet_id.isdecimal() and len(outlet_id) < 10 else 0
        outlet = self._get_outlets().filtered(lambda o: o.id == wanted)
        if not outlet:
            return request.redirect_query(
                "/owner/outlet", {"redirect": safe_path(redirect, HOME)}
            )
        request.session["lottery_outlet_id"] = outlet.id
        return request.redirect(safe_path(redirect, HOME))

    @http.route(
        "/owner/logout", type="http", auth="public", methods=["GET"], sitemap=False
    )
    def confirm_logout(self, **_params):
        """Ask before leaving: a link alone must not end a session."""
        if not request.session.uid:
            return request.redirect("/owner/login")
        return self._render("outlet_channel.owner_logout", {})

    @http.route("/owner/logout", type="http", auth="public", methods=["POST"])
    def logout(self, **_params):
        request.session.logout(keep_db=True)
        return request.redirect("/owner/login", 303)

    # === CALLS OF THE PAGE === #

    # JSON only: a form of another site can't send it without the browser asking first.

    @http.route("/owner/login/code", type="jsonrpc", auth="public", methods=["POST"])
    def request_code(self, phone=None, proof=None, **_params):
        """Send a code. Answers ``{"ok": True, "challenge", "hint", "wait"}`` or
        ``{"ok": False, "code", "message", "wait"}``."""
        known = bool(request.env["res.users"]._find_owner_user(self._get_text(phone)))
        try:
            challenge = request.env["lottery.otp"]._request_code(
                self._get_text(phone),
                PURPOSE,
                address=get_address(),
                device=self._get_device(),
                proof=proof,
                known=known,
            )
        except OtpRefused as refusal:
            return {
                "ok": False,
                "code": refusal.code,
                "message": refusal.args[0],
                "wait": refusal.retry_after,
            }
        return {
            "ok": True,
            "challenge": challenge,
            "hint": mask_phone(normalize_mobile(phone)),
            "wait": RESEND_SECONDS,
        }

    @http.route("/owner/login/verify", type="jsonrpc", auth="public", methods=["POST"])
    def verify(self, phone=None, challenge=None, code=None, redirect=None, **_params):
        """Log in. Answers ``{"ok": True, "redirect"}`` or ``{"ok": False, "message",
        "tries_left"}``."""
        credential = {
            "type": "otp",
            "login": normalize_mobile(self._get_text(phone)) or "",
            "challenge": self._get_text(challenge),
            "code": self._get_text(code),
        }
        try:
            request.session.authenticate(request.env, credential)
        except OtpDenied as denial:
            return {
                "ok": False,
                "message": denial.args[0],
                "tries_left": denial.tries_left,
            }
        except (AccessDenied, OtpRefused) as denial:
            return {"ok": False, "message": denial.args[0], "tries_left": 0}
        request.session.pop("lottery_outlet_id", None)
        if not request.session.uid:  # the owner has set up a second factor
            user_sudo = request.env["res.users"].sudo().browse(request.session.pre_uid)
            return {"ok": True, "redirect": user_sudo._mfa_url()}
        return {"ok": True, "redirect": self._get_next(redirect)}

    # === HELPERS === #

    def _get_text(self, value):
        return value[:200] if isinstance(value, str) else ""

    def _get_device(self):
        mark = request.httprequest.cookies.get(DEVICE_COOKIE, "")
        return mark if _DEVICE.fullmatch(mark) else None

    def _get_outlets(self):
        """Return the outlets of the logged-in owner, searched as the owner."""
        return request.env["lottery.outlet"].search(
            [("user_id", "=", request.env.uid), ("state", "in", LOGIN_STATES)]
        )

    def _get_next(self, redirect):
        """Return where a logged-in owner goes, by way of the choice if there is one."""
        path = safe_path(redirect, HOME)
        if len(self._get_outlets()) > 1 and not request.session.get(
            "lottery_outlet_id"
        ):
            return f"/owner/outlet?{urlencode({'redirect': path})}"
        return path

    def _get_assets(self):
        """Return the attributes of the page's ``link`` and ``script`` elements, without
        core's inline error handlers, which the page's security policy forbids."""
        nodes = request.env["ir.qweb"]._get_asset_nodes(
            "outlet_channel.assets_owner_login", defer_load=True
        )
        assets = {"link": [], "script": []}
        for tag, attributes in nodes:
            assets[tag].append(
                {name: attributes[name] for name in attributes if name != "onerror"}
            )
        return assets

    def _render(self, template, values):
        company_sudo = request.env.company.sudo()  # only its name, on a public page
        response = request.render(
            template,
            {
                "authority": company_sudo.name,
                "page_lang": (request.env.lang or "zh_CN").replace("_", "-"),
                "assets": self._get_assets(),
                **values,
            },
        )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = _CSP
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
