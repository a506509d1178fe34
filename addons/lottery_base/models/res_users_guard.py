from functools import partial

from odoo import api, models
from odoo.exceptions import AccessError

from ..tools.commands import resolve_commands

# What an administrator of a unit sets; higher addons extend `_get_staff_fields`.
STAFF_FIELDS = {
    "active",
    "branch_ids",
    "department",
    "email",
    "image_1920",
    "lang",
    "login",
    "mobile",
    "name",
    "phone",
    "position",
    "staff_role_ids",
    "staff_state",
    "tz",
}
# What nobody sets for themselves.
NEVER_OWN = {"active", "branch_ids", "login", "staff_role_ids", "staff_state"}
PRIVILEGED = ("base.group_erp_manager", "base.group_system")


class ResUsers(models.Model):
    """The narrow door through which a unit's administrator manages people (PF-USR-01).

    An administrator of a unit may read, change and create users, as far as all of the
    following holds; administrators of the system (``base.group_erp_manager``) keep
    Odoo's own rights:

    - the user is staff, and all units of the user are the administrator's or below;
    - all the user may do the administrator may do or may grant;
    - the fields are those of `_get_staff_fields`, the roles those of
      `_get_grantable_roles`, the units the administrator's or below.

    The first two are part of ``_check_access``, so they hold for whatever asks for the
    right to write.
    """

    _inherit = "res.users"

    @api.model
    def _get_staff_fields(self):
        """Hook: names of the fields an administrator of a unit may set."""
        return set(STAFF_FIELDS)

    @api.model
    def _is_guarded(self):
        return not self.env.su and not self.env.user.has_group(PRIVILEGED[0])

    # === WHO === #

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if operation == "read" or not any(self._ids) or not self._is_guarded():
            return result
        by_rules = result[0] if result else self.browse()
        forbidden = (self - by_rules)._get_unmanageable()
        if not forbidden:
            return result
        error = result[1] if result else partial(self._make_guard_error, forbidden)
        return by_rules | forbidden, error

    def _make_guard_error(self, forbidden):
        return AccessError(
            self.env._(
                "%(people)s: not in your units alone, or with more rights than you "
                "may give.",
                people=", ".join(forbidden[:5].sudo().mapped("name")),
            )
        )

    def _get_unmanageable(self):
        """Return those of the users whom the current user may not manage."""
        admin = self.env.user
        if not admin.has_group("lottery_base.group_branch_admin"):
            return self - admin
        scope = admin._get_scope_ids()
        roles_sudo = self.env["res.users.role"].sudo()._get_grantable()
        # rights of others are read to be compared, not shown
        groups_sudo = (
            admin.sudo().all_group_ids
            | roles_sudo.group_id.all_implied_ids
            | self._get_self_writable_groups().all_implied_ids
        )
        forbidden = self.browse()
        # the lines of who is out of service count too
        for user_sudo in self.sudo().with_context(active_test=False):
            if user_sudo == admin:
                continue
            units = set(user_sudo.branch_ids._ids)
            if (
                user_sudo.share
                or not (units or admin.branch_is_centre)
                or units - scope
                or user_sudo.all_group_ids - groups_sudo
                or user_sudo.role_line_ids.role_id - roles_sudo
            ):
                forbidden |= self.browse(user_sudo.id)
        return forbidden

    def _get_scope_ids(self):
        """Return the ids of the user's units and of all below."""
        ids = tuple(sorted(self.sudo().branch_ids.ids))
        return set(self.env["lottery.branch"]._get_scope(ids)[0]) if ids else set()

    # === WHAT === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_guarded() or not self._is_unit_admin():
            return super().create(vals_list)
        for vals in vals_list:
            self._check_staff_values(self.browse(), vals)
        # groups and contact of the new user are not the administrator's to write
        return super(ResUsers, self.sudo()).create(vals_list).with_env(self.env)

    def write(self, vals):
        if not self._is_guarded() or not self._is_unit_admin():
            return super().write(vals)
        if self == self.env.user and vals.keys() <= set(self.SELF_WRITEABLE_FIELDS):
            return super().write(vals)
        self.check_access("write")
        for user in self:
            self._check_staff_values(user, vals)
        return super(ResUsers, self.sudo()).write(vals)

    @api.model
    def _is_unit_admin(self):
        return self.env.user.has_group("lottery_base.group_branch_admin")

    def _check_staff_values(self, user, vals):
        """Refuse values that are not the administrator's to give.

        :param user: who gets them; empty for a new user
        :raise AccessError: names the field
        """
        if fixed := vals.keys() - self._get_staff_fields():
            self._refuse_field(min(fixed))
        if user == self.env.user and (own := vals.keys() & NEVER_OWN):
            self._refuse_field(min(own))
        if "branch_ids" in vals or not user:
            units = self._resolve(user, "branch_ids", vals)
            if set(units._ids) - self.env.user._get_scope_ids() or not (
                units or self.env.user.branch_is_centre
            ):
                self._refuse_field("branch_ids")
        if "staff_role_ids" in vals:
            before = user.sudo().staff_role_ids
            after = self._resolve(user, "staff_role_ids", vals)
            grantable = self.env["res.users.role"].sudo()._get_grantable()
            if (before | after) - (before & after) - grantable:
                self._refuse_field("staff_role_ids")

    def _resolve(self, user, name, vals):
        try:
            return resolve_commands(user.sudo()[name], vals.get(name))
        except (TypeError, ValueError):
            self._refuse_field(name)

    def _refuse_field(self, name):
        label = (
            self._fields[name]._description_string(self.env)
            if name in self._fields
            else name
        )
        raise AccessError(
            self.env._("“%(field)s”: this value is not yours to give.", field=label)
        )
