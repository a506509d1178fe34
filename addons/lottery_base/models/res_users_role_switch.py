from odoo import api, fields, models
from odoo.exceptions import AccessError


class ResUsers(models.Model):
    """Who has several roles works in one of them, or in all (PF-USR-02).

    The role in use decides which groups the user is in, so menus, access lines and
    record rules follow it everywhere, in every session of the user, without knowing of
    it. `base_user_role` computes the groups again at every write and by its cron; it
    asks `_get_enabled_roles`, which keeps to the role in use.
    """

    _inherit = "res.users"

    role_in_use_id = fields.Many2one(
        comodel_name="res.users.role",
        string="Role in Use",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Empty: all roles of the user count.",
    )
    role_ids_available = fields.Many2many(
        comodel_name="res.users.role",
        string="Roles to Choose From",
        compute="_compute_role_ids_available",
        compute_sudo=True,  # the lines are the administrator's
        help="Roles of the user that are valid today.",
    )

    @api.depends("role_line_ids.role_id", "role_line_ids.is_enabled")
    def _compute_role_ids_available(self):
        for user in self:
            lines = user.role_line_ids.filtered("is_enabled")
            user.role_ids_available = lines.role_id.sorted("sequence")

    @api.model
    def action_switch_role(self, role_id=False):
        """Take a role of one's own, or all of them (no id); the page reloads then.

        :raise AccessError: not a role of the user, or not valid today
        """
        user = self.env.user
        role = user.role_ids_available.filtered(lambda role: role.id == role_id)
        if role_id and not role:
            self._refuse_role()
        user._switch_role(role)
        return True

    def _switch_role(self, role):
        """Let the user work in ``role`` from now on; an empty ``role``: in all.

        Groups are set anew and the caches that hold rules and menus are cleared.

        :param role: ``res.users.role``, one of `role_ids_available` or empty
        :raise AccessError: the role is not the user's today
        """
        self.ensure_one()
        user_sudo = self.sudo()  # users do not write their own groups
        old_sudo = user_sudo.role_in_use_id
        if role - user_sudo.role_ids_available:
            self._refuse_role()
        if role == old_sudo:
            return
        user_sudo.write({"role_in_use_id": role.id})
        self.env.registry.clear_cache()
        self._bus_send(
            "lottery_role_switched",
            {"id": role.id, "name": role.sudo().name or self.env._("All Roles")},
        )
        self._on_role_switched(old_sudo.with_env(self.env), role)

    def _on_role_switched(self, old, new):
        """Hook: the user works in ``new`` instead of ``old``; empty stands for all."""

    def _refuse_role(self):
        raise AccessError(self.env._("This role is not yours, or not valid today."))

    def _get_enabled_roles(self):
        lines = super()._get_enabled_roles()
        if not self.role_in_use_id:
            return lines
        return lines.filtered(lambda line: line.role_id == self.role_in_use_id)

    def set_groups_from_roles(self, force=False):
        self._drop_lost_role()
        return super().set_groups_from_roles(force=force)

    def _drop_lost_role(self):
        """Fall back to all roles where the one in use was taken away or has ended."""
        for user_sudo in self.sudo():
            old_sudo = user_sudo.role_in_use_id
            if old_sudo and old_sudo not in user_sudo.role_ids_available:
                user_sudo._switch_role(old_sudo.browse())

    def _get_role_choice(self):
        """Return what the switch in the top bar shows."""
        return {
            "current": self.sudo().role_in_use_id.id,
            # names of roles are no secret to those who have them
            "roles": self.role_ids_available.sudo().read(["name"]),
        }


class ResUsersRoleLine(models.Model):
    _inherit = "res.users.role.line"

    @api.depends("date_from", "date_to")
    def _compute_is_enabled(self):
        """A day begins and ends where the user is, not in Greenwich."""
        for line in self:
            today = fields.Date.context_today(
                line.with_context(tz=line.user_id.tz or self.env.user.tz)
            )
            line.is_enabled = (not line.date_from or line.date_from <= today) and (
                not line.date_to or today <= line.date_to
            )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        users_sudo = lines.user_id.sudo()
        # the cache of who is out of service does not learn of new lines
        users_sudo.invalidate_recordset(["role_line_ids"])
        users_sudo.set_groups_from_roles()
        return lines

    def write(self, vals):
        users_sudo = self.sudo().user_id
        result = super().write(vals)
        (users_sudo | self.sudo().user_id).set_groups_from_roles(force=True)
        return result
