from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL


class ResUsers(models.Model):
    """Who lost phone or key gets in again by an administrator of the unit (PF-SEC-05)."""

    _inherit = "res.users"

    has_second_factor = fields.Boolean(
        "Second Factor Set Up",
        compute="_compute_has_second_factor",
        search="_search_has_second_factor",
        compute_sudo=True,  # passkeys are their owner's to read
    )

    @api.depends("totp_enabled", "auth_passkey_key_ids")
    def _compute_has_second_factor(self):
        for user in self:
            passkeys = user.auth_passkey_key_ids
            user.has_second_factor = user.totp_enabled or bool(passkeys)

    @api.model
    def _search_has_second_factor(self, operator, value):
        if operator != "in":
            return NotImplemented
        owners = self.env["auth.passkey.key"].sudo()._search([]).subselect("create_uid")
        # core's search for False finds who has one
        bound = SQL("(SELECT id FROM res_users WHERE totp_secret IS NOT NULL)")
        found = Domain("id", "in", owners) | Domain("id", "in", bound)
        return found if True in value else ~found

    def action_reset_factor(self):
        """Take app and passkeys from a user of the administrator's own.

        Sessions end; where the group wants a factor the next login sets up another.
        """
        self.ensure_one()
        self.check_access("write")
        if self == self.env.user:
            raise UserError(
                self.env._("Your own second factor: change it in your preferences.")
            )
        user_sudo = self.sudo()  # secrets are nobody's to write
        passkeys = [Command.delete(key.id) for key in user_sudo.auth_passkey_key_ids]
        user_sudo._revoke_all_devices()
        user_sudo.write({"totp_secret": False, "auth_passkey_key_ids": passkeys})
        user_sudo.session_epoch += 1
        self._journal_account("user.factor_reset")
