from odoo import api, fields, models
from odoo.exceptions import UserError


class LotteryParameterChange(models.Model):
    """Who changed a parameter, when, from what to what; nobody alters it."""

    _name = "lottery.parameter.change"
    _description = "Change of a Parameter"
    _order = "id desc"

    parameter_id = fields.Many2one(
        comodel_name="lottery.parameter",
        required=True,
        readonly=True,
        index=True,  # read by the form of a parameter
        ondelete="cascade",
    )
    branch_id = fields.Many2one(
        comodel_name="lottery.branch",
        string="Unit",
        readonly=True,
        index=True,  # read by the rule
        ondelete="cascade",
        help="Empty: the common value.",
    )
    old = fields.Char(readonly=True)
    new = fields.Char(readonly=True)
    old_label = fields.Char(string="Before", compute="_compute_labels")
    new_label = fields.Char(string="After", compute="_compute_labels")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Changed By",
        required=True,
        readonly=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
    )
    create_date = fields.Datetime(string="Changed On", readonly=True)

    @api.depends("old", "new", "parameter_id")
    @api.depends_context("lang")
    def _compute_labels(self):
        for change in self:
            change.old_label = change.parameter_id._get_label(change.old)
            change.new_label = change.parameter_id._get_label(change.new)

    def write(self, vals):
        raise UserError(self.env._("The history of parameters is never altered."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(self.env._("The history of parameters is never altered."))
