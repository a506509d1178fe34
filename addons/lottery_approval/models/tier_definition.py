from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import test_python_expr

FORMULA_FIELDS = ("python_code", "reviewer_expression")
FORMULA_TYPES = ("formula", "domain_formula")


def parse_domain(env, model, text):
    """Return the domain written in ``text`` if ``model`` understands it.

    :raise ValueError: says what is wrong with it.
    """
    try:
        domain = Domain(literal_eval(text or "[]"))
        domain.validate(env[model])
    except Exception as error:
        raise ValueError(str(error)) from error
    return domain


def refuse_formulas(records, vals):
    """Let the technical administrator alone write Python.

    A formula runs with the rights of the engine for whoever submits.

    :raise AccessError: ``vals`` bring a formula.
    """
    env = records.env
    if env.su or env.user.has_group("base.group_system"):
        return
    defaults = records.default_get(FORMULA_FIELDS)
    if (
        vals.get("definition_type") in FORMULA_TYPES
        or vals.get("review_type") == "expression"
        or any(
            vals.get(name, defaults.get(name)) != defaults.get(name)
            for name in vals
            if name in FORMULA_FIELDS
        )
    ):
        raise AccessError(
            env._(
                "Formulas run as a program: only a technical administrator sets them."
            )
        )


class TierDefinition(models.Model):
    """A level of an approval flow (PF-APR-01)."""

    _inherit = "tier.definition"
    _order = "flow_id, sequence, id"

    flow_id = fields.Many2one(
        "lottery.approval.flow", ondelete="cascade", index="btree_not_null"
    )
    model_id = fields.Many2one(compute="_compute_model_id", store=True, readonly=False)
    company_id = fields.Many2one(default=lambda self: self._default_company_id())
    review_type = fields.Selection(
        selection_add=[
            ("individual", "Named users"),
            ("group", "Members of a role"),
            ("branch_head", "Head of the unit"),
            ("branch_admin", "Administrators of the unit"),
        ],
    )
    definition_type = fields.Selection(
        selection_add=[
            ("domain", "Filter"),
            ("formula", "Formula"),
            ("domain_formula", "Filter and formula"),
        ]
    )
    approver_ids = fields.Many2many(
        "res.users",
        relation="lottery_approval_level_user_rel",
        column1="definition_id",
        column2="user_id",
        string="Approvers",
        domain=[("share", "=", False)],
    )
    branch_depth = fields.Integer(
        string="Units Up",
        help="0: the record's unit, 1: the unit above it, and so on. Where the tree "
        "ends earlier its top is taken.",
    )
    fall_to_parent = fields.Boolean(
        string="Else Parent's Head",
        default=True,
        help="If nobody can decide the level, the head of the next unit above does.",
    )
    approve_mode = fields.Selection(
        [("any", "One of them"), ("all", "All of them")],
        string="Who Must Approve",
        required=True,
        default="any",
    )
    limit_hours = fields.Integer(
        string="Time Limit (h)", help="Hours to decide; 0: no limit."
    )
    remind_hours = fields.Integer(
        string="Reminder Before (h)", help="Hours before the limit; 0: no reminder."
    )
    escalate = fields.Boolean(
        help="When the limit has passed, the head of the unit above may decide too.",
    )
    has_forward = fields.Boolean(default=True)
    approver_text = fields.Char(string="Approver", compute="_compute_approver_text")

    _hours_positive = models.Constraint(
        "CHECK(limit_hours >= 0 AND remind_hours >= 0)",
        "Hours can't be negative.",
    )
    _remind_before_limit = models.Constraint(
        "CHECK(remind_hours = 0 OR remind_hours < limit_hours)",
        "The reminder comes before the time limit.",
    )
    _depth_positive = models.Constraint(
        "CHECK(branch_depth >= 0)", "Units up can't be negative."
    )

    @api.model
    def _default_company_id(self):
        """Levels of flows are everybody's; units tell who is meant."""
        return False if "default_flow_id" in self.env.context else self.env.company

    @api.model
    def _get_tier_validation_model_names(self):
        return [
            *super()._get_tier_validation_model_names(),
            *self.env["lottery.approval.flow"]._get_approvable_models(),
        ]

    @api.depends("flow_id.model_id")
    def _compute_model_id(self):
        for level in self:
            level.model_id = level.flow_id.model_id or level.model_id

    @api.depends(
        "review_type",
        "approver_ids",
        "reviewer_group_id",
        "reviewer_field_id",
        "branch_depth",
    )
    def _compute_approver_text(self):
        labels = dict(self._fields["review_type"]._description_selection(self.env))
        for level in self:
            label = labels.get(level.review_type, "")
            if level.review_type == "individual":
                label = ", ".join(level.approver_ids.mapped("name"))
            elif level.review_type == "group":
                label = level.reviewer_group_id.name
            elif level.review_type == "field":
                label = level.reviewer_field_id.field_description
            elif level.branch_depth and level.review_type in (
                "branch_head",
                "branch_admin",
            ):
                label = self.env._(
                    "%(who)s, %(count)s up", who=label, count=level.branch_depth
                )
            level.approver_text = label

    @api.constrains(
        "flow_id",
        "review_type",
        "approver_ids",
        "reviewer_group_id",
        "reviewer_field_id",
    )
    def _check_approver(self):
        needed = {
            "individual": "approver_ids",
            "group": "reviewer_group_id",
            "field": "reviewer_field_id",
        }
        for level in self.filtered("flow_id"):
            name = needed.get(level.review_type)
            if name and not level[name]:
                raise ValidationError(
                    self.env._(
                        "Level “%(level)s”: %(field)s is empty.",
                        level=level.name,
                        field=level._fields[name]._description_string(self.env),
                    )
                )
            if level.reviewer_field_id and (
                level.reviewer_field_id.relation != "res.users"
                or level.reviewer_field_id.model != level.flow_id.model
            ):
                raise ValidationError(
                    self.env._(
                        "Level “%(level)s”: the field must hold users of “%(model)s”.",
                        level=level.name,
                        model=level.flow_id.model_id.name,
                    )
                )

    @api.constrains("flow_id", "definition_type", "definition_domain", "python_code")
    def _check_condition(self):
        for level in self.filtered("flow_id"):
            level.flow_id._check_one_condition(level, level.name)
            expression = level.reviewer_expression
            if level.review_type == "expression" and (
                fault := test_python_expr(expression.strip(), mode="eval")
            ):
                raise ValidationError(
                    self.env._(
                        "Level “%(level)s”, approvers: %(fault)s",
                        level=level.name,
                        fault=fault,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            refuse_formulas(self, vals)
            if vals.get("flow_id"):
                vals.setdefault("company_id", False)
        levels = super().create(vals_list)
        levels.flow_id._bump_version()
        return levels

    def write(self, vals):
        refuse_formulas(self, vals)
        flows = self.flow_id
        result = super().write(vals)
        (flows | self.flow_id)._bump_version()
        return result

    def unlink(self):
        flows = self.flow_id
        result = super().unlink()
        flows.exists()._bump_version()
        return result

    # === BUSINESS METHODS === #

    def _prepare_level_values(self, number):
        """Return the level as it is now, for a run that keeps it so."""
        self.ensure_one()
        return {
            "number": number,
            "name": self.name,
            "definition_id": self.id,
            "mode": self.approve_mode,
            "limit_hours": self.limit_hours,
            "remind_hours": self.remind_hours,
            "escalate": self.escalate,
            "can_forward": self.has_forward,
            "rule": self._get_rule(),
        }

    def _get_rule(self):
        """Return how approvers are found, as plain data (`lottery.approval.resolver`)."""
        self.ensure_one()
        return {
            "kind": self.review_type,
            "user_ids": (self.approver_ids | self.reviewer_id).ids,
            "group_id": self.reviewer_group_id.id,
            "field": self.reviewer_field_id.name,
            "expression": self.reviewer_expression,
            "depth": self.branch_depth,
            "fall": self.fall_to_parent,
        }
