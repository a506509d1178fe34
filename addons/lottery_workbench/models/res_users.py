from odoo import api, fields, models
from odoo.fields import Domain


class ResUsers(models.Model):
    _inherit = "res.users"

    audience_branch_ids = fields.Many2many(
        "lottery.branch",
        compute="_compute_audience_branch_ids",
        compute_sudo=True,
        string="Units Whose Announcements Arrive",
    )
    held_role_ids = fields.Many2many(
        "res.users.role",
        compute="_compute_held_role_ids",
        compute_sudo=True,
        string="Roles Held",
    )

    @api.depends("branch_ids.parent_path")
    def _compute_audience_branch_ids(self):
        """The user's units and all above: what is told to those is told to the user."""
        for user in self:
            paths = user.branch_ids.mapped("parent_path")
            user.audience_branch_ids = self.env["lottery.branch"].browse(
                {
                    int(part)
                    for path in paths
                    for part in (path or "").split("/")
                    if part
                }
            )

    @api.depends("role_line_ids.role_id", "group_ids")
    def _compute_held_role_ids(self):
        """Roles by their lines; for an account without lines those its groups make."""
        roles = self.env["res.users.role"].search([("implied_ids", "!=", False)])
        for user in self:
            if lines := user.role_line_ids:
                user.held_role_ids = lines.filtered("is_enabled").role_id
            else:
                groups = user.all_group_ids
                user.held_role_ids = roles.filtered(
                    lambda role, groups=groups: role.implied_ids <= groups
                )

    @api.model
    def _get_role_domain(self, roles):
        """Return the domain of users who hold one of ``roles``, as `held_role_ids`."""
        return Domain("role_line_ids.role_id", "in", roles.ids) | (
            Domain("role_line_ids", "=", False)
            & Domain("all_group_ids", "in", roles.implied_ids.ids)
        )

    def _get_home_roles(self):
        """Return the roles a home page is laid out for: the one in use, else all."""
        self.ensure_one()
        user_sudo = self.sudo()  # roles are nobody's to read but administrators'
        return user_sudo.role_in_use_id or user_sudo.held_role_ids


class ResUsersRoleLine(models.Model):
    """Rules of announcements follow the roles, and rules are cached."""

    _inherit = "res.users.role.line"

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
