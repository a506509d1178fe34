from odoo import api, models

from ..const import EXPORTER

# An object, not a value: nothing that arrives over RPC can be identical to it.
GRANTED = object()
EXPORT_KEY = "lottery_access_export"


class ResUsers(models.Model):
    _inherit = "res.users"

    def has_group(self, group_ext_id):
        """Let an export pass that the user's roles allow for this object."""
        if (
            group_ext_id == EXPORTER
            and self.env.context.get(EXPORT_KEY) is GRANTED
            and self == self.env.user
        ):
            return True
        return super().has_group(group_ext_id)

    # === JOURNAL === #

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        staff_sudo = users.sudo().filtered(lambda user: not user.share)
        self.env["lottery.journal"]._append_groups(
            {user.id: (set(), set(user.group_ids.ids)) for user in staff_sudo}
        )
        return users

    def write(self, vals):
        given = vals.keys() & {"group_ids", "role_line_ids"}
        if not given and "role_in_use_id" not in vals:
            return super().write(vals)
        with self.env["lottery.journal"]._watch_groups(self, quiet=not given):
            result = super().write(vals)
        self.env.registry.clear_cache()  # what is known of the users' roles
        return result

    def set_groups_from_roles(self, force=False):
        with self.env["lottery.journal"]._watch_groups(self):
            return super().set_groups_from_roles(force)
