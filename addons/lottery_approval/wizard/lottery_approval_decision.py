from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


class LotteryApprovalDecision(models.TransientModel):
    """A decision with its reason, on one approval or many (PF-APR-02, PF-APR-03)."""

    _name = "lottery.approval.decision"
    _description = "Decide on Approvals"

    kind = fields.Selection(
        [
            ("approve", "Approve"),
            ("reject", "Reject"),
            ("return", "Return"),
            ("forward", "Forward"),
            ("reassign", "Reassign"),
        ],
        required=True,
        default="approve",
    )
    approval_ids = fields.Many2many("lottery.approval", string="Approvals")
    count = fields.Integer(compute="_compute_count")
    level_id = fields.Many2one(
        "lottery.approval.level",
        "Return To",
        domain="[('id', 'in', earlier_level_ids)]",
    )
    earlier_level_ids = fields.Many2many(
        "lottery.approval.level", compute="_compute_earlier_level_ids"
    )
    user_id = fields.Many2one("res.users", "Colleague", domain=[("share", "=", False)])
    comment = fields.Char("Comment or Reason")
    failure_ids = fields.One2many(
        "lottery.approval.decision.failure", "decision_id", "Not Decided"
    )
    done_count = fields.Integer("Decided", readonly=True)
    is_done = fields.Boolean(readonly=True)

    @api.depends("approval_ids")
    def _compute_count(self):
        for decision in self:
            decision.count = len(decision.approval_ids)

    @api.depends("approval_ids")
    def _compute_earlier_level_ids(self):
        for decision in self:
            approval = decision.approval_ids[:1]
            decision.earlier_level_ids = approval.level_ids.filtered(
                lambda level, approval=approval: level.number < approval.level_id.number
            )

    def action_confirm(self):
        self.ensure_one()
        # ids come from the client: what the user may not see is not decided
        approvals = self.approval_ids._filtered_access("read")
        if self.kind == "approve" and len(approvals) > 1:
            return self._approve_many(approvals)
        approvals.ensure_one()
        result = self._decide_one(approvals)
        return result if isinstance(result, dict) else self.action_close()

    def action_close(self):
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _decide_one(self, approval):
        if self.kind == "approve":
            return approval.action_approve(self.comment)
        if self.kind in ("forward", "reassign"):
            if not self.user_id:
                raise ValidationError(self.env._("Colleague: is needed."))
            if self.kind == "forward":
                return approval.action_forward(self.user_id.id, self.comment)
            return approval.action_reassign(self.user_id.id, self.comment)
        if not (self.comment or "").strip():
            raise ValidationError(self.env._("Reason: is needed."))
        if self.kind == "reject":
            return approval.action_reject(self.comment)
        if not self.level_id:
            raise ValidationError(self.env._("Return to: is needed."))
        return approval.action_return(self.level_id.number, self.comment)

    def _approve_many(self, approvals):
        """Approve each by itself and report those that could not be."""
        failures = []
        done = 0
        # one lock for all, in one order, so that two of these do not wait for each other
        approvals.sudo()._lock()
        for approval in approvals.sorted("id"):
            try:
                with self.env.cr.savepoint():
                    notice = approval.action_approve(self.comment)
            except (UserError, AccessError, ValidationError) as error:
                failures.append((approval, str(error)))
                continue
            if isinstance(notice, dict):
                failures.append((approval, notice["params"]["message"]))
            else:
                done += 1
        self.write(
            {
                "is_done": True,
                "done_count": done,
                "failure_ids": [
                    fields.Command.create({"approval_id": approval.id, "reason": text})
                    for approval, text in failures
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Approve"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }


class LotteryApprovalDecisionFailure(models.TransientModel):
    _name = "lottery.approval.decision.failure"
    _description = "Approval That Could Not Be Decided"

    decision_id = fields.Many2one(
        "lottery.approval.decision", required=True, ondelete="cascade", index=True
    )
    approval_id = fields.Many2one("lottery.approval", ondelete="cascade")
    reason = fields.Char()
