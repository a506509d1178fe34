from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.lottery_base.models.lottery_state_mixin import GATE

from ..const import ENGINE_FIELDS, FREE_FIELDS, GATE_KEY


class LotteryApprovalMixin(models.AbstractModel):
    """Records that are approved by configured flows (PF-APR-01, PF-APR-02).

    ``_inherit = ["lottery.approval.mixin"]`` is all: form views get banner and
    buttons by themselves (``lottery_approval_mixin_view``). Hooks: `_on_approved`,
    `_on_rejected`, `_get_approval_branch`, `_get_approval_subject`,
    `_get_approval_excluded`, `_get_approval_content`, `_get_approval_summary`.

    On OCA's mixin: conditions of flows and levels are its `evaluate_tier`, steps its
    reviews. Its own verbs lead to ours; its checks on write, which reviewers and a
    context key may pass, are replaced by the gate.
    """

    _name = "lottery.approval.mixin"
    _description = "Approved Record"
    _inherit = ["tier.validation"]

    _state_field = "approval_state"
    _state_from = ["none", "rejected"]
    _state_to = ["approved"]
    _cancel_state = "cancelled"

    approval_state = fields.Selection(
        [
            ("none", "Not Submitted"),
            ("pending", "In Approval"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
        ],
        required=True,
        default="none",
        readonly=True,
        copy=False,
        index=True,
    )
    approval_id = fields.Many2one(
        "lottery.approval",
        "Latest Approval",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    approval_step = fields.Char(
        "Present Level", related="approval_id.step", related_sudo=True
    )
    approval_waiting_for = fields.Char(
        "Waiting For", related="approval_id.waiting_for", related_sudo=True
    )
    approval_can_review = fields.Boolean(compute="_compute_approval_rights")
    approval_can_forward = fields.Boolean(compute="_compute_approval_rights")
    approval_can_return = fields.Boolean(compute="_compute_approval_rights")
    approval_can_withdraw = fields.Boolean(compute="_compute_approval_rights")
    approval_reason = fields.Char(compute="_compute_approval_reason")
    review_ids = fields.One2many(
        domain=lambda self: [
            ("model", "=", self._name),
            ("approval_id", "!=", False),
        ]
    )
    validation_status = fields.Selection(store=False)

    @api.depends_context("uid")
    @api.depends("approval_id.state", "approval_id.review_ids.status")
    def _compute_approval_rights(self):
        for record, record_sudo in zip(self, self.sudo(), strict=True):
            run_sudo = record_sudo.approval_id
            record.approval_can_review = run_sudo.can_review
            record.approval_can_forward = run_sudo.can_forward
            record.approval_can_return = run_sudo.can_return
            record.approval_can_withdraw = run_sudo.can_withdraw

    @api.depends("approval_id.event_ids")
    def _compute_approval_reason(self):
        for record, record_sudo in zip(self, self.sudo(), strict=True):
            events = record_sudo.approval_id.event_ids.filtered(
                lambda event: event.kind in ("rejected", "returned")
            )
            record.approval_reason = events[-1:].comment

    # === OCA'S COMPUTED FIELDS === #

    @api.depends("approval_state")
    def _compute_validation_status(self):
        status = {"pending": "pending", "approved": "validated", "rejected": "rejected"}
        for record in self:
            record.validation_status = status.get(record.approval_state, "no")

    def _compute_can_review(self):
        for record in self:
            record.can_review = record.approval_can_review

    @api.model
    def _search_can_review(self, operator, value):
        return [("approval_id.can_review", operator, value)]

    def _compute_need_validation(self):
        self.need_validation = False

    # === GATE === #

    @api.model
    def _is_gate_open(self):
        return self.env.context.get(GATE_KEY) is GATE

    @api.model
    def _get_approval_free_fields(self):
        """Return the fields that can be written at any time; extend by ``|``."""
        return FREE_FIELDS

    @api.model_create_multi
    def create(self, vals_list):
        self = self.with_context(
            default_approval_state="none", default_approval_id=False
        )
        for vals in vals_list:
            if vals.get("approval_state", "none") != "none" or vals.get("approval_id"):
                self._refuse_engine_fields()
        return super().create(vals_list)

    def write(self, vals):
        if self._is_gate_open():
            return super().write(vals)
        if vals.keys() & ENGINE_FIELDS:
            self._refuse_engine_fields()
        if vals.keys() - self._get_approval_free_fields():
            self._refuse_while_pending()
        approved_sudo = self.sudo().filtered(
            lambda record: record.approval_state == "approved"
        )
        hashes = {record: record._get_approval_hash() for record in approved_sudo}
        result = super().write(vals)
        for record_sudo, before in hashes.items():
            if record_sudo._get_approval_hash() != before:
                record_sudo._void_approval()
        return result

    def unlink(self):
        """Refuse in approval; afterwards the runs and their trail stay."""
        self._refuse_while_pending()
        keeping = self.with_context(lottery_keep_reviews=True)
        return super(LotteryApprovalMixin, keeping).unlink()

    def _refuse_while_pending(self):
        # the state decides for everybody, whatever the user may read
        pending = self.sudo().filtered(
            lambda record: record.approval_state == "pending"
        )
        if pending:
            raise UserError(
                self.env._(
                    "%(record)s is in approval and can't be changed. Withdraw it, or "
                    "have it rejected.",
                    record=pending[:1].display_name,
                )
            )

    @api.model
    def _refuse_engine_fields(self):
        raise UserError(
            self.env._(
                "The approval of “%(model)s” changes by its own actions only.",
                model=self.env["ir.model"]._get(self._name).name,
            )
        )

    def _void_approval(self):
        """The approved content has changed: the approval counts no longer."""
        for record_sudo in self:
            run_sudo = record_sudo.approval_id._lock()
            run_sudo._void()
            run_sudo._open_gate(record_sudo).approval_state = "none"

    def _tier_validation_check_state_on_write(self, vals):
        """The gate judges."""

    def _tier_validation_check_write_allowed(self, vals):
        """The gate judges."""

    def _tier_validation_check_write_remove_reviews(self, vals):
        """Reviews are kept."""

    # === VERBS === #

    def action_submit_approval(self):
        """Submit the records; the user is the applicant.

        :raise UserError: names the level and the unit where nobody can decide.
        """
        self.check_access("write")
        records_sudo = self.sudo()
        records_sudo._lock_for_approval()
        for record_sudo in records_sudo:
            if record_sudo.approval_state in ("pending", "approved"):
                raise UserError(
                    self.env._(
                        "%(record)s has been submitted already.",
                        record=record_sudo.display_name,
                    )
                )
            record_sudo._check_approval_submit()
            self.env["lottery.approval"]._submit(record_sudo)
        self.invalidate_recordset()
        return True

    def _lock_for_approval(self):
        """Take the rows: two clicks make one run."""
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM %s WHERE id IN %s ORDER BY id FOR UPDATE",
                SQL.identifier(self._table),
                tuple(self.ids) or (0,),
            )
        )

    def action_approve(self, comment=None):
        return self._get_runs().action_approve(comment)

    def action_reject(self, reason=None):
        return self._get_runs().action_reject(reason)

    def action_return(self, level=None, reason=None):
        return self._get_runs().action_return(level, reason)

    def action_forward(self, user_id=None, comment=None):
        return self._get_runs().action_forward(user_id, comment)

    def action_withdraw(self):
        return self._get_runs().action_withdraw()

    def action_decide(self):
        return self._get_runs().action_decide()

    def _get_runs(self):
        """Return the records' latest runs, as the user."""
        self.check_access("read")
        runs = self.env["lottery.approval"].browse(self.sudo().approval_id.ids)
        if not runs:
            raise UserError(self.env._("Nothing is in approval here."))
        return runs

    def action_open_approval(self):
        """Open the latest run with its trail."""
        runs = self._get_runs()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Approval"),
            "res_model": "lottery.approval",
            "res_id": runs[:1].id,
            "views": [(False, "form")],
        }

    # === OCA'S VERBS === #

    def request_validation(self):
        self.action_submit_approval()
        return self.sudo().review_ids.browse()

    def validate_tier(self):
        return self.action_approve()

    def reject_tier(self):
        return self.action_reject()

    def forward_tier(self):
        return self.action_forward()

    def restart_validation(self):
        raise UserError(
            self.env._("Runs are kept: withdraw or reject, then submit anew.")
        )

    def _validate_tier(self, tiers=False):
        """Nothing passes but by `action_approve`."""

    def _rejected_tier(self, tiers=False):
        """Nothing is rejected but by `action_reject`."""

    def _forward_tier(self, tiers=False):
        """Nothing is forwarded but by `action_forward`."""

    def _update_counter(self, review_counter):
        """The engine tells those concerned (`_refresh_badges`)."""

    # === HOOKS === #

    def _on_approved(self):
        """Hook: all levels have passed. Runs once, as the engine, with the gate open."""

    def _on_rejected(self, reason):
        """Hook: the record is back at its applicant. Runs once, as the engine."""

    def _check_approval_submit(self):
        """Hook: raise when the record is not fit to be submitted."""

    def _get_approval_branch(self):
        """Hook: return the unit whose people decide; empty is nobody's."""
        self.ensure_one()
        if "branch_id" in self._fields:
            return self.branch_id
        return self.env["lottery.branch"]

    def _get_approval_subject(self):
        """Hook: return the model that is decided about, where it is another one."""
        return False

    def _get_approval_subjects(self):
        """Return the models on which approvers need the right to approve."""
        self.ensure_one()
        return {self._name, self._get_approval_subject()} - {False}

    def _get_approval_excluded(self):
        """Hook: return who, beside the applicant, may not decide: the author."""
        return self.create_uid
