from odoo import api, fields, models


class LotteryHomeLayout(models.Model):
    """What the home page of a role shows until its user changes it (PF-WRK-03)."""

    _name = "lottery.home.layout"
    _description = "Home Page of a Role"
    _order = "role_id"
    _rec_name = "role_id"

    role_id = fields.Many2one("res.users.role", required=True, ondelete="cascade")
    line_ids = fields.One2many("lottery.home.layout.line", "layout_id", copy=True)
    menu_ids = fields.Many2many(
        "ir.ui.menu",
        string="Shortcuts",
        help="Menus offered as shortcuts to those who may open them.",
    )

    _role_uniq = models.Constraint("UNIQUE(role_id)", "This role has its layout.")

    @api.model
    def _get_default(self, roles):
        """Return ``(codes, menu ids)`` of the layouts of ``roles``, each once."""
        # sudo: configuration; what it names is filtered by the reader's rights
        layouts_sudo = self.sudo().search([("role_id", "in", roles.ids)])
        codes = dict.fromkeys(layouts_sudo.line_ids.sorted("sequence").mapped("code"))
        return list(codes), layouts_sudo.menu_ids.ids


class LotteryHomeLayoutLine(models.Model):
    _name = "lottery.home.layout.line"
    _description = "Figure of a Role's Home Page"
    _rec_name = "code"
    _order = "sequence, id"

    layout_id = fields.Many2one(
        "lottery.home.layout", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    code = fields.Selection(
        selection=lambda self: self.env["lottery.home.card"]._get_choices(),
        string="Figure or Chart",
        required=True,
    )

    _code_uniq = models.Constraint(
        "UNIQUE(layout_id, code)", "Each figure once in a layout."
    )


class LotteryHomePreference(models.Model):
    """What a user made of the home page; one row a user, written by `lottery.home`."""

    _name = "lottery.home.preference"
    _description = "Home Page of a User"
    _rec_name = "user_id"

    user_id = fields.Many2one(
        "res.users",
        required=True,
        default=lambda self: self.env.user,
        ondelete="cascade",
    )
    item_choice = fields.Json(help="[{code, shown}] in order; empty: as the role's.")
    menu_choice = fields.Json(help="{ids: menus in order}; empty: as the role's.")

    _user_uniq = models.Constraint("UNIQUE(user_id)", "One row a user.")
