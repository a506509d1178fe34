from odoo import api, models
from odoo.exceptions import AccessDenied

from odoo.addons.lottery_base.tools.phone import normalize_mobile
from odoo.addons.lottery_journal.tools.client import get_address
from odoo.addons.lottery_message.exceptions import OtpDenied

from ..const import LOGIN_STATES

PURPOSE = "login"

# An object, not a value: nothing that arrives in a request can be identical to it.
_PROVED = object()


class ResUsers(models.Model):
    """Log-in by phone and one-time code: credential type ``otp`` (IT-POR-01).

    Only owners of an outlet in operation use it; staff has passwords and second
    factors, and a code by phone must not be a way around them.
    """

    _inherit = "res.users"

    @api.model
    def _find_owner_user(self, phone):
        """Return the user who logs in with a mobile number, empty if nobody may.

        :return: recordset as superuser: the visitor is nobody yet
        """
        mobile = normalize_mobile(phone)
        if not mobile:
            return self.sudo().browse()
        user_sudo = self.sudo().search(
            [("login", "=", mobile), ("share", "=", True)], limit=1
        )
        return user_sudo if user_sudo._may_use_code() else user_sudo.browse()

    def _may_use_code(self):
        """Tell whether the user is an owner with an outlet that is not closed."""
        user_sudo = self.sudo()  # asked before anybody is logged in
        return (
            bool(user_sudo)
            and user_sudo.active
            and user_sudo._is_portal()
            and bool(
                user_sudo.env["lottery.outlet"].search_count(
                    [("user_id", "=", user_sudo.id), ("state", "in", LOGIN_STATES)],
                    limit=1,
                )
            )
        )

    def _login(self, credential, user_agent_env):
        """Try the code before the user is looked up, so that neither answer nor time
        tells known phones from others. Wrong codes have limits of their own in the
        database and stay out of core's per-process counter."""
        if credential["type"] == "otp":
            credential = self._prove_code(credential)
        return super()._login(credential, user_agent_env=user_agent_env)

    def _prove_code(self, credential):
        """Return the credential with the mark of a right code.

        :raise OtpDenied: when it is wrong, over or not for this phone
        """
        mobile = normalize_mobile(credential.get("login"))
        check = self.env["lottery.otp"]._check_code(
            credential.get("challenge"),
            mobile,
            PURPOSE,
            credential.get("code"),
            address=get_address(),
        )
        if not check.ok:
            raise OtpDenied(self._explain_denial(check), check.tries_left, check.wait)
        return {"type": "otp", "login": mobile, "proved": _PROVED}

    def _check_credentials(self, credential, env):
        if credential["type"] != "otp":
            return super()._check_credentials(credential, env)
        if credential.get("proved") is not _PROVED or not self.env.user._may_use_code():
            raise AccessDenied()
        return {"uid": self.env.user.id, "auth_method": "otp", "mfa": "default"}

    def _explain_denial(self, check):
        if check.wait:
            return self.env._(
                "Too many wrong codes from this network. Try again in %(minutes)s min.",
                minutes=-(-check.wait // 60),
            )
        if check.tries_left:
            return self.env._(
                "The code is not right. Tries left: %(count)s.", count=check.tries_left
            )
        return self.env._("This code is over. Ask for a new one.")
