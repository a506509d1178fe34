from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

# Apps of whoever installs and repairs the system: no role of the suite has them.
CLOSED_APPS = ("base.menu_administration", "base.menu_management")
MAX_DEPTH = 3


class LotteryAccessMenu(models.Model):
    """Whether a role sees a menu (PF-SEC-01)."""

    _name = "lottery.access.menu"
    _description = "Menu of a Role"
    _inherit = ["lottery.access.line"]
    _order = "sequence, id"
    _rec_name = "menu_id"
    _access_event = "permission.menu_changed"

    menu_id = fields.Many2one(
        comodel_name="ir.ui.menu",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    sequence = fields.Integer(readonly=True)
    depth = fields.Integer(compute="_compute_name")
    name = fields.Char("Menu Name", compute="_compute_name")
    menu_right = fields.Selection(
        selection=[
            ("inherit", "As the groups say"),
            ("allow", "Shown"),
            ("deny", "Hidden"),
        ],
        string="Visible",
        required=True,
        default="inherit",
        help="A hidden menu takes all below it along.",
    )

    _role_menu_uniq = models.Constraint(
        "UNIQUE(role_id, menu_id)", "A role has one line for each menu."
    )

    @api.depends("menu_id.name", "menu_id.parent_path")
    @api.depends_context("lang")
    def _compute_name(self):
        for line in self:
            line.depth = len(line.menu_id._get_path())
            line.name = "\u2003" * (line.depth - 1) + (line.menu_id.name or "")

    # === OF A LINE === #

    def _get_base_rights(self, groups):
        needed = set(self.menu_id.group_ids.ids)
        others = needed - {self.role_id.group_id.id}
        return ["menu"] if not others or others & groups else []

    def _get_ceiling_rights(self):
        return ["menu"]

    def _describe(self):
        return {
            "role": self.role_id.name,
            "menu": self.menu_id.complete_name,
            "visible": self.menu_right,
        }

    def _apply(self):
        """Put the roles' own groups on what they are shown, and on the way to it.

        A menu without groups is everybody's and must stay so. Nothing else stands on
        the menus of a role's own group.
        """
        for role_sudo in self.role_id.sudo():
            shown = role_sudo.access_menu_ids.filtered(
                lambda line: line.menu_right == "allow"
            ).menu_id
            path = {part for menu in shown for part in menu._get_path()}
            menus = shown.browse(path).filtered(
                lambda menu, group=role_sudo.group_id: menu.group_ids - group
            )
            if role_sudo.group_id.menu_access != menus:
                role_sudo.group_id.menu_access = menus
        self.env["lottery.access"]._forget()

    # === READ BY THE MENUS === #

    @api.model
    def _sync(self):
        """Make the missing lines of roles and menus, in the order of the menus."""
        self.env.flush_all()
        ordered = self._get_ordered_menus()
        if not ordered:
            return
        rows = SQL(", ").join(
            SQL("(%s, %s)", menu_id, number) for number, menu_id in enumerate(ordered)
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO lottery_access_menu
                          (role_id, menu_id, sequence, menu_right)
                   SELECT r.id, m.id, m.number, 'inherit'
                     FROM res_users_role r CROSS JOIN (VALUES %s) AS m (id, number)
                    WHERE NOT EXISTS (SELECT FROM lottery_access_menu l
                                       WHERE l.role_id = r.id AND l.menu_id = m.id)
                   ON CONFLICT DO NOTHING""",
                rows,
            )
        )
        if self.env.cr.rowcount:
            self.env.cr.execute(
                SQL(
                    """UPDATE lottery_access_menu l SET sequence = m.number
                         FROM (VALUES %s) AS m (id, number)
                        WHERE l.menu_id = m.id AND l.sequence <> m.number""",
                    rows,
                )
            )
        self.invalidate_model()
        self.env["res.users.role"].invalidate_model(["access_menu_ids"])

    @api.model
    def _get_ordered_menus(self):
        """Return the ids of the menus a role can be given, as a tree is read."""
        menus_sudo = self.env["ir.ui.menu"].sudo().search([("active", "=", True)])
        closed = set(self._get_closed_apps().ids)
        below = defaultdict(list)
        for menu in menus_sudo:
            below[menu.parent_id.id].append(menu.id)

        def walk(parent, depth):
            for menu_id in below[parent]:
                if menu_id in closed or depth > MAX_DEPTH:
                    continue
                yield menu_id
                yield from walk(menu_id, depth + 1)

        return list(walk(False, 1))

    @api.model
    def _get_closed_apps(self):
        menus_sudo = self.env["ir.ui.menu"].sudo()
        for xml_id in CLOSED_APPS:
            menus_sudo |= self.env.ref(xml_id, raise_if_not_found=False) or menus_sudo
        return menus_sudo

    @api.model
    def _read_hidden(self):
        """Return ``{role id: ids of the menus it hides}``."""
        hidden = defaultdict(set)
        for line in self.sudo().search([("menu_right", "=", "deny")]):
            hidden[line.role_id.id].add(line.menu_id.id)
        return hidden
