import base64
import io
import logging
import os
import time
from urllib.parse import quote, urlencode

import qrcode

from odoo import http
from odoo.exceptions import AccessDenied, UserError
from odoo.http import request

from odoo.addons.auth_passkey._vendor.webauthn.helpers import exceptions as webauthn
from odoo.addons.auth_totp.models.totp import (
    ALGORITHM,
    DIGITS,
    TIMESTEP,
    TOTP_SECRET_SIZE,
)
from odoo.addons.lottery_journal.tools.client import get_device

from ..models.res_users_gate import FACTOR_URL, PASSKEY_URL, PASSWORD_URL

_logger = logging.getLogger(__name__)

HOME = "/odoo"
# What the browser hands in as a passkey and isn't one; an answer to no question of ours.
PASSKEY_FAULTS = (
    AccessDenied,
    KeyError,
    TypeError,
    ValueError,
    *(fault for fault in vars(webauthn).values() if isinstance(fault, type)),
)


def _safe_path(path):
    """Return a path of this site, the home page for anything else."""
    path = path or ""
    good = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if good and path.isprintable() else HOME


class LoginDuty(http.Controller):
    """What has to be done before anything else (PF-SEC-05): a new password, a second
    factor. The only pages a user with such a duty is served."""

    # === PASSWORD === #

    @http.route(
        PASSWORD_URL,
        type="http",
        auth="user",
        methods=["GET", "POST"],
        sitemap=False,
        check_identity=False,
        lottery_duty=True,
    )
    def password(self, redirect=None, **form):
        """Ask for a new password; who need not change it may."""
        user = request.env.user
        if not user._is_internal():
            return request.redirect(HOME)
        error = None
        if request.httprequest.method == "POST":
            error = self._change_password(form)
            if not error:
                return request.redirect(_safe_path(redirect))
        policy = request.env["lottery.login.policy"]._get_numbers()
        gate = user._get_login_gate()
        return self._render(
            "lottery_login.password",
            error=error,
            redirect=_safe_path(redirect),
            login=user.login,
            policy=policy,
            given=gate.must_change,
        )

    def _change_password(self, form):
        """Change it; return what is wrong, None when it is done."""
        env = request.env
        old, new = form.get("old_password") or "", form.get("new_password") or ""
        if not old or not new:
            return env._("Fill in all fields.")
        if new != (form.get("confirm_password") or ""):
            return env._("The two new passwords are not the same.")
        try:
            with env.cr.savepoint():
                env["res.users"].change_password(old, new)
        except AccessDenied as denial:
            standard = denial.args == AccessDenied().args
            return (
                env._("The present password is wrong.") if standard else denial.args[0]
            )
        except UserError as error:
            return error.args[0]
        self._keep_session()
        return None

    def _keep_session(self):
        """What the session is proved by has changed; it is still the same user's."""
        request.env.flush_all()
        request.env.registry.clear_cache()
        session = request.session
        session.session_token = request.env.user._compute_session_token(session.sid)

    # === SECOND FACTOR === #

    @http.route(
        FACTOR_URL,
        type="http",
        auth="user",
        methods=["GET", "POST"],
        sitemap=False,
        check_identity=False,
        lottery_duty=True,
    )
    def factor(self, redirect=None, **form):
        """Set up a passkey or an authenticator app."""
        user = request.env.user
        if not user._is_internal() or user.totp_enabled:
            return request.redirect(_safe_path(redirect))
        error = None
        if request.httprequest.method == "POST":
            error = self._set_up_factor(user, form)
            if not error:
                return request.redirect(_safe_path(redirect))
        secret = self._get_secret()
        return self._render(
            "lottery_login.factor",
            error=error,
            redirect=_safe_path(redirect),
            login=user.login,
            secret=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
            qrcode=self._draw(user, secret),
        )

    def _get_secret(self):
        """Return the secret offered in this session; the same until it is taken."""
        if not request.session.get("lottery_totp_secret"):
            secret = base64.b32encode(os.urandom(TOTP_SECRET_SIZE // 8)).decode()
            request.session["lottery_totp_secret"] = secret
        return request.session["lottery_totp_secret"]

    @http.route(
        PASSKEY_URL,
        type="jsonrpc",
        auth="user",
        methods=["POST"],
        check_identity=False,
        lottery_duty=True,
    )
    def start_passkey(self, password=None):
        """Return what the browser makes a passkey of, for one answer; or the fault.

        The password first: the device would keep a passkey that nobody takes.
        """
        user = request.env.user
        if not user._is_internal():
            raise request.not_found()
        if fault := self._check_password(user, password):
            return {"fault": fault}
        return {"options": request.env["auth.passkey.key"]._start_registration()}

    def _set_up_factor(self, user, form):
        """Bind passkey or app; return what is wrong, None when it is done.

        The password is asked for again: a stolen session must not choose the factor.
        """
        kind = "passkey" if form.get("passkey") else "app"
        code = "".join(filter(str.isdecimal, form.get("code") or ""))
        if kind == "app" and len(code) != DIGITS:
            return request.env._("The code has %(count)s digits.", count=DIGITS)
        fault = self._check_password(user, form.get("password"))
        if not fault and kind == "passkey":
            fault = self._bind_passkey(form["passkey"])
        elif not fault:
            fault = self._bind_app(user, code)
        if not fault:
            request.session.pop("lottery_totp_secret", None)
            user._journal_account("user.factor_set_up", kind=kind)
        return fault

    def _check_password(self, user, password):
        """Return what is wrong with it, None when it is right."""
        env = request.env
        credential = {
            "type": "password",
            "login": user.login,
            "password": password if isinstance(password, str) else "",
        }
        try:
            with user._assert_can_auth(user=user.login):
                user._check_credentials(credential, {"interactive": True})
        except AccessDenied as denial:
            standard = denial.args == AccessDenied().args
            return env._("The password is wrong.") if standard else denial.args[0]
        return None

    def _bind_app(self, user, code):
        if not user._totp_try_setting(self._get_secret(), int(code)):
            return request.env._(
                "The code is not right. Take the one the app shows now."
            )
        return None

    def _bind_passkey(self, registration):
        """Keep the passkey that the browser made, by core's own way.

        :param str registration: JSON, the browser's answer to `start_passkey`
        """
        env = request.env
        # core asks for the password once more unless that was minutes ago: it was now
        request.session["identity-check-last"] = time.time()
        device = get_device()
        name = " · ".join(filter(None, (device["browser"], device["platform"])))
        try:
            with env.cr.savepoint():
                maker = env["auth.passkey.key.create"].create(
                    {"name": name or env._("Passkey")}
                )
                maker.make_key(registration)
        except PASSKEY_FAULTS as fault:
            _logger.info("Passkey refused: %s", fault)
            return env._("The passkey could not be set up. Please try again.")
        return None

    def _draw(self, user, secret):
        issuer = user.company_id.name
        label = quote(f"{issuer}:{user.login}", safe=":")
        query = urlencode(
            {
                "secret": secret,
                "issuer": issuer,
                "algorithm": ALGORITHM.upper(),
                "digits": DIGITS,
                "period": TIMESTEP,
            },
            quote_via=quote,
        )
        image = io.BytesIO()
        qrcode.make(f"otpauth://totp/{label}?{query}", box_size=5, border=2).save(
            image, optimise=True, format="PNG"
        )
        return base64.b64encode(image.getvalue()).decode()

    def _render(self, template, **values):
        response = request.render(template, values)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
        return response
