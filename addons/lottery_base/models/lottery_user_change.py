from odoo import api, fields, models
from odoo.exceptions import UserError

FIELDS = [
    ("account", "Account"),
    ("unit", "Units"),
    ("role", "Roles"),
    ("group", "Groups"),
    ("mobile", "Mobile"),
    ("phone", "Phone"),
    ("staff_state", "Status"),
    ("active", "Log-in Allowed"),
    ("department", "Department"),
    ("position", "Position"),
    ("login", "Login"),
    ("password", "Password"),
]


class LotteryUserChange(models.Model):
    """What became of a user: who changed what, when (PF-USR-01); nobody alters it."""

    _name = "lottery.user.change"
    _description = "Change of a User"
    _order = "id desc"

    user_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        index=True,  # read by the form of a user
        ondelete="set null",
    )
    user_name = fields.Char(
        string="Name", readonly=True, help="Name and login at the time of the change."
    )
    branch_id = fields.Many2one(
        comodel_name="lottery.branch",
        string="Unit",
        readonly=True,
        index=True,  # read by the rule
        ondelete="restrict",
        help="Main unit of the user after the change.",
    )
    branch_from_id = fields.Many2one(
        comodel_name="lottery.branch",
        string="Unit Before",
        readonly=True,
        index="btree_not_null",  # read by the rule
        ondelete="restrict",
        help="Main unit of the user before the change, where it is another.",
    )
    field = fields.Selection(selection=FIELDS, required=True, readonly=True)
    old = fields.Char(readonly=True)
    new = fields.Char(readonly=True)
    old_label = fields.Char(string="Before", compute="_compute_labels")
    new_label = fields.Char(string="After", compute="_compute_labels")
    author_id = fields.Many2one(
        comodel_name="res.users",
        string="Changed By",
        readonly=True,
        ondelete="set null",
    )
    create_date = fields.Datetime(string="Changed On", readonly=True, index=True)

    @api.depends("field", "old", "new")
    @api.depends_context("lang")
    def _compute_labels(self):
        words = dict(
            self.env["res.users"]
            ._fields["staff_state"]
            ._description_selection(self.env)
        )
        words |= {
            "yes": self.env._("Yes"),
            "no": self.env._("No"),
            "mail": self.env._("link by e-mail"),
            "one_time": self.env._("one-time password"),
            "created": self.env._("created"),
            "deleted": self.env._("deleted"),
        }
        coded = {"account", "active", "password", "staff_state"}
        for change in self:
            known = words if change.field in coded else {}
            change.old_label = known.get(change.old, change.old)
            change.new_label = known.get(change.new, change.new)

    @api.depends("user_name", "field")
    def _compute_display_name(self):
        for change in self:
            change.display_name = change.user_name

    def write(self, vals):
        raise UserError(self.env._("The history of users is never altered."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(self.env._("The history of users is never altered."))
