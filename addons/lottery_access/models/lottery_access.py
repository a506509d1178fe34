from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, ormcache

from ..const import (
    ADMINISTRATOR,
    BRANCH,
    EXPORTER,
    OPERATIONS,
    RESERVED_GROUPS,
    SHARER,
    SUITE_CATEGORY,
)
from ..engine.policy import OPEN, Object, Role, Setting, Standing, get_scope, widest


class LotteryAccess(models.AbstractModel):
    """What the roles of a user let them do (PF-SEC-01, PF-SEC-03).

    Everything here is cached in the registry; whoever changes a setting calls
    `_forget`, which reaches all workers. Users of the portal, visitors and the
    superuser are not governed: nothing here changes what they may do.
    """

    _name = "lottery.access"
    _description = "Permissions"

    # === ANSWERS === #

    @api.model
    def _can_approve(self, user, model):
        """Whether the roles of ``user`` let them decide on records of ``model``.

        To be asked before a decision is taken, on whatever door. Who is asked to decide
        is the flow's business; this takes it away where every role that ``user`` works
        in refuses it, and gives nobody a task. Cached: no query.

        :param user: ``res.users`` record, who decides (not who runs the code)
        :param str model: of the record that is decided on, not of its request
        """
        return self._can(user, "approve", model)

    @api.model
    def _can_export(self, model):
        """Whether the present user may take records of ``model`` away as a file.

        To be asked by whatever makes a file of records: before it is made, and again
        when a job makes it later. The group "Access to export feature" counts, what the
        roles in use refuse or give for this object comes on top. True for the superuser.
        Cached: no query.

        :param str model: whose records the file holds; a file of several objects asks
            for each. What is no object of permissions (``lottery.access.object``)
            follows the group alone.
        """
        return self.env.su or self._can(self.env.user, "export", model)

    @api.model
    def _can_share(self, model):
        """Whether the present user may share records of ``model`` they can change.

        Of which records is `lottery.access.share._check_shareable`'s to say.
        """
        return self.env.su or self._can(self.env.user, "share", model)

    @api.model
    def _can(self, user, right, model):
        standing = self._get_standing(user.id)
        if self._has_right(standing.loose, right) and (
            standing.loose or not standing.roles
        ):
            return True
        return any(self._role_has(role, right, model) for role in standing.roles)

    @api.model
    def _role_has(self, role, right, model):
        """Whether one role has a right on ``model``, by its groups and settings."""
        setting = role.get(model)
        if right in setting.denied:
            return False
        if right in OPERATIONS:
            return model in self._get_acl_models(role.groups, right)
        return right in setting.allowed or self._has_right(role.groups, right)

    @api.model
    def _has_right(self, groups, right):
        """Whether groups have one of the rights that no access line knows."""
        if right == "approve":
            return True
        needed = {
            "export": (EXPORTER, "base.group_erp_manager"),
            "share": (SHARER,),
        }[right]
        return any(self._get_group_id(name) in groups for name in needed)

    @api.model
    def _get_group_id(self, xml_id):
        return self.env["ir.model.data"]._xmlid_to_res_id(xml_id)

    # === OF A USER === #

    @api.model
    def _governs(self, model):
        """Whether settings may change what the present user does with ``model``."""
        return (
            not self.env.su
            and model in self._get_objects()
            and self.env.user._is_internal()
        )

    @api.model
    @ormcache("uid")
    def _get_scoped_models(self, uid):
        """Return the models on which something is set about the user's records."""
        objects = self._get_objects()
        return frozenset(
            {model for model, entry in objects.items() if entry.default != OPEN}
            | {
                model
                for role in self._get_standing(uid).roles
                for model, setting in role.settings.items()
                if setting.see or setting.change
            }
        )

    @api.model
    def _governs_shares(self, model):
        return model in self._get_shared_models() and self._governs(model)

    @api.model
    @ormcache("uid")
    def _get_standing(self, uid):
        user_sudo = self.env["res.users"].sudo().browse(uid)
        held = set(user_sudo._get_group_ids())
        roles = tuple(
            role for group_id, role in self._get_roles().items() if group_id in held
        )
        covered = frozenset().union(*(role.groups for role in roles))
        # groups given beside the roles count as one more role that sets nothing
        loose = user_sudo.group_ids.filtered(lambda group: group.id not in covered)
        return Standing(roles, frozenset(loose.all_implied_ids.ids))

    @api.model
    def _get_givers(self, uid, model, operation):
        """Return the roles that have ``operation``, and whether groups beside them do."""
        standing = self._get_standing(uid)
        roles = [
            role for role in standing.roles if self._role_has(role, operation, model)
        ]
        loose = model in self._get_acl_models(
            standing.loose, operation, common=not standing.roles
        )
        return roles, loose

    @api.model
    @ormcache("uid", "operation")
    def _get_denied_models(self, uid, operation):
        """Return the models whose access lines the user's roles take back."""
        denied = {
            model
            for role in self._get_standing(uid).roles
            for model, setting in role.settings.items()
            if operation in setting.denied
        }
        return frozenset(
            model
            for model in denied
            if not any(self._get_givers(uid, model, operation))
        )

    @api.model
    @ormcache("uid", "model", "operation")
    def _get_scopes(self, uid, model, operation):
        """Return the scopes that together say which records the user reaches."""
        roles, loose = self._get_givers(uid, model, operation)
        default = self._get_objects()[model].default
        scopes = [get_scope(role.get(model), default, operation) for role in roles]
        if loose:
            scopes.append(get_scope(Setting(), default, operation))
        return widest(scopes)

    @api.model
    @ormcache("uid")
    def _get_line(self, uid):
        """Return the ids of the user's units and of all above: what is shared there."""
        user_sudo = self.env["res.users"].sudo().browse(uid)
        paths = user_sudo.branch_ids.mapped("parent_path")
        return sorted({int(part) for path in paths for part in path.split("/") if part})

    # === OF THE SETTINGS === #

    @api.model
    @ormcache()
    def _get_roles(self):
        """Return every role by the id of its group."""
        roles_sudo = self.env["res.users.role"].sudo().search(Domain.TRUE)
        settings = self.env["lottery.access.operation"]._read_settings()
        hidden = self.env["lottery.access.menu"]._read_hidden()
        return {
            role.group_id.id: Role(
                role.id,
                role.group_id.id,
                frozenset(role.group_id.all_implied_ids.ids),
                settings.get(role.id, {}),
                frozenset(hidden.get(role.id, ())),
            )
            for role in roles_sudo
        }

    @api.model
    @ormcache()
    def _get_objects(self):
        """Return every active object by the name of its model."""
        objects_sudo = (
            self.env["lottery.access.object"].sudo().search([("active", "=", True)])
        )
        return {
            entry.model: Object(
                entry.default_access,
                tuple(entry.owner_field_ids.sorted("name").mapped("name")),
                self._get_branch_field(entry.model),
            )
            for entry in objects_sudo
            if entry.model in self.env
        }

    @api.model
    def _get_branch_field(self, model):
        """Return the field that says which unit a record of ``model`` belongs to."""
        if model == BRANCH:
            return "id"
        field = self.env[model]._fields.get("branch_id")
        if field and field.store and getattr(field, "comodel_name", "") == BRANCH:
            return "branch_id"
        return ""

    @api.model
    @ormcache("groups", "operation", "common")
    def _get_acl_models(self, groups, operation, common=True):
        """Return the models on which access lines give ``operation`` to ``groups``.

        :param common: whether lines without a group count.
        """
        access = self.env["ir.model.access"]
        access.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT m.model FROM ir_model_access a
                     JOIN ir_model m ON m.id = a.model_id
                    WHERE a.active AND %s
                      AND (a.group_id = ANY(%s) OR (%s AND a.group_id IS NULL))""",
                SQL.identifier("a", f"perm_{operation}"),
                list(groups),
                common,
            )
        )
        return frozenset(model for (model,) in rows)

    @api.model
    @ormcache("operation")
    def _get_ceiling(self, operation):
        """Return the models on which configuration may give ``operation``.

        Code is the ceiling: what the addons give to none of the staff's own roles
        (a balance that only code changes, a provider's secrets) stays closed.
        """
        groups = self._get_suite_groups()
        for xml_id in RESERVED_GROUPS:
            groups -= self.env.ref(xml_id).sudo()
        return self._get_acl_models(frozenset(groups.all_implied_ids.ids), operation)

    @api.model
    def _get_suite_groups(self):
        return (
            self.env["res.groups"]
            .sudo()
            .search(
                [("privilege_id.category_id", "=", self.env.ref(SUITE_CATEGORY).id)]
            )
        )

    @api.model
    @ormcache()
    def _get_shared_models(self):
        """Return the models of which any record is shared: others pay nothing."""
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT model FROM lottery_access_share")
        )
        return frozenset(model for (model,) in rows)

    @api.model
    def _forget(self):
        """Make a changed setting act at once, in every worker."""
        # access lines and menus are cached beside the rules
        self.env.registry.clear_cache("stable", "templates")

    # === GUARDS === #

    @api.model
    def _is_administrator(self):
        return self.env.su or self.env.user.has_group(ADMINISTRATOR)

    @api.model
    def _check_administrator(self):
        """:raise AccessError: for who may not change permissions"""
        if not self._is_administrator():
            raise AccessError(
                self.env._("Only the suite's administrator may change permissions.")
            )
