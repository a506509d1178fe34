import time
from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import AccessDenied
from odoo.http import request

from odoo.addons.lottery_journal.tools.client import get_address, has_client

from ..exceptions import LoginRefused

# Somebody's password nobody knows, hashed as all are: checked for logins nobody has,
# so that the time of the answer does not tell them from others.
_dummies = {}


class ResUsers(models.Model):
    """The way in: limiter, addresses, second factor (PF-SEC-05)."""

    _inherit = "res.users"

    @contextmanager
    def _assert_can_auth(self, user=None):
        """Core counts in the memory of one process; here the database does."""
        if not has_client():
            yield
            return
        login = user
        if isinstance(user, int):
            login = self.sudo().browse(user).exists().login or f"#{user}"
        with self.env["lottery.login.attempt"]._guard(login):
            yield

    def authenticate(self, credential, user_agent_env):
        if request:
            request.session.pop("lottery_login_at", None)
        return super().authenticate(credential, user_agent_env)

    def _login(self, credential, user_agent_env):
        try:
            return super()._login(credential, user_agent_env)
        except LoginRefused:
            raise
        except AccessDenied as error:
            if error.args != AccessDenied().args:
                raise
            if credential["type"] == "password":
                self._waste_time(credential)
            denial = AccessDenied(self._get_failed_message())
            raise denial from None

    def _waste_time(self, credential):
        """Take as long for a login nobody has as for a wrong password."""
        known = self.sudo().search_count([("login", "=", credential["login"])], limit=1)
        if known or not credential.get("password"):
            return
        crypt = self._crypt_context()
        if crypt not in _dummies:
            _dummies.clear()
            _dummies[crypt] = crypt.hash("nobody's password")
        crypt.verify(credential["password"], _dummies[crypt])

    def _get_failed_message(self):
        """The same for every reason: neither login nor password is confirmed."""
        return self.env._(
            "Wrong login or password, or this address is not allowed to log in."
        )

    def _check_credentials(self, credential, env):
        gate = self.env.user._get_login_gate()
        interactive = (env or {}).get("interactive", True)
        second = credential["type"] in ("totp", "totp_mail")
        try:
            info = super()._check_credentials(credential, env)
        except AccessDenied:
            if second:
                self._log_factor("failed", apart=True)
            raise
        if gate:
            self._check_gate(gate, info, interactive)
        if second:
            self._log_factor("ok")
        return info

    def _check_gate(self, gate, info, interactive):
        """Refuse who is right but may not come in this way."""
        if has_client() and not gate.admits(get_address()):
            raise LoginRefused(self._get_failed_message(), "refused")
        if info["auth_method"] != "password":
            return
        if not interactive and gate.get_duty(time.time()):
            raise LoginRefused(self._get_failed_message(), "failed")
        user = self.env.user
        if interactive and gate.factor_required and user._has_passkey_only():
            raise LoginRefused(
                self.env._("Log in with your passkey: a second factor is required."),
                "failed",
            )

    def _has_passkey_only(self):
        return bool(self.sudo().auth_passkey_key_ids) and not self._mfa_type()

    def _log_factor(self, result, apart=False):
        log = self.env["lottery.log.login"]
        log._log(result, "totp", user=self.env.user.sudo(), apart=apart)

    def _rpc_api_keys_only(self):
        gate = self._get_login_gate()
        return bool(gate and gate.factor_required) or super()._rpc_api_keys_only()

    def _check_uid_passwd(self, uid, passwd):
        """Core remembers a right password; address and duties are asked each time."""
        gate = self.browse(uid)._get_login_gate()
        result = super()._check_uid_passwd(uid, passwd)
        if gate and has_client() and not gate.admits(get_address()):
            refusal = LoginRefused(self._get_failed_message(), "refused")
            self._log_denial(refusal, "rpc", user=self.browse(uid).sudo())
            raise refusal
        if gate and gate.get_duty(time.time()):
            keys = self.with_user(uid).env["res.users.apikeys"]
            if keys._check_credentials(scope="rpc", key=passwd) != uid:
                raise LoginRefused(self._get_failed_message(), "failed")
        return result

    @api.model
    def change_password(self, old_passwd, new_passwd):
        """Also a logged-in stranger must not try passwords without limit."""
        with self._assert_can_auth(user=self.env.user.login):
            return super().change_password(old_passwd, new_passwd)

    def action_unlock_login(self):
        """Let the users try again now; for administrators."""
        self.env["lottery.login.attempt"].search(
            [("user_id", "in", self.ids), ("is_locked", "=", True)]
        ).action_unlock()
