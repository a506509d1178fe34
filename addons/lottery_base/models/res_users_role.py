from odoo import api, fields, models

from .res_users_guard import PRIVILEGED


class ResUsersRole(models.Model):
    _inherit = "res.users.role"

    granted_by = fields.Selection(
        selection=[
            ("branch_admin", "Unit Administrators"),
            ("admin", "Suite Administrators"),
        ],
        required=True,
        default="admin",
        help="Who may give this role to people of their units.",
    )

    @api.model
    def _get_grantable(self):
        """Return the roles the current user may give.

        None that leads to the administration of the system, whatever it says.
        """
        user = self.env.user
        if user.has_group(PRIVILEGED[0]):
            return self.search([("granted_by", "in", ["branch_admin", "admin"])])
        levels = []
        if user.has_group("lottery_base.group_branch_admin"):
            levels.append("branch_admin")
        if user.has_group("lottery_base.group_admin"):
            levels.append("admin")
        closed = self.env["res.groups"].browse(
            self.env.ref(group).id for group in PRIVILEGED
        )
        return self.search([("granted_by", "in", levels)]).filtered(
            lambda role: not role.group_id.all_implied_ids & closed
        )
