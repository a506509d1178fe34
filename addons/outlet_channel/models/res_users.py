from odoo import models
from odoo.exceptions import AccessError

# What identifies an owner: number and name are on the contract, an address would open
# core's password reset beside the one-time code.
_OWNER_FIXED_FIELDS = {"phone", "name", "email"}


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        """Core lets users change their own contact data; an owner's mobile number is
        the login and the delivery contact, so staff changes it after a check."""
        if (
            not self.env.su
            and _OWNER_FIXED_FIELDS & set(vals)
            and self.env.user.share
            and self.env.user.partner_id.is_outlet_owner
        ):
            raise AccessError(
                self.env._(
                    "Owners can't change name, mobile or e-mail themselves. Ask the "
                    "specialist of the outlet."
                )
            )
        return super().write(vals)
