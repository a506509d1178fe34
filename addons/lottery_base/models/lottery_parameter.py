import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import ormcache

from ..engine.parameter import (
    FALSE,
    TRUE,
    ParameterError,
    format_value,
    parse_choices,
    parse_value,
)

_logger = logging.getLogger(__name__)

COMMON = False  # stands for "no unit" among the units of a parameter's values


class LotteryParameter(models.Model):
    """A figure or switch an administrator sets without code (PF-WRK-02).

    The definition is data of the addon that reads it and follows that addon's updates;
    `value` and the units' own values belong to the administrators, updates never touch
    them. Values are kept as the text of `engine.parameter`.
    """

    _name = "lottery.parameter"
    _description = "Parameter"
    _order = "area, name, id"
    _rec_names_search = ["name", "code"]

    code = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, readonly=True, translate=True)
    area = fields.Char(readonly=True, translate=True, help="What the parameter is for.")
    note = fields.Text(string="Explanation", readonly=True, translate=True)
    type = fields.Selection(
        selection=[
            ("boolean", "Yes or No"),
            ("integer", "Whole Number"),
            ("float", "Number"),
            ("char", "Text"),
            ("selection", "Choice"),
            ("date", "Date"),
        ],
        required=True,
        readonly=True,
    )
    measure = fields.Char(readonly=True, translate=True, help="Days, MB, yuan …")
    default = fields.Char(readonly=True)
    minimum = fields.Char(readonly=True)
    maximum = fields.Char(readonly=True)
    selection_values = fields.Text(
        string="Choices",
        readonly=True,
        translate=True,
        help="One a line: code=Label.",
    )
    overridable = fields.Boolean(
        string="Units May Differ",
        readonly=True,
        help="Administrators of units may give their units a value of their own.",
    )
    value = fields.Char(
        string="Common Value",
        help="Empty: the default. Holds where no unit has its own.",
    )
    branch_value_ids = fields.One2many(
        comodel_name="lottery.parameter.value",
        inverse_name="parameter_id",
        string="Values of Units",
    )
    change_ids = fields.One2many(
        comodel_name="lottery.parameter.change",
        inverse_name="parameter_id",
        string="History",
        readonly=True,
    )
    choices = fields.Json(string="Choices to Offer", compute="_compute_choices")
    value_label = fields.Char(string="In Force", compute="_compute_labels")
    default_label = fields.Char(string="Default Value", compute="_compute_labels")
    limits_label = fields.Char(string="Limits", compute="_compute_labels")
    own_label = fields.Char(
        string="In My Unit",
        compute="_compute_labels",
        help="What holds in your main unit.",
    )
    branch_value_count = fields.Integer(
        string="Units With Their Own", compute="_compute_branch_value_count"
    )
    can_edit_value = fields.Boolean(compute="_compute_can_edit_value")

    _code_uniq = models.Constraint("UNIQUE(code)", "Code: another parameter has it.")

    # === COMPUTE === #

    @api.depends("type", "selection_values")
    @api.depends_context("lang")
    def _compute_choices(self):
        for parameter in self:
            parameter.choices = list(parameter._get_choices().items())

    @api.depends(
        "value", "default", "minimum", "maximum", "choices", "branch_value_ids.value"
    )
    @api.depends_context("lang", "uid")
    def _compute_labels(self):
        branch = self.env.user.branch_id
        for parameter in self:
            parameter.value_label = parameter._get_label(
                parameter.value or parameter.default
            )
            parameter.default_label = parameter._get_label(parameter.default)
            limits = [parameter.minimum or "", parameter.maximum or ""]
            parameter.limits_label = " – ".join(limits) if any(limits) else False
            own = parameter._get(parameter.code, branch) if parameter.code else None
            parameter.own_label = parameter._get_label(
                "" if own is None else format_value(own)
            )

    @api.depends("branch_value_ids")
    def _compute_branch_value_count(self):
        counts = dict(
            self.env["lottery.parameter.value"]._read_group(
                [("parameter_id", "in", self.ids)], ["parameter_id"], ["__count"]
            )
        )
        for parameter in self:
            parameter.branch_value_count = counts.get(parameter, 0)

    @api.depends_context("uid")
    def _compute_can_edit_value(self):
        self.can_edit_value = self.env.user.has_group("lottery_base.group_admin")

    # === CONSTRAINTS === #

    @api.constrains("type", "default", "minimum", "maximum", "selection_values")
    def _check_definition(self):
        for parameter in self:
            parameter._parse(parameter.default or "")

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        parameters = super().create(vals_list)
        self.env.registry.clear_cache()
        return parameters

    def write(self, vals):
        """Definitions are data: people set values, the common one the suite's admin."""
        if not self.env.su:
            self._check_editable(vals)
        if "value" not in vals:
            result = super().write(vals)
        else:
            for parameter in self:
                text = parameter._normalize(vals["value"])
                old = parameter.value
                result = super(LotteryParameter, parameter).write(
                    {**vals, "value": text}
                )
                parameter._note_change(COMMON, old, text)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _check_editable(self, vals):
        editable = {"branch_value_ids"}
        if self.env.user.has_group("lottery_base.group_admin"):
            editable.add("value")
        if fixed := vals.keys() - editable:
            raise AccessError(
                self.env._(
                    "“%(field)s” of a parameter is not yours to change.",
                    field=self._fields[min(fixed)]._description_string(self.env)
                    if min(fixed) in self._fields
                    else min(fixed),
                )
            )

    # === READING === #

    @api.model
    def _get(self, code, branch=None):
        """Return the value that holds in ``branch``, typed.

        Of the unit, else of the nearest unit above, else the common value, else the
        default. Cached: two look-ups, no query.

        :param branch: a ``lottery.branch`` record or nothing
        :raise KeyError: no parameter has this code
        """
        values = self._get_values(code)
        if branch and len(values) > 1:
            for branch_id in self.env["lottery.branch"]._get_line_ids(branch.id):
                if branch_id in values:
                    return values[branch_id]
        return values[COMMON]

    @api.model
    @ormcache("code")
    def _get_values(self, code):
        """Return ``{unit id: typed value}``; the common value under ``COMMON``."""
        # whoever runs the code that reads it need not be an administrator
        parameter_sudo = self.sudo().search([("code", "=", code)])
        if not parameter_sudo:
            raise KeyError(code)
        values = {COMMON: parameter_sudo._parse(parameter_sudo.default or "")}
        texts = [(COMMON, parameter_sudo.value)]
        if parameter_sudo.overridable:
            texts += [
                (line.branch_id.id, line.value)
                for line in parameter_sudo.branch_value_ids
            ]
        for branch_id, text in texts:
            if not text:
                continue
            try:
                values[branch_id] = parameter_sudo._parse_strict(text)
            except ParameterError as error:
                # an update narrowed the limits: the value waits to be corrected
                _logger.warning("Parameter %s: %r is %s", code, text, error.code)
        return values

    def _parse_strict(self, text):
        return parse_value(
            self.type,
            text,
            minimum=self.minimum or "",
            maximum=self.maximum or "",
            choices=self._get_choices(),
        )

    def _parse(self, text):
        """Return the typed value of a text.

        :raise ValidationError: names the parameter and the rule
        """
        try:
            return self._parse_strict(text)
        except ParameterError as error:
            raise ValidationError(
                self.env._(
                    "%(parameter)s: “%(value)s” is %(reason)s.",
                    parameter=self.name,
                    value=text,
                    reason=self._get_reason(error),
                )
            ) from error

    def _normalize(self, text):
        """Return the one spelling of a value typed by somebody; False for none."""
        text = str(text).strip() if text else ""
        return format_value(self._parse(text)) if text else False

    def _note_change(self, branch_id, old, new):
        """Keep who changed a value, when, from what to what."""
        if (old or False) != (new or False):
            # append-only: nobody has the right to make entries by hand
            self.env["lottery.parameter.change"].sudo().create(
                {
                    "parameter_id": self.id,
                    "branch_id": branch_id,
                    "old": old,
                    "new": new,
                    "user_id": self.env.uid,
                }
            )

    # === WORDS === #

    def _get_choices(self):
        if self.type == "boolean":
            return {TRUE: self.env._("Yes"), FALSE: self.env._("No")}
        return parse_choices(self.selection_values)

    def _get_label(self, text):
        """Return a value as people read it."""
        if not text:
            return False
        label = self._get_choices().get(text, text)
        return f"{label} {self.measure}" if self.measure else label

    def _get_reason(self, error):
        details = error.details
        match error.code:
            case "not_yes_no":
                return self.env._("neither yes nor no")
            case "not_a_number":
                return self.env._("not a number")
            case "not_whole":
                return self.env._("not a whole number")
            case "not_a_date":
                return self.env._("not a date (example: 2026-03-31)")
            case "not_a_choice":
                return self.env._(
                    "none of: %(choices)s", choices=", ".join(details["choices"])
                )
            case "too_small":
                return self.env._("less than %(limit)s", limit=details["limit"])
            case "too_large":
                return self.env._("more than %(limit)s", limit=details["limit"])
            case "too_short":
                return self.env._(
                    "shorter than %(limit)s characters", limit=details["limit"]
                )
        return self.env._("longer than %(limit)s characters", limit=details["limit"])
