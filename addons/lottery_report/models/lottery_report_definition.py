from odoo import api, fields, models
from odoo.exceptions import ValidationError


class LotteryReportDefinition(models.Model):
    """A report that people may open; its frame is `lottery.report` (PF-RPT-01)."""

    _name = "lottery.report.definition"
    _description = "Report"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    report = fields.Selection(
        "_selection_report",
        required=True,
        string="Made By",
        help="Model that declares dimensions, measures and source.",
    )
    description = fields.Char(translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    options = fields.Json(help="What the report opens with.")
    group_ids = fields.Many2many(
        "res.groups",
        "lottery_report_definition_group_rel",
        string="Roles",
        help="Empty: everybody who may read the records below.",
    )

    _report_uniq = models.Constraint(
        "UNIQUE(report)", "Made by: this report is defined already."
    )

    @api.model
    def _selection_report(self):
        names = self.env.registry["lottery.report"]._inherit_children
        return [(name, self.env[name]._description) for name in sorted(names)]

    @api.constrains("report", "options")
    def _check_options(self):
        for definition in self:
            if not isinstance(definition.options or {}, dict):
                raise ValidationError(
                    self.env._("Options: “%(name)s” needs an object.", name=self.name)
                )

    def action_open(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.client",
            "tag": "lottery_report",
            "name": self.name,
            "params": {"report": self.report},
        }
