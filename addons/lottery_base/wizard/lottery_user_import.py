import re
from functools import cached_property

from odoo import api, models
from odoo.api import SUPERUSER_ID
from odoo.fields import Command

from ..engine.columns import Column
from ..models.res_users_guard import NEVER_OWN
from ..tools.phone import COUNTRY_CODE

SEPARATORS = re.compile(r"[,，、;；\n]")
LIST_SEPARATOR = "、"
DIRECT = ("name", "mobile", "email", "department", "position", "staff_state")


def split_list(text):
    """Return the entries of a cell that holds several.

    >>> split_list("P01、 P02,,C")
    ['P01', 'P02', 'C']
    """
    return [part.strip() for part in SEPARATORS.split(text or "") if part.strip()]


class LotteryUserImport(models.TransientModel):
    """Import of people (PF-ORG-03, PF-USR-01); a known login is updated.

    Every row goes through the door of `res_users_guard` as the user who imports; the
    check says beforehand what that door would refuse. A blank cell leaves what the user
    has.
    """

    _name = "lottery.user.import"
    _inherit = ["lottery.import.mixin"]
    _description = "Import of People"

    _export_model = "res.users"

    @api.model
    def _import_columns(self):
        env = self.env
        states = dict(
            env["res.users"]._fields["staff_state"]._description_selection(env)
        )
        several = env._("Several are separated by commas.")
        return [
            Column("login", env._("Login"), required=True, example="zhangsan"),
            Column("name", env._("Name"), required=True, max_length=64),
            Column("mobile", env._("Mobile"), type="mobile", example="15400000001"),
            Column("email", env._("E-mail"), pattern=r"[^@\s]+@[^@\s]+"),
            Column("units", env._("Unit codes"), example="P01", help=several),
            Column(
                "roles",
                env._("Roles"),
                example=self._get_example_role(),
                help=several,
            ),
            Column("department", env._("Department"), max_length=64),
            Column("position", env._("Position"), max_length=64),
            Column(
                "staff_state",
                env._("Status"),
                type="selection",
                choices=states,
                example=states["active"],
            ),
        ]

    @api.model
    def _get_example_role(self):
        role_sudo = self.env.ref("lottery_base.res_users_role_specialist").sudo()
        return role_sudo.with_context(lang=self.env.lang).name

    # === EXPORT === #

    @api.model
    def _export_domain(self):
        return [("share", "=", False), ("id", "!=", SUPERUSER_ID)]

    @api.model
    def _export_values(self, record):
        # codes of units out of the reader's sight would be a fault on the way back,
        # and are no more than the form shows
        user_sudo = record.sudo()
        return {
            "login": user_sudo.login,
            "name": user_sudo.name,
            "mobile": (user_sudo.mobile or "").removeprefix(f"+{COUNTRY_CODE}"),
            "email": user_sudo.email,
            "units": LIST_SEPARATOR.join(user_sudo.branch_ids.mapped("code")),
            "roles": LIST_SEPARATOR.join(user_sudo.staff_role_ids.mapped("name")),
            "department": user_sudo.department,
            "position": user_sudo.position,
            "staff_state": user_sudo.staff_state,
        }

    # === CHECK === #

    def _import_check(self, rows):
        """People are few: the file is held as a whole."""
        rows = list(rows)
        judge = _Judge(self.env, rows)
        seen = set()
        for number, values in rows:
            login = values["login"]
            if login in seen:
                yield number, "login", login, self.env._("stands twice in the file")
                continue
            seen.add(login)
            for name, value, reason in judge.get_faults(values):
                yield number, name, value, reason

    # === WRITE === #

    def _import_write(self, rows):
        created = updated = 0
        for batch in self._import_batches(rows):
            judge = _Judge(self.env, batch)
            new_values = []
            for _number, values in batch:
                user = judge.users.get(values["login"])
                changes = judge.get_changes(values)
                if not user:
                    new_values.append({**changes, "login": values["login"]})
                elif changes:
                    user.with_env(self.env).write(changes)
                    updated += 1
            users = self.env["res.users"].with_context(no_reset_password=True)
            created += len(users.create(new_values))
        return {"created": created, "updated": updated}


