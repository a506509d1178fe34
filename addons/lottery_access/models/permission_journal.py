"""Changes of permissions go to the journal (PF-AUD-02), whoever makes them."""

import contextlib

from odoo import api, models
from odoo.tools import SQL

WATCHED = "lottery_access.watched_groups"


class LotteryJournal(models.Model):
    _inherit = "lottery.journal"

    @api.model
    def _get_event_names(self):
        return super()._get_event_names() | {
            "permission.role_created": self.env._("Role made"),
            "permission.role_changed": self.env._("Role changed"),
            "permission.role_deleted": self.env._("Role deleted"),
            "permission.role_assigned": self.env._("Role given to a user"),
            "permission.role_withdrawn": self.env._("Role taken from a user"),
            "permission.role_period_changed": self.env._("Period of a role changed"),
            "permission.user_groups_changed": self.env._("Groups of a user changed"),
            "permission.group_created": self.env._("Group made"),
            "permission.group_changed": self.env._("Group changed"),
            "permission.group_deleted": self.env._("Group deleted"),
            "permission.line_created": self.env._("Access line made"),
            "permission.line_changed": self.env._("Access line changed"),
            "permission.line_deleted": self.env._("Access line deleted"),
            "permission.rule_created": self.env._("Record rule made"),
            "permission.rule_changed": self.env._("Record rule changed"),
            "permission.rule_deleted": self.env._("Record rule deleted"),
            "permission.operation_changed": self.env._("Permission of a role changed"),
            "permission.menu_changed": self.env._("Menu of a role changed"),
            "permission.default_changed": self.env._("Default of an object changed"),
            "permission.shared": self.env._("Record shared"),
            "permission.unshared": self.env._("Sharing ended"),
        }

    @api.model
    def _append_changes(self, event, before, describe):
        """Journal what differs now from the descriptions ``before``.

        :param before: ``{record: dict}``.
        :param describe: ``record -> dict``.
        """
        self._append_states(
            event,
            {
                record: {"before": old, "after": new}
                for record, old in before.items()
                if (new := describe(record)) != old
            },
        )

    @api.model
    def _append_states(self, event, states):
        """Journal ``{record: values}``; installing an addon is no change by anybody."""
        if not self.env.registry.ready:
            return
        self._append(
            [
                {
                    "event": event,
                    "model": record._name,
                    "res_id": record.id,
                    "values": values,
                }
                for record, values in states.items()
            ]
        )

    # === GROUPS OF USERS === #

    @contextlib.contextmanager
    def _watch_groups(self, users, groups=None, quiet=False):
        """Journal whose groups differ after the block; inner blocks leave it to this.

        :param groups: whoever is in them afterwards is looked at too.
        :param quiet: who takes up another of their roles changes no permission; that
            has an event of its own.
        """
        cache = self.env.cr.cache
        if not self.env.registry.ready or WATCHED in cache:
            yield
            return
        cache[WATCHED] = True
        try:
            before = self._read_groups(users)
            yield
        finally:
            cache.pop(WATCHED, None)  # a rollback inside empties the cache
        if quiet:
            return
        if groups:
            users |= groups.sudo().user_ids
        after = self._read_groups(users)
        self._append_groups(
            {
                user_id: (before.get(user_id, set()), after.get(user_id, set()))
                for user_id in users.ids
            }
        )

    @api.model
    def _read_groups(self, users):
        self.env["res.users"].flush_model(["group_ids"])
        rows = self.env.execute_query(
            SQL(
                """SELECT uid, array_agg(gid) FROM res_groups_users_rel
                    WHERE uid = ANY(%s) GROUP BY uid""",
                users.ids,
            )
        )
        return {user_id: set(group_ids) for user_id, group_ids in rows}

    @api.model
    def _append_groups(self, changes):
        """Journal ``{user id: (groups before, groups after)}`` where they differ."""
        changed = {key: pair for key, pair in changes.items() if pair[0] != pair[1]}
        if not changed:
            return
        groups_sudo = self.env["res.groups"].sudo()
        users_sudo = self.env["res.users"].sudo()

        def name(ids):
            return sorted(groups_sudo.browse(ids).exists().mapped("full_name"))

        self._append_states(
            "permission.user_groups_changed",
            {
                users_sudo.browse(user_id): {
                    "login": users_sudo.browse(user_id).login,
                    "given": name(after - before),
                    "taken": name(before - after),
                }
                for user_id, (before, after) in changed.items()
            },
        )


class IrModelAccess(models.Model):
    _inherit = "ir.model.access"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._journal_permission("permission.line_created")
        return lines

    def write(self, vals):
        before = {line: line._describe_permission() for line in self}
        result = super().write(vals)
        self.env["lottery.journal"]._append_changes(
            "permission.line_changed",
            before,
            lambda record: record._describe_permission(),
        )
        return result

    def unlink(self):
        self._journal_permission("permission.line_deleted")
        return super().unlink()

    def _journal_permission(self, event):
        self.env["lottery.journal"]._append_states(
            event, {line: line._describe_permission() for line in self}
        )

    def _describe_permission(self):
        line_sudo = self.sudo()
        return {
            "model": line_sudo.model_id.model,
            "group": line_sudo.group_id.full_name or "",
            "active": line_sudo.active,
            **{
                right: line_sudo[f"perm_{right}"]
                for right in ("read", "write", "create", "unlink")
            },
        }


class IrRule(models.Model):
    _inherit = "ir.rule"

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._journal_permission("permission.rule_created")
        return rules

    def write(self, vals):
        before = {rule: rule._describe_permission() for rule in self}
        result = super().write(vals)
        self.env["lottery.journal"]._append_changes(
            "permission.rule_changed",
            before,
            lambda record: record._describe_permission(),
        )
        return result

    def unlink(self):
        self._journal_permission("permission.rule_deleted")
        return super().unlink()

    def _journal_permission(self, event):
        self.env["lottery.journal"]._append_states(
            event, {rule: rule._describe_permission() for rule in self}
        )

    def _describe_permission(self):
        rule_sudo = self.sudo()
        return {
            "rule": rule_sudo.name or "",
            "model": rule_sudo.model_id.model,
            "domain": rule_sudo.domain_force or "",
            "groups": sorted(rule_sudo.groups.mapped("full_name")),
            "active": rule_sudo.active,
            **{
                right: rule_sudo[f"perm_{right}"]
                for right in ("read", "write", "create", "unlink")
            },
        }
