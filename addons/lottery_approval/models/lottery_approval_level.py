from odoo import api, fields, models


class LotteryApprovalLevel(models.Model):
    """A level of a run, as the flow had it at submission (PF-APR-01)."""

    _name = "lottery.approval.level"
    _description = "Level of an Approval"
    _order = "approval_id, number"

    approval_id = fields.Many2one(
        "lottery.approval", required=True, ondelete="cascade", index=True
    )
    number = fields.Integer(required=True)
    name = fields.Char(required=True)
    definition_id = fields.Many2one(
        "tier.definition", index="btree_not_null", ondelete="set null"
    )
    mode = fields.Selection(
        [("any", "One of them"), ("all", "All of them")],
        string="Who Must Approve",
        required=True,
    )
    limit_hours = fields.Integer("Time Limit (h)")
    remind_hours = fields.Integer("Reminder Before (h)")
    escalate = fields.Boolean()
    can_forward = fields.Boolean("Forwarding")
    rule = fields.Json(help="How its approvers are found.")
    round = fields.Integer(help="Counts how often the level was begun.")
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("pending", "In Approval"),
            ("approved", "Approved"),
            ("closed", "Closed"),
        ],
        required=True,
        default="waiting",
    )
    started_at = fields.Datetime("Begun")
    ended_at = fields.Datetime("Ended")
    deadline = fields.Datetime()
    people = fields.Char("Approvers", compute="_compute_people")

    _number_uniq = models.Constraint(
        "UNIQUE(approval_id, number)", "Levels of an approval have different numbers."
    )

    @api.depends("number", "name")
    def _compute_display_name(self):
        for level in self:
            level.display_name = f"{level.number}. {level.name}"

    @api.depends("approval_id.review_ids.status")
    def _compute_people(self):
        # who decides is no secret to who sees the approval
        for level, level_sudo in zip(self, self.sudo(), strict=True):
            reviews = level_sudo._get_present_reviews()
            names = [
                review.done_by.name or ", ".join(review.reviewer_ids.mapped("name"))
                for review in reviews
                if review.status != "cancel"
            ]
            level.people = ", ".join(names)

    def _get_present_reviews(self):
        """Return the reviews since the level was last begun."""
        return self.approval_id.review_ids.filtered(
            lambda review: (
                review.level_id in self and review.round == review.level_id.round
            )
        )
