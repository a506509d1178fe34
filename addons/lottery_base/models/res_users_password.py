from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessDenied, UserError

from ..engine.password import make_password

URL = "/lottery/password"


class ResUsers(models.Model):
    """Passwords an administrator of the unit gives anew (PF-USR-01).

    Either the user gets a link by e-mail, or a one-time password is shown to the
    administrator once. It opens nothing but the page where the user sets another, and
    not even that after its time; other systems don't get in with it at all.
    """

    _inherit = "res.users"

    # Set: the password is a one-time password.
    password_valid_until = fields.Datetime(groups=fields.NO_ACCESS, copy=False)

    def write(self, vals):
        if "password" in vals and "password_valid_until" not in vals:
            # nobody may write the field, core's administrator neither
            given_sudo = self.sudo().filtered("password_valid_until")
            given_sudo.password_valid_until = False
        return super().write(vals)

    # === DOORS === #

    def action_reset_staff_password(self):
        """Open the choice between link and one-time password."""
        self.ensure_one()
        self._check_reset()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reset Password"),
            "res_model": "lottery.user.password",
            "view_mode": "form",
            "target": "new",
            "context": {"default_user_id": self.id},
        }

    def _send_password_link(self):
        self._check_reset()
        if not self.sudo().email:
            raise UserError(
                self.env._("E-mail: “%(name)s” has none.", name=self.sudo().name)
            )
        self._note_reset("mail")
        # the link is the user's; who asks for it never sees it
        return self.sudo()._action_reset_password(signup_type="reset")

    def _set_one_time_password(self):
        """Give the user a password for one log-in; return it, it is kept nowhere."""
        self._check_reset()
        password = make_password()
        hours = self.env["lottery.parameter"]._get(
            "base.one_time_password_hours", self.sudo().branch_id
        )
        until = fields.Datetime.now() + timedelta(hours=hours)
        # passwords are no field of an administrator of a unit
        self.sudo().write({"password": password, "password_valid_until": until})
        self._note_reset("one_time")
        return password

    def _check_reset(self):
        """Refuse for whom the user does not manage, and for the user's own password."""
        self.ensure_one()
        self.check_access("write")
        if self == self.env.user:
            raise UserError(
                self.env._("Your own password: change it in your preferences.")
            )
        if not self.sudo().active:
            raise UserError(
                self.env._("“%(name)s” is not in service.", name=self.sudo().name)
            )

    def _note_reset(self, way):
        self._history_add([("password", "", way)], self.env.uid)

    # === LOG-IN === #

    def _check_credentials(self, credential, env):
        info = super()._check_credentials(credential, env)
        until = self.env.user.sudo().password_valid_until
        if until and info["auth_method"] == "password":
            if until < fields.Datetime.now():
                raise AccessDenied()
        return info

    def _mfa_url(self):
        return URL if self._has_one_time_password() else super()._mfa_url()

    def _rpc_api_keys_only(self):
        return self._has_one_time_password() or super()._rpc_api_keys_only()

    def _has_one_time_password(self):
        return bool(self.sudo().password_valid_until)

    def _replace_one_time_password(self, password, again):
        """Set the password the user has chosen.

        :raise UserError: names what is wrong; addons with password rules add theirs
        """
        self.ensure_one()
        user_sudo = self.sudo()
        if user_sudo.password_valid_until < fields.Datetime.now():
            raise UserError(
                self.env._("The one-time password has expired. Ask for another one.")
            )
        if password != again:
            raise UserError(self.env._("The two passwords differ."))
        if user_sudo._is_present_password(password):
            raise UserError(
                self.env._("Choose another password than the one-time password.")
            )
        user_sudo._change_password(password)

    def _is_present_password(self, password):
        # `_check_credentials` would count a wrong guess, and a new password is one
        self.flush_recordset()
        self.env.cr.execute("SELECT password FROM res_users WHERE id = %s", [self.id])
        [hashed] = self.env.cr.fetchone()
        return bool(hashed) and self._crypt_context().verify(password, hashed)
