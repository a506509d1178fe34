from odoo import models
from odoo.tools import ormcache


class IrModelAccess(models.Model):
    _inherit = "ir.model.access"

    @ormcache("self.env.uid", "mode")
    def _get_allowed_models(self, mode="read"):
        """Leave out what every role of the user refuses (PF-SEC-01)."""
        allowed = super()._get_allowed_models(mode)
        if self.env.su or not self.env.user._is_internal():
            return allowed
        return allowed - self.env["lottery.access"]._get_denied_models(
            self.env.uid, mode
        )

    def _make_access_error(self, model, mode):
        """Name the roles where it is their settings that refuse."""
        error = super()._make_access_error(model, mode)
        access = self.env["lottery.access"]
        if model not in access._get_denied_models(self.env.uid, mode):
            return error
        roles_sudo = (
            self.env["res.users.role"]
            .sudo()
            .browse(
                role.id
                for role in access._get_standing(self.env.uid).roles
                if mode in role.get(model).denied
            )
        )
        hint = self.env._(
            "The permissions of your role do not allow this: %(roles)s.",
            roles=", ".join(roles_sudo.mapped("name")),
        )
        error.args = (f"{error.args[0]}\n\n{hint}", *error.args[1:])
        return error
