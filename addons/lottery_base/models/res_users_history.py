from odoo import api, models

from ..tools.commands import resolve_commands

KEY = "lottery.user.change"
TRACKED = {
    "active",
    "branch_ids",
    "department",
    "group_ids",
    "login",
    "mobile",
    "phone",
    "position",
    "role_line_ids",
    "staff_role_ids",
    "staff_state",
}
PLAIN = ("mobile", "phone", "staff_state", "department", "position", "login")
LANG = "zh_CN"  # names of roles and groups are kept as the authority reads them


class ResUsers(models.Model):
    """Keeps `lottery.user.change`.

    Whatever changes users says so before (`_history_begin`); at the end of the
    transaction what they were is compared with what they are. So one row stands for one
    change, however many writes it took, and what was rolled back leaves none.
    """

    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        staff = users.filtered(lambda user: not user.share)
        staff._history_begin(values={})
        return users

    def write(self, vals):
        if vals.keys() & TRACKED:
            self._history_begin()
        return super().write(vals)

    def set_groups_from_roles(self, force=False):
        self._history_begin()
        return super().set_groups_from_roles(force=force)

    @api.ondelete(at_uninstall=False)
    def _history_delete(self):
        for user_sudo in self.sudo().filtered(lambda user: not user.share):
            user_sudo._history_add(
                [("account", user_sudo.login, "deleted")], self.env.uid
            )
        before = self.env.cr.precommit.data.get(KEY, {})
        for user_id in self.ids:
            before.pop(user_id, None)

    def _history_begin(self, values=None):
        """Remember what the users are now; the first call of a transaction counts.

        :param dict values: what to compare with instead; ``{}`` for a new user
        """
        precommit = self.env.cr.precommit
        if KEY not in precommit.data:
            precommit.data[KEY] = {}
            precommit.add(self.env["res.users"].sudo().browse()._history_end)
        before = precommit.data[KEY]
        users = self.browse(id_ for id_ in self._ids if id_ and id_ not in before)
        current = {} if values is not None else users._history_read()
        for user_id in users.ids:
            before[user_id] = (self.env.uid, current.get(user_id, values))

    def _history_read(self):
        """Return ``{user id: {field: value}}``."""
        result = {}
        # the author need not see all units, roles and groups of the user
        for user_sudo in self.sudo().with_context(active_test=False, lang=LANG):
            values = {name: user_sudo[name] or "" for name in PLAIN}
            values["active"] = "yes" if user_sudo.active else "no"
            values["unit"] = ", ".join(user_sudo.branch_ids.mapped("name"))
            values["role"] = ", ".join(
                user_sudo.role_line_ids.sorted("sequence").mapped(_get_line_text)
            )
            values["group_ids"] = frozenset(user_sudo.group_ids.ids)
            values["branch_id"] = user_sudo.branch_id.id
            values["share"] = user_sudo.share
            result[user_sudo.id] = values
        return result

    def _history_end(self):
        before = self.env.cr.precommit.data.pop(KEY, {})
        users = self.browse(before).exists()
        users.invalidate_recordset(["branch_id"])
        after = users._history_read()
        for user in users:
            author_id, old = before[user.id]
            new = after[user.id]
            if old.get("share", True) and new["share"]:
                continue  # owners of outlets have a history elsewhere
            user._history_add(
                self._history_compare(old, new), author_id, old.get("branch_id")
            )

    def _history_compare(self, old, new):
        """Yield ``(field, old, new)`` of what differs."""
        if not old:
            yield "account", "", "created"
        for name in ("unit", "role", "active", *PLAIN):
            if old.get(name, "") != new[name]:
                yield name, old.get(name, ""), new[name]
        if old.get("role", "") != new["role"]:
            return  # groups follow from the roles
        gone = old.get("group_ids", frozenset()) - new["group_ids"]
        come = new["group_ids"] - old.get("group_ids", frozenset())
        if gone or come:
            yield "group", self._get_group_names(gone), self._get_group_names(come)

    @api.model
    def _get_group_names(self, ids):
        groups_sudo = self.env["res.groups"].sudo().with_context(lang=LANG)
        return ", ".join(groups_sudo.browse(sorted(ids)).exists().mapped("full_name"))

    def _history_add(self, changes, author_id, branch_from_id=False):
        self.ensure_one()
        user_sudo = self.sudo()
        branch_id = user_sudo.branch_id.id
        # append-only: nobody has the right to make entries by hand
        self.env["lottery.user.change"].sudo().create(
            [
                {
                    "user_id": user_sudo.id,
                    "user_name": f"{user_sudo.name} ({user_sudo.login})",
                    "branch_id": branch_id,
                    "branch_from_id": branch_from_id != branch_id and branch_from_id,
                    "field": field,
                    "old": old,
                    "new": new,
                    "author_id": author_id,
                }
                for field, old, new in changes
            ]
        )


class ResUsersRoleLine(models.Model):
    _inherit = "res.users.role.line"

    @api.model_create_multi
    def create(self, vals_list):
        users = self.env["res.users"].browse(
            {vals["user_id"] for vals in vals_list if vals.get("user_id")}
        )
        users._history_begin()
        return super().create(vals_list)

    def write(self, vals):
        users = self.sudo().user_id | self.env["res.users"].browse(
            [vals["user_id"]] if vals.get("user_id") else []
        )
        users._history_begin()
        return super().write(vals)

    def unlink(self):
        self.sudo().user_id._history_begin()
        return super().unlink()


class LotteryBranch(models.Model):
    _inherit = "lottery.branch"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            begin_users(self, vals, "user_ids")
        return super().create(vals_list)

    def write(self, vals):
        begin_users(self, vals, "user_ids")
        return super().write(vals)


def begin_users(records, vals, name):
    """Users whose link is written from its other end."""
    if name in vals:
        users_sudo = records.sudo()[name] | resolve_commands(
            records.env["res.users"].sudo(), vals[name]
        )
        users_sudo.with_env(records.env)._history_begin()


def _get_line_text(line):
    if not line.date_from and not line.date_to:
        return line.name
    return f"{line.name} ({line.date_from or ''} – {line.date_to or ''})"