class _Judge:
    """What the rows of a file mean for the users there are."""

    def __init__(self, env, rows):
        self.env = env
        self._rows = rows
        self._guarded = env["res.users"]._is_guarded()
        self._scope = env.user._get_scope_ids()

    @cached_property
    def users(self):
        """Users by login. A login taken by somebody out of sight is a fault, not a
        new user; so all are looked for."""
        users_sudo = (
            self.env["res.users"]
            .sudo()
            .with_context(active_test=False)
            .search([("login", "in", [values["login"] for _n, values in self._rows])])
        )
        return {user.login: user for user in users_sudo}

    @cached_property
    def _hidden(self):
        return self._without("read")

    @cached_property
    def _closed(self):
        return self._without("write")

    def _without(self, operation):
        """Return the ids of the file's users on whom the right is missing."""
        users = self.env["res.users"].browse(user.id for user in self.users.values())
        return set((users - users._filtered_access(operation)).ids)

    @cached_property
    def _units(self):
        codes = {
            code for _n, values in self._rows for code in split_list(values["units"])
        }
        units_sudo = (
            self.env["lottery.branch"].sudo().search([("code", "in", list(codes))])
        )
        return {unit.code: unit for unit in units_sudo}

    @cached_property
    def _roles(self):
        roles_sudo = self.env["res.users.role"].sudo().search([])
        names = {}
        for lang in ("en_US", *(code for code, _n in self._langs), self.env.lang):
            for role_sudo in roles_sudo.with_context(lang=lang):
                names[role_sudo.name] = roles_sudo.browse(role_sudo.id)
        return names

    @cached_property
    def _langs(self):
        return self.env["res.lang"].get_installed()

    @cached_property
    def _grantable(self):
        return self.env["res.users.role"].sudo()._get_grantable()

    def get_changes(self, values):
        """Return the values of the row that the user does not have yet."""
        user_sudo = self.users.get(values["login"], self.env["res.users"].sudo())
        changes = {
            name: values[name]
            for name in DIRECT
            if values[name] is not None and values[name] != user_sudo[name]
        }
        for column, name, known in (
            ("units", "branch_ids", self._units),
            ("roles", "staff_role_ids", self._roles),
        ):
            if values[column] is None:
                continue
            ids = [known[text].id for text in split_list(values[column])]
            if set(ids) != set(user_sudo[name].ids):
                changes[name] = [Command.set(ids)]
        return changes

    def get_faults(self, values):
        """Yield ``(column, value, reason)``."""
        user_sudo = self.users.get(values["login"], self.env["res.users"].sudo())
        if user_sudo.id in self._hidden:
            yield "login", values["login"], self.env._("belongs to another unit")
            return
        unknown = False
        for column, known, reason in (
            ("units", self._units, self.env._("no unit has this code")),
            ("roles", self._roles, self.env._("no role has this name")),
        ):
            for text in split_list(values[column]):
                if text not in known:
                    unknown = True
                    yield column, text, reason
        if unknown:
            return
        changes = self.get_changes(values)
        if changes and user_sudo.id in self._closed:
            reason = self.env._(
                "not in your units alone, or with more rights than you may give"
            )
            yield "login", values["login"], reason
        elif user_sudo == self.env.user and changes.keys() & NEVER_OWN:
            reason = self.env._(
                "your own units, roles and status are set by somebody else"
            )
            yield "login", values["login"], reason
        elif self._guarded:
            yield from self._get_guard_faults(user_sudo, values, changes)

    def _get_guard_faults(self, user_sudo, values, changes):
        if not user_sudo and not values["units"] and not self.env.user.branch_is_centre:
            yield "units", "", self.env._("must be filled")
        if "branch_ids" in changes:
            for code in split_list(values["units"]):
                if self._units[code].id not in self._scope:
                    yield "units", code, self.env._("belongs to another unit")
        if "staff_role_ids" in changes:
            before = user_sudo.staff_role_ids
            after = before.browse(
                self._roles[name].id for name in split_list(values["roles"])
            )
            for role_sudo in (before | after) - (before & after) - self._grantable:
                yield "roles", role_sudo.name, self.env._("a role you may not give")
