from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command

# What the suite's administrator sets on a role. The rest of a group (access lines,
# rules, views) would let them give what they do not have.
SETTABLE = {
    "name",
    "comment",
    "sequence",
    "is_default",
    "implied_ids",
    "line_ids",
    "operation_ids",
    "access_menu_ids",
}
GROUP_COMMANDS = {Command.LINK, Command.UNLINK, Command.SET, Command.CLEAR}
LINE_VALUES = {"user_id", "date_from", "date_to"}


class ResUsersRole(models.Model):
    """Roles as the suite's administrator makes them, without code (PF-SEC-01).

    `base_user_role` leaves roles to those who may make anybody a system administrator.
    Here the suite's administrator may make them too, of the suite's groups and of what
    they have themselves.
    """

    _inherit = "res.users.role"

    operation_ids = fields.One2many(
        comodel_name="lottery.access.operation",
        inverse_name="role_id",
        string="Objects and Operations",
    )
    access_menu_ids = fields.One2many(
        comodel_name="lottery.access.menu", inverse_name="role_id", string="Menus"
    )
    user_count = fields.Integer("Number of Users", compute="_compute_user_count")
    setting_count = fields.Integer("Settings", compute="_compute_setting_count")
    available_group_ids = fields.Many2many(
        comodel_name="res.groups", compute="_compute_available_group_ids"
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "implied_ids" in fields and not values.get("implied_ids"):
            staff = self.env.ref("lottery_base.group_user")
            values["implied_ids"] = [Command.set(staff.ids)]
        return values

    @api.depends("line_ids")
    def _compute_user_count(self):
        counts = dict(
            self.env["res.users.role.line"]
            .sudo()
            ._read_group([("role_id", "in", self.ids)], ["role_id"], ["__count"])
        )
        for role in self:
            role.user_count = counts.get(role._origin, 0)

    @api.depends("operation_ids", "access_menu_ids")
    def _compute_setting_count(self):
        operations, menus = (
            dict(
                self.env[model]
                .sudo()
                ._read_group(
                    [("role_id", "in", self.ids), condition], ["role_id"], ["__count"]
                )
            )
            for model, condition in (
                ("lottery.access.operation", ("is_set", "=", True)),
                ("lottery.access.menu", ("menu_right", "!=", "inherit")),
            )
        )
        for role in self:
            key = role._origin
            role.setting_count = operations.get(key, 0) + menus.get(key, 0)

    @api.depends_context("uid")
    def _compute_available_group_ids(self):
        self.available_group_ids = self._get_available_groups()

    @api.model
    def _get_available_groups(self):
        """Return the groups the present user may compose a role of."""
        groups_sudo = self.env["res.groups"].sudo()
        if self._may_do_all():
            return groups_sudo.search([("role_id", "=", False)])
        suite = self.env["lottery.access"]._get_suite_groups()
        return suite.all_implied_ids | self.env.user.sudo().all_group_ids

    @api.model
    def _may_do_all(self):
        return self.env.user.has_group("base.group_system") or (
            self.env.su and self.env.uid == api.SUPERUSER_ID
        )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        available = self._get_limit()
        model = self._open(vals_list)
        roles = super(ResUsersRole, model).create(vals_list)
        # making a role leaves it nameless in other languages of the same transaction
        roles.invalidate_recordset(["name"])
        roles.line_ids.invalidate_recordset(["name"])
        self.env["lottery.access.object"]._sync()
        self.env["lottery.access"]._forget()
        roles = roles.with_env(self.env)
        roles._check_composition(available)
        self.env["lottery.journal"]._append_states(
            "permission.role_created", {role: role._describe() for role in roles}
        )
        return roles

    def write(self, vals):
        available = self._get_limit()
        roles = self._open([vals])
        before = {role: role._describe() for role in self}
        # what is below pops values it writes elsewhere
        result = super(ResUsersRole, roles).write(dict(vals))
        self.env["lottery.access"]._forget()
        if vals.keys() & {"implied_ids", "line_ids"}:
            self._check_composition(available)
        self.env["lottery.journal"]._append_changes(
            "permission.role_changed", before, lambda role: role._describe()
        )
        return result

    def unlink(self):
        roles = self._open([])
        self._check_composition(self._get_limit())
        self.env["lottery.journal"]._append_states(
            "permission.role_deleted", {role: role._describe() for role in self}
        )
        # their access lines would keep the groups
        self.sudo().operation_ids.unlink()
        result = super(ResUsersRole, roles).unlink()
        self.env["lottery.access"]._forget()
        return result

    def _open(self, vals_list):
        """Return the roles as who may write them, after a look at the values.

        :raise AccessError: for values the suite's administrator may not set.
        """
        if self.env.su or self._bypass_rules():
            return self
        self.env["lottery.access"]._check_administrator()
        for vals in vals_list:
            self._check_values(vals)
        # the groups behind roles are closed to the suite's administrator
        return self.sudo()

    def _check_values(self, vals):
        lines = {
            "line_ids": LINE_VALUES,
            "operation_ids": self._get_line_values("operation_ids"),
            "access_menu_ids": {"menu_right"},
        }
        refused = set(vals) - SETTABLE
        for command, *_rest in vals.get("implied_ids") or []:
            if command not in GROUP_COMMANDS:
                refused.add("implied_ids")
        for name, allowed in lines.items():
            own = set(self.sudo()[name].ids)
            for command in vals.get(name) or []:
                if not self._is_safe(command, allowed, own, name == "line_ids"):
                    refused.add(name)
        self._check_users(vals)
        if refused:
            raise AccessError(
                self.env._(
                    "The suite's administrator may not set this on a role: %(names)s.",
                    names=", ".join(sorted(refused)),
                )
            )

    def _check_users(self, vals):
        """Give roles to colleagues in sight alone."""
        ids = {
            command[2]["user_id"]
            for command in vals.get("line_ids") or []
            if len(command) > 2 and isinstance(command[2], dict)
            if command[2].get("user_id")
        }
        users = self.env["res.users"].with_context(active_test=False)
        found = users.search([("id", "in", list(ids)), ("share", "=", False)])
        if len(found) != len(ids):
            raise AccessError(
                self.env._("Users: roles are given to colleagues you see.")
            )

    @api.model
    def _get_line_values(self, name):
        comodel = self.env[self._fields[name].comodel_name]
        return {
            key
            for key in comodel._fields
            if key.endswith("_right") or key in ("scope", "scope_change")
        }

    @staticmethod
    def _is_safe(command, allowed, own, extendable):
        """Whether one command touches only lines of these roles, and only such values."""
        kind, line_id, values = (*command, None, None)[:3]
        if kind == Command.UPDATE:
            return line_id in own and set(values) <= allowed
        if not extendable:
            return False
        if kind == Command.CREATE:
            return set(values) <= allowed
        return kind in (Command.DELETE, Command.UNLINK) and line_id in own

    @api.model
    def _get_limit(self):
        """Return the groups the user may give, None where there is no limit.

        To be asked before a change: afterwards the user may have given them to
        themselves.
        """
        if self._may_do_all() or self._bypass_rules() or not self.env.registry.ready:
            return None
        return self._get_available_groups()

    def _check_composition(self, available):
        """Let nobody give by a role what they may not give.

        :param available: what `_get_limit` said before.
        :raise AccessError: names the groups.
        """
        if available is None:
            return
        for role in self.sudo():
            beyond = role.all_implied_ids - role.group_id - available
            if beyond:
                raise AccessError(
                    self.env._(
                        "“%(role)s” holds groups you do not have: %(groups)s.",
                        role=role.name,
                        groups=", ".join(beyond.mapped("full_name")),
                    )
                )

    @api.constrains("implied_ids")
    def _check_kind(self):
        """A role is for one kind of people: staff or the portal."""
        for role in self:
            if role.group_id in role.implied_ids:
                raise ValidationError(
                    self.env._("Groups: a role cannot contain itself.")
                )

    def _describe(self):
        role_sudo = self.sudo()
        return {
            "role": role_sudo.name,
            "groups": sorted(role_sudo.implied_ids.mapped("full_name")),
            "default": role_sudo.is_default,
        }

    # === ACTIONS === #

    def action_open_users(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("base.action_res_users")
        users = self.sudo().line_ids.user_id
        return {**action, "domain": [("id", "in", users.ids)], "context": {}}

    def action_reset(self):
        """Take back every setting: the role does what its groups say."""
        self.env["lottery.access"]._check_administrator()
        for role in self:
            rights = self._get_line_values("operation_ids")
            values = {
                name: "inherit" if name.endswith("_right") else False for name in rights
            }
            role.operation_ids.filtered("is_set").write(values)
            role.access_menu_ids.filtered(
                lambda line: line.menu_right != "inherit"
            ).write({"menu_right": "inherit"})


class ResUsersRoleLine(models.Model):
    _inherit = "res.users.role.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._journal_permission("permission.role_assigned")
        return lines

    def write(self, vals):
        before = {line: line._describe() for line in self}
        result = super().write(vals)
        self.env["lottery.journal"]._append_changes(
            "permission.role_period_changed", before, lambda line: line._describe()
        )
        return result

    def unlink(self):
        self._journal_permission("permission.role_withdrawn")
        result = super().unlink()
        self.env["lottery.access"]._forget()
        return result

    def _journal_permission(self, event):
        self.env["lottery.journal"]._append_states(
            event, {line: line._describe() for line in self}
        )

    def _describe(self):
        line_sudo = self.sudo()
        return {
            "role": line_sudo.role_id.name,
            "user": line_sudo.user_id.login,
            "from": line_sudo.date_from or None,
            "to": line_sudo.date_to or None,
        }
