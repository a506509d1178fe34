from odoo import api, models


class ResGroups(models.Model):
    """Changes of groups go to the journal; roles are made of them."""

    _inherit = "res.groups"

    @api.model_create_multi
    def create(self, vals_list):
        groups = super().create(vals_list)
        self.env["lottery.access"]._forget()
        groups._journal_permission("permission.group_created")
        return groups

    def write(self, vals):
        described = vals.keys() & {"name", "implied_ids", "rule_groups", "menu_access"}
        before = {group: group._describe_permission() for group in self if described}
        users_sudo = (
            self.sudo().user_ids if "user_ids" in vals else self.env["res.users"]
        )
        with self.env["lottery.journal"]._watch_groups(users_sudo, self):
            result = super().write(vals)
        self.env["lottery.access"]._forget()
        self.env["lottery.journal"]._append_changes(
            "permission.group_changed",
            before,
            lambda record: record._describe_permission(),
        )
        return result

    def unlink(self):
        self._journal_permission("permission.group_deleted")
        result = super().unlink()
        self.env["lottery.access"]._forget()
        return result

    def _journal_permission(self, event):
        self.env["lottery.journal"]._append_states(
            event, {group: group._describe_permission() for group in self}
        )

    def _describe_permission(self):
        group_sudo = self.sudo()
        return {
            "group": group_sudo.full_name,
            "implies": sorted(group_sudo.implied_ids.mapped("full_name")),
            "rules": sorted(group_sudo.rule_groups.ids),
            "menus": sorted(group_sudo.menu_access.ids),
        }
