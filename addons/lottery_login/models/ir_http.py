import time

from odoo import models
from odoo.http import SessionExpiredException, request, root

from odoo.addons.lottery_journal.tools.client import get_address

from ..exceptions import DutyException, LoginRefused


class IrHttp(models.AbstractModel):
    """What each request of staff has to meet (PF-SEC-05): the address, the age of the
    session, and nothing left to be done first. Owners and visitors pass."""

    _inherit = "ir.http"

    @classmethod
    def _authenticate(cls, endpoint):
        super()._authenticate(endpoint)
        auth = endpoint.routing["auth"]
        uid = request.env.uid
        if auth == "none" or not uid:
            return
        gate = request.env.user._get_login_gate()
        if gate:
            cls._pass_gate(gate, endpoint, auth)

    @classmethod
    def _pass_gate(cls, gate, endpoint, auth):
        with_key = auth == "bearer" and "Authorization" in request.httprequest.headers
        is_session = request.session.uid == request.env.uid and not with_key
        if not gate.admits(get_address()):
            refusal = cls._log_refusal(
                request.env.user, "web" if is_session else "apikey"
            )
            if not is_session:
                raise refusal
            cls._end_session(auth, "address refused")
        elif not is_session:
            return  # a program with its key has no duties
        elif cls._is_session_over(gate):
            cls._end_session(auth, "the session is over")
        elif not endpoint.routing.get("lottery_duty"):
            cls._ask_duty(gate, auth)

    @classmethod
    def _ask_duty(cls, gate, auth):
        duty = gate.get_duty(time.time())
        if not duty:
            return
        if auth == "public":
            cls._become_visitor()
        else:
            raise DutyException(duty)

    @classmethod
    def _judge_web_client(cls):
        """Return where the user of the session has to go instead, or None."""
        user = request.env["res.users"].browse(request.session.uid)
        gate = user._get_login_gate()
        if not gate:
            return None
        if not gate.admits(get_address()):
            cls._log_refusal(user, "web")
        elif not cls._is_session_over(gate):
            return gate.get_duty(time.time()) or cls._judge_idleness()
        cls._log_out()
        return "/web/login"

    @classmethod
    def _judge_idleness(cls):
        idle = cls._must_check_identity() or {}
        return "/auth-timeout/check-identity" if idle.get("check_identity") else None

    @classmethod
    def _log_refusal(cls, user, kind):
        """A session or key that turns up at a foreign address."""
        user_sudo = user.sudo()
        refusal = LoginRefused(user_sudo._get_failed_message(), "refused")
        user_sudo._log_denial(refusal, kind, user=user_sudo)
        return refusal

    @classmethod
    def _is_session_over(cls, gate):
        """Core takes the time of creation, which each rotation of the session sets
        anew every three hours; the login's own time does not move."""
        session, now = request.session, time.time()
        begun = session.get("lottery_login_at")
        if begun is None:
            begun = session["lottery_login_at"] = session.get("create_time") or now
        return gate.session_seconds is not None and now >= begun + gate.session_seconds

    @classmethod
    def _end_session(cls, auth, reason):
        cls._log_out()
        if auth == "public":
            cls._become_visitor()
        else:
            raise SessionExpiredException(reason)

    @classmethod
    def _log_out(cls):
        request.session.logout(keep_db=True)
        # some routes (images) don't save what became of the session
        root.session_store.delete(request.session)

    @classmethod
    def _become_visitor(cls):
        request.update_env(user=request.env.ref("base.public_user").id)

    @classmethod
    def _check_identity(cls, credential):
        """The locked screen has the same limit as the login page."""
        if not credential:
            return super()._check_identity(credential)
        with request.env.user._assert_can_auth(user=request.env.user.login):
            return super()._check_identity(credential)

    @classmethod
    def _handle_error(cls, exception):
        is_page = request.dispatcher.routing_type == "http"
        if is_page and isinstance(exception, DutyException):
            return request.redirect_query(
                exception.url, {"redirect": request.httprequest.full_path}
            )
        return super()._handle_error(exception)
