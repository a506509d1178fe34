from odoo import api, models
from odoo.tools import ormcache


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    @api.model
    @ormcache("frozenset(self.env.user._get_group_ids())", "debug")
    def _visible_menu_ids(self, debug=False):
        """Leave out what the user's roles hide (PF-SEC-01).

        A role hides a menu with all below it. It has no say about menus it does not
        give; where two roles give one, both must hide it.
        """
        visible = super()._visible_menu_ids(debug)
        if not self.env.user._is_internal():
            return visible
        standing = self.env["lottery.access"]._get_standing(self.env.uid)
        if not any(role.hidden_menus for role in standing.roles):
            return visible
        menus_sudo = self.sudo().browse(visible)
        kept = self._get_kept_ids()
        hidden = {
            menu.id
            for menu in menus_sudo
            if menu.id not in kept and not menu._is_given(standing)
        }
        return frozenset(
            menu.id for menu in menus_sudo if not hidden & set(menu._get_path())
        )

    @api.model
    def _get_kept_ids(self):
        """Return the menus that lead whoever changes permissions to their screen."""
        if not self.env["lottery.access"]._is_administrator():
            return set()
        return set(
            self.env.ref("lottery_access.res_users_role_menu").sudo()._get_path()
        )

    def _get_path(self):
        """Return the ids from the app down to this menu."""
        return [int(part) for part in (self.parent_path or "").split("/") if part]

    def _is_given(self, standing):
        """Whether one of the roles gives this menu and does not hide it."""
        needed = set(self.group_ids.ids)
        if needed & standing.loose:
            return True
        return any(
            self.id not in role.hidden_menus
            for role in standing.roles
            if not needed or needed & role.groups
        )
