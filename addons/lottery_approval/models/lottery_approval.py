from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.lottery_base.models.lottery_state_mixin import GATE

from ..const import GATE_KEY

STATES = [
    ("pending", "In Approval"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn"),
    ("void", "Void"),
]


class LotteryApproval(models.Model):
    """One run of a flow for one record (PF-APR-01, PF-APR-02, PF-APR-03).

    Rows are written by the engine only: submitting (``lottery_approval_submit``),
    deciding (``lottery_approval_decide``), time limits
    (``lottery_approval_deadline``). Levels are copies of the flow's at submission,
    reviews (`tier.review`) are what each approver was asked; neither is deleted.
    """

    _name = "lottery.approval"
    _description = "Approval"
    _inherit = [
        "lottery.branch.mixin",
        "lottery.state.mixin",
        "lottery.journal.mixin",
    ]
    _order = "id desc"
    _rec_names_search = ["name", "record_name"]
    _state_transitions = {
        "pending": {"approved", "rejected", "withdrawn", "void"},
        "approved": {"void"},
    }

    name = fields.Char("Number", required=True, readonly=True, index="trigram")
    model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Record ID", model_field="model", required=True, readonly=True
    )
    model_name = fields.Char("Object", compute="_compute_model_name")
    subject = fields.Char(
        "Changed Object", readonly=True, help="Model that a change request changes."
    )
    record_name = fields.Char("Record", readonly=True, index="trigram")
    flow_id = fields.Many2one(
        "lottery.approval.flow", readonly=True, index=True, ondelete="restrict"
    )
    flow_name = fields.Char("Flow at Submission", readonly=True)
    flow_version = fields.Integer(readonly=True)
    branch_id = fields.Many2one(readonly=True, default=False)
    applicant_id = fields.Many2one(
        "res.users", required=True, readonly=True, index=True, ondelete="restrict"
    )
    excluded_ids = fields.Many2many(
        "res.users",
        relation="lottery_approval_excluded_rel",
        string="May Not Decide",
        help="The applicant and whoever made the record.",
    )
    state = fields.Selection(STATES, required=True, default="pending", readonly=True)
    submitted_at = fields.Datetime(readonly=True, index=True)
    decided_at = fields.Datetime("Ended", readonly=True)
    level_ids = fields.One2many("lottery.approval.level", "approval_id", "Levels")
    level_id = fields.Many2one(
        "lottery.approval.level", "Present Level", readonly=True, ondelete="set null"
    )
    step = fields.Char(compute="_compute_step")
    review_ids = fields.One2many("tier.review", "approval_id", "Asked")
    event_ids = fields.One2many("lottery.approval.event", "approval_id", "Trail")
    copied_ids = fields.Many2many("res.users", relation="lottery_approval_copied_rel")
    participant_ids = fields.Many2many(
        "res.users",
        relation="lottery_approval_participant_rel",
        string="Participants",
        help="Applicant, approvers and those copied; they see the approval.",
    )
    allow_same_person = fields.Boolean(readonly=True)
    deadline = fields.Datetime(readonly=True)
    remind_at = fields.Datetime(readonly=True)
    reminded_at = fields.Datetime("Reminded", readonly=True)
    overdue = fields.Boolean(readonly=True)
    escalated_at = fields.Datetime("Escalated", readonly=True)
    content_hash = fields.Char(
        readonly=True, help="SHA-256 of the content that is approved."
    )
    summary = fields.Json(readonly=True)
    gist = fields.Char("What", compute="_compute_gist")
    summary_html = fields.Html("Content", compute="_compute_summary_html")
    waiting_for = fields.Char(compute="_compute_waiting_for")
    can_review = fields.Boolean(
        "My Turn", compute="_compute_can_review", search="_search_can_review"
    )
    can_forward = fields.Boolean(compute="_compute_can_review")
    can_return = fields.Boolean(compute="_compute_can_review")
    can_withdraw = fields.Boolean(compute="_compute_can_withdraw")

    # read by the records' pages and by the mixin
    _record_idx = models.Index("(model, res_id)")
    # read by the cron of time limits
    _deadline_idx = models.Index("(deadline) WHERE state = 'pending'")
    # one run of a record at a time, whatever races
    _pending_uniq = models.UniqueIndex(
        "(model, res_id) WHERE state = 'pending'",
        "This record is in approval already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("name", "record_name")
    def _compute_display_name(self):
        for approval in self:
            # what it is about comes first: narrow screens cut the end
            approval.display_name = " ".join(
                filter(None, (approval.record_name, approval.name))
            )

    @api.depends_context("lang")
    @api.depends("model", "subject")
    def _compute_model_name(self):
        models = self.env["ir.model"]
        for approval in self:
            names = filter(None, (approval.model, approval.subject))
            approval.model_name = " · ".join(models._get(name).name for name in names)

    @api.depends("level_id", "level_ids", "state")
    def _compute_step(self):
        for approval in self:
            level = approval.level_id
            approval.step = (
                f"{level.number}/{len(approval.level_ids)} {level.name}"
                if level and approval.state == "pending"
                else False
            )

    @api.depends("summary")
    def _compute_gist(self):
        for approval in self:
            parts = [
                f"{row['label']}: {row['old']} → {row['new']}"
                if row.get("old")
                else f"{row['label']}: {row['new']}"
                for row in (approval.summary or [])[:2]
            ]
            approval.gist = "; ".join(parts)

    @api.depends_context("lang")
    @api.depends("summary")
    def _compute_summary_html(self):
        for approval in self:
            approval.summary_html = approval._render_summary()

    def _render_summary(self):
        """Return the content as a table: with two columns where it is a change."""
        rows = self.summary or []
        if not rows:
            return False
        with_old = any("old" in row for row in rows)
        head = Markup("<tr><th>%s</th>%s<th>%s</th></tr>") % (
            self.env._("Field"),
            Markup("<th>%s</th>") % self.env._("Before") if with_old else "",
            self.env._("After") if with_old else self.env._("Value"),
        )
        body = Markup().join(
            Markup("<tr><th>%s</th>%s<td>%s</td></tr>")
            % (
                row["label"],
                Markup("<td>%s</td>") % row.get("old", "") if with_old else "",
                Markup("<strong>%s</strong>") % row["new"] if with_old else row["new"],
            )
            for row in rows
        )
        return Markup(
            '<table class="table table-sm o_approval_summary">'
            "<thead>%s</thead><tbody>%s</tbody></table>"
        ) % (head, body)

    @api.depends("review_ids.status", "review_ids.reviewer_ids")
    def _compute_waiting_for(self):
        # who is asked is no secret to who sees the approval
        self._warm_reviews()
        for approval, approval_sudo in zip(self, self.sudo(), strict=True):
            names = approval_sudo._get_open_reviews().reviewer_ids.mapped("name")
            shown = ", ".join(names[:3])
            approval.waiting_for = (
                self.env._(
                    "%(names)s and %(count)s more", names=shown, count=len(names) - 3
                )
                if len(names) > 3
                else shown
            )

    @api.depends_context("uid")
    @api.depends("state", "review_ids.status", "review_ids.reviewer_ids")
    def _compute_can_review(self):
        voters = self._get_voters()
        self._warm_reviews()
        for approval, approval_sudo in zip(self, self.sudo(), strict=True):
            able = approval_sudo._keep_allowed(voters)
            can = bool(
                approval_sudo.state == "pending"
                and self.env.user in able - approval_sudo._get_barred()
                and approval_sudo._get_open_reviews().reviewer_ids & able
            )
            approval.can_review = can
            approval.can_forward = can and approval_sudo.level_id.can_forward
            approval.can_return = can and approval_sudo.level_id.number > 1

    @api.model
    def _search_can_review(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("id", "in", self._get_todo_ids(self.env.user))
        return domain if True in value else ~domain

    @api.model
    def _get_todo_ids(self, user):
        """Return the query of what waits for the user, own and as a deputy."""
        voters = self._get_voters(user)
        refused = self.env["lottery.approval.resolver"]._get_refused_models(voters)
        asked = Domain.OR(
            Domain("reviewer_ids", "in", group.ids)
            & self._get_subject_domain(refused[user] | models)
            for models, group in voters.grouped(refused.get).items()
        )
        return (
            self.env["tier.review"]
            .sudo()
            ._search(
                Domain("approval_id", "!=", False)
                & Domain("status", "=", "pending")
                & asked
                & ~Domain("approval_id.excluded_ids", "in", user.ids)
                & (
                    Domain("approval_id.allow_same_person", "=", True)
                    | self._get_undecided_domain(user)
                )
            )
            .subselect("approval_id")
        )

    @api.model
    def _get_undecided_domain(self, user):
        """Return the domain of reviews in whose run no vote of the user counts yet.

        The same as `_get_barred` says of one run.
        """

        def to_sql(_model, alias, _query):
            return SQL(
                """NOT EXISTS (SELECT FROM tier_review r
                      JOIN lottery_approval_level l ON l.id = r.level_id
                     WHERE r.approval_id = %s AND r.status = 'approved'
                       AND r.round = l.round AND l.state IN ('approved', 'pending')
                       AND %s IN (r.done_by, r.on_behalf_id))""",
                SQL.identifier(alias, "approval_id"),
                user.id,
            )

        self.env["tier.review"].flush_model()
        self.env["lottery.approval.level"].flush_model()
        return Domain.custom(to_sql=to_sql)

    @api.model
    def _get_subject_domain(self, refused):
        """Return the domain of reviews that are about none of the models ``refused``."""
        if not refused:
            return Domain.TRUE
        names = sorted(refused)
        return Domain(
            "approval_id",
            "any",
            Domain("model", "not in", names) & Domain("subject", "not in", names),
        )

    @api.model
    def _get_voters(self, user=None):
        """Return the user and those for whom the user is deputy today."""
        user = user or self.env.user
        return user | self.env["lottery.approval.absence"]._get_principals(user)

    @api.depends_context("uid")
    @api.depends("state", "applicant_id", "review_ids.status")
    def _compute_can_withdraw(self):
        for approval, approval_sudo in zip(self, self.sudo(), strict=True):
            approval.can_withdraw = (
                approval_sudo.state == "pending"
                and approval_sudo.applicant_id == self.env.user
                and not approval_sudo._is_decided()
            )

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Approvals are kept."))

    # === HELPERS === #

    def _warm_reviews(self):
        """Read for all what `_get_open_reviews` would read one by one."""
        self.sudo().review_ids.reviewer_ids.mapped("name")

    def _get_open_reviews(self):
        return self.review_ids.filtered(lambda review: review.status == "pending")

    def _is_decided(self):
        """Whether somebody has decided something in this run."""
        return any(
            review.status in ("approved", "rejected") or review.round > 1
            for review in self.review_ids
        )

    def _get_subjects(self):
        """Return the models on which one needs the right to approve."""
        self.ensure_one()
        return {self.model, self.subject} - {False}

    def _keep_allowed(self, users):
        """Return those of ``users`` whose roles let them decide this run."""
        subjects = self._get_subjects()
        resolver = self.env["lottery.approval.resolver"]
        return users.filtered(lambda user: resolver._may_decide(user, subjects))

    def _get_record_sudo(self):
        """Return the record with the engine's rights, or none when it is gone."""
        self.ensure_one()
        if self.model not in self.env:
            return None
        # approvers need no rights on what they decide, the engine writes the result
        return self.env[self.model].sudo().browse(self.res_id).exists()

    def _lock(self):
        """Take the rows, then forget what was read before.

        Whoever comes second waits; Odoo repeats its transaction, which then finds
        the decision of the first.
        """
        self.env.cr.execute(
            SQL(
                "SELECT id FROM lottery_approval WHERE id IN %s ORDER BY id FOR UPDATE",
                tuple(self.ids) or (0,),
            )
        )
        self.invalidate_recordset()
        return self

    def _open_gate(self, record_sudo):
        """Return the record in an environment in which it can be written."""
        return record_sudo.with_context(**{GATE_KEY: GATE})

    def _log(self, kind, **values):
        """Write the trail and the journal (PF-AUD-02)."""
        self.env["lottery.approval.event"].sudo()._add(self, kind, **values)

    def _notify_people(self, code, users, values=None):
        """Tell ``users`` by the template ``approval.<code>``."""
        self.env["lottery.notification"]._notify(
            f"approval.{code}", users, record=self, values=values
        )

    def _refresh_badges(self, users):
        """Let the web clients of ``users`` count anew."""
        for user in users:
            user._bus_send("base.tier.validation/updated", {})

    # === ACTIONS === #

    def action_open_record(self):
        """Open what is approved, if the user may see it."""
        self.ensure_one()
        model = self.env.get(self.model)
        record = (
            model.with_context(active_test=False).search([("id", "=", self.res_id)])
            if model is not None and model.has_access("read")
            else None
        )
        if not record:
            raise UserError(
                self.env._("The record is gone or belongs to another unit.")
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    def action_print(self):
        return self.env.ref(
            "lottery_approval.lottery_approval_report_form"
        ).report_action(self)
