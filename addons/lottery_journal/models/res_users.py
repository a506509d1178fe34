from odoo import models, tools
from odoo.exceptions import AccessDenied


class ResUsers(models.Model):
    """Logins are logged, those that fail too (PF-AUD-01).

    An `AccessDenied` may say by its attribute ``log_result`` what it is in the log
    (``locked``, ``refused``), and by ``log_attempts`` the tries so far; a
    ``log_result`` of None is not logged.
    """

    _inherit = "res.users"

    @tools.ormcache("self.id")
    def _get_log_unit(self):
        """Return the id of the user's first unit for the logs, or None."""
        user_sudo = self.sudo()  # written beside each entry, shown by the log's rule
        return user_sudo.exists().branch_id.id or None

    @tools.ormcache("self.id")
    def _get_log_role(self):
        """Return the id of the role in use, else of the only role, or None."""
        user_sudo = self.sudo()
        roles = user_sudo.role_in_use_id or user_sudo.role_ids
        return roles.id if len(roles) == 1 else None

    def _get_invalidation_fields(self):
        return super()._get_invalidation_fields() | {
            "branch_ids",
            "role_line_ids",
            "role_in_use_id",
        }

    def _on_role_switched(self, old, new):
        result = super()._on_role_switched(old, new)
        self.env["lottery.journal"]._append(
            [
                {
                    "event": "role.switched",
                    "model": "res.users",
                    "res_id": user.id,
                    "branch_id": user._get_log_unit(),
                    "values": {"old": old.sudo().name, "new": new.sudo().name},
                }
                for user in self
            ]
        )
        return result

    def authenticate(self, credential, user_agent_env):
        log = self.env["lottery.log.login"]
        interactive = (user_agent_env or {}).get("interactive", True)
        kind = self._get_log_kind(credential, interactive)
        try:
            info = super().authenticate(credential, user_agent_env)
        except AccessDenied as error:
            self._log_denial(error, kind, credential.get("login"))
            raise
        user = self.browse(info["uid"])
        if info.get("auth_method") == "apikey":
            kind = "apikey"
        half = interactive and info.get("mfa") != "skip" and user._mfa_url()
        log._log("half" if half else "ok", kind, user=user.sudo())
        return info

    def _check_uid_passwd(self, uid, passwd):
        user = self.browse(uid)
        try:
            result = super()._check_uid_passwd(uid, passwd)
        except AccessDenied as error:
            self._log_denial(error, "rpc", user=user.sudo().exists())
            raise
        self.env["lottery.log.login"]._log_program(user.sudo(), "rpc")
        return result

    def _log_denial(self, error, kind, login=None, user=None):
        result = getattr(error, "log_result", "failed")
        if result:
            self.env["lottery.log.login"]._log(
                result,
                kind,
                login=login,
                user=user,
                apart=True,
                attempts=getattr(error, "log_attempts", None),
            )

    def _get_log_kind(self, credential, interactive):
        match credential.get("type"):
            case "otp":
                return "otp"
            case "webauthn":
                return "passkey"
        return "web" if interactive else "rpc"
