from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.safe_eval import test_python_expr

from .tier_definition import FORMULA_TYPES, parse_domain, refuse_formulas

MIXIN = "lottery.approval.mixin"
PYTHON_DEFAULT = "True"


class LotteryApprovalFlow(models.Model):
    """How records of a model are approved, as data (PF-APR-01).

    The first active flow, in order, whose unit and condition fit the record is taken.
    A run keeps a copy of its levels, so a change here concerns later runs only.
    """

    _name = "lottery.approval.flow"
    _description = "Approval Flow"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=50)
    active = fields.Boolean(default=True)
    model_id = fields.Many2one(
        "ir.model",
        string="Object",
        required=True,
        ondelete="cascade",
        domain=lambda self: [("model", "in", self._get_approvable_models())],
    )
    model = fields.Char(related="model_id.model", store=True, index=True)
    branch_id = fields.Many2one(
        "lottery.branch",
        string="Unit",
        index=True,
        ondelete="restrict",
        help="For records of this unit and of those below it; empty: of all units.",
    )
    definition_type = fields.Selection(
        [
            ("domain", "Filter"),
            ("formula", "Formula"),
            ("domain_formula", "Filter and formula"),
        ],
        string="Condition",
        required=True,
        default="domain",
    )
    definition_domain = fields.Char(
        string="Filter", help="Records the flow is for; empty: all."
    )
    python_code = fields.Text(
        string="Formula",
        default=PYTHON_DEFAULT,
        help="Python; `rec` is the record. True: the flow is for it.",
    )
    level_ids = fields.One2many(
        "tier.definition", "flow_id", string="Levels", copy=True
    )
    level_count = fields.Integer(compute="_compute_level_count")
    allow_same_person = fields.Boolean(
        help="One person may decide several levels. The applicant still decides none."
    )
    copied_ids = fields.Many2many(
        "res.users",
        relation="lottery_approval_flow_copied_rel",
        column1="flow_id",
        column2="user_id",
        domain=[("share", "=", False)],
        help="They see the approval and are told of its end.",
    )
    version = fields.Integer(default=1, readonly=True, copy=False)
    note = fields.Text()

    @api.depends("level_ids")
    def _compute_level_count(self):
        for flow in self:
            flow.level_count = len(flow.level_ids)

    @api.constrains("active", "level_ids")
    def _check_levels(self):
        for flow in self:
            if flow.active and not flow.level_ids:
                raise ValidationError(
                    self.env._("Flow “%(flow)s” has no level.", flow=flow.name)
                )

    @api.constrains("definition_type", "definition_domain", "python_code", "model_id")
    def _check_condition(self):
        for flow in self:
            if flow.model not in self._get_approvable_models():
                raise ValidationError(
                    self.env._(
                        "“%(model)s” can't be approved.", model=flow.model_id.name
                    )
                )
            flow._check_one_condition(flow, flow.name)

    def _check_one_condition(self, holder, name):
        """Check the condition of the flow or of one of its levels.

        :raise ValidationError: names the holder and the fault.
        """
        self.ensure_one()
        fault = False
        if holder.definition_type != "formula":
            try:
                parse_domain(self.env, self.model, holder.definition_domain)
            except ValueError as error:
                fault = error
        if not fault and holder.definition_type in FORMULA_TYPES:
            fault = test_python_expr((holder.python_code or "").strip(), mode="eval")
        if fault:
            raise ValidationError(
                self.env._("“%(name)s”, condition: %(fault)s", name=name, fault=fault)
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            refuse_formulas(self, vals)
        return super().create(vals_list)

    def write(self, vals):
        refuse_formulas(self, vals)
        result = super().write(vals)
        if vals.keys() - {"version", "sequence", "active", "note"}:
            self._bump_version()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # runs of units out of sight count too
        runs_sudo = self.env["lottery.approval"].sudo()
        if used := runs_sudo.search([("flow_id", "in", self.ids)], limit=1).flow_id:
            raise UserError(
                self.env._(
                    "Flow “%(flow)s” has been used: archive it instead.",
                    flow=used.name,
                )
            )

    def _bump_version(self):
        for flow in self:
            flow.version += 1

    # === BUSINESS METHODS === #

    @api.model
    def _get_approvable_models(self):
        """Return the names of the models that adopt approvals."""
        mixin = self.env.registry[MIXIN]
        return sorted(
            name
            for name, model in self.env.registry.items()
            if not model._abstract and issubclass(model, mixin)
        )

    @api.model
    def _find(self, record_sudo):
        """Return the flow for the record, or none."""
        flows = self.sudo().search([("model", "=", record_sudo._name)])
        return next((flow for flow in flows if flow._fits(record_sudo)), flows.browse())

    def _fits(self, record_sudo):
        self.ensure_one()
        if self.branch_id:
            branch_sudo = record_sudo._get_approval_branch().sudo()
            path = branch_sudo.parent_path or ""
            if not path.startswith(self.branch_id.parent_path):
                return False
        return bool(record_sudo.evaluate_tier(self))

    def _get_levels(self, record_sudo):
        """Return the levels whose own condition the record fulfils."""
        self.ensure_one()
        return self.level_ids.filtered(record_sudo.evaluate_tier)

    def action_preview(self):
        """Show for a record which steps it would take."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview"),
            "res_model": "lottery.approval.preview",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_flow_id": self.id},
        }
