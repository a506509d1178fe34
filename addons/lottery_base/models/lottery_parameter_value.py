from odoo import api, fields, models
from odoo.exceptions import ValidationError


class LotteryParameterValue(models.Model):
    """What a unit sets for itself and those below, where the parameter allows it."""

    _name = "lottery.parameter.value"
    _description = "Parameter of a Unit"
    _inherit = ["lottery.branch.mixin"]
    _order = "parameter_id, branch_id"

    parameter_id = fields.Many2one(
        comodel_name="lottery.parameter",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("overridable", "=", True)],
    )
    branch_id = fields.Many2one(required=True, ondelete="cascade")
    value = fields.Char(required=True)
    type = fields.Selection(related="parameter_id.type")
    choices = fields.Json(related="parameter_id.choices")
    measure = fields.Char(related="parameter_id.measure")

    _branch_uniq = models.Constraint(
        "UNIQUE(parameter_id, branch_id)", "This unit has its own value already."
    )

    @api.depends("parameter_id", "branch_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.parameter_id.name} · {line.branch_id.name}"

    @api.constrains("parameter_id")
    def _check_overridable(self):
        for line in self:
            if not line.parameter_id.overridable:
                raise ValidationError(
                    self.env._(
                        "“%(parameter)s” is the same for all units.",
                        parameter=line.parameter_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create([self._normalize_values(vals) for vals in vals_list])
        for line in lines:
            line.parameter_id._note_change(line.branch_id.id, False, line.value)
        self.env.registry.clear_cache()
        return lines

    def write(self, vals):
        before = [(line.parameter_id, line.branch_id.id, line.value) for line in self]
        for line in self:
            super(LotteryParameterValue, line).write(line._normalize_values(vals))
        for line, (parameter, branch_id, old) in zip(self, before, strict=True):
            same_place = (line.parameter_id, line.branch_id.id) == (
                parameter,
                branch_id,
            )
            if not same_place:
                parameter._note_change(branch_id, old, False)
            line.parameter_id._note_change(
                line.branch_id.id, old if same_place else False, line.value
            )
        self.env.registry.clear_cache()
        return True

    def unlink(self):
        for line in self:
            line.parameter_id._note_change(line.branch_id.id, line.value, False)
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _normalize_values(self, vals):
        """Return ``vals`` with the value as its parameter keeps it."""
        parameter = self.parameter_id.browse(
            vals.get("parameter_id")
            or self.parameter_id.id
            or self.env.context.get("default_parameter_id")
        )
        if not parameter or not vals.keys() & {"value", "parameter_id"}:
            return vals
        return {**vals, "value": parameter._normalize(vals.get("value", self.value))}
