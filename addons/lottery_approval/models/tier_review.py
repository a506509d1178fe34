from odoo import api, fields, models


class TierReview(models.Model):
    """What one approver, or several of whom one suffices, was asked.

    Reviews of a run (``approval_id``) carry what they need themselves: nothing in
    them follows a later change of the flow, of a role or of a unit's head.
    """

    _inherit = "tier.review"

    approval_id = fields.Many2one(
        "lottery.approval", index="btree_not_null", ondelete="restrict"
    )
    level_id = fields.Many2one("lottery.approval.level", ondelete="restrict")
    round = fields.Integer()
    on_behalf_id = fields.Many2one("res.users", ondelete="restrict")
    name = fields.Char(readonly=False)
    review_type = fields.Selection(readonly=False)
    approve_sequence = fields.Boolean(readonly=False)
    reviewer_ids = fields.Many2many(readonly=False)

    # read by the inbox of each user and by the badge
    _pending_idx = models.Index("(approval_id) WHERE status = 'pending'")

    def _get_of_runs(self):
        return self.filtered("approval_id")

    def _compute_definition_data(self):
        super(TierReview, self - self._get_of_runs())._compute_definition_data()
        for review in self._get_of_runs():
            review.name = review.level_id.name
            review.review_type = review.level_id.definition_id.review_type
            review.reviewer_id = False
            review.reviewer_group_id = False
            review.has_comment = True
            review.approve_sequence = True

    def _compute_reviewer_ids(self):
        super(TierReview, self - self._get_of_runs())._compute_reviewer_ids()
        for review in self._get_of_runs():
            review.reviewer_ids = review.reviewer_ids

    def _compute_python_reviewer_ids(self):
        super(TierReview, self - self._get_of_runs())._compute_python_reviewer_ids()
        self._get_of_runs().python_reviewer_ids = False

    def _compute_can_review(self):
        super(TierReview, self - self._get_of_runs())._compute_can_review()
        for review in self._get_of_runs():
            review.can_review = review.status == "pending"

    @api.depends("reviewer_ids")
    def _compute_todo_by(self):
        super(TierReview, self - self._get_of_runs())._compute_todo_by()
        for review in self._get_of_runs():
            review.todo_by = ", ".join(review.reviewer_ids[:3].mapped("name"))

    def _update_review_status(self):
        """The engine alone moves the reviews of a run."""
        return super(TierReview, self - self._get_of_runs())._update_review_status()

    def unlink(self):
        """Keep the reviews of runs, whoever clears a record's reviews."""
        if not self.env.context.get("lottery_keep_reviews"):
            self.check_access("unlink")
        return super(TierReview, self - self._get_of_runs()).unlink()
