from odoo import api, fields, models
from odoo.fields import Domain

BATCH = 500


class LotteryApproval(models.Model):
    """Time limits of levels: reminder, overdue, escalation (PF-APR-03).

    Each mark is one UPDATE for the whole batch; people are told once, however many
    approvals wait for them.
    """

    _inherit = "lottery.approval"

    @api.model
    def _cron_deadlines(self):
        """Do what has come due; marks make every run idempotent."""
        self._run_batches(
            Domain("remind_at", "<=", "now")
            & Domain("reminded_at", "=", False)
            & Domain("deadline", ">", "now"),
            "_remind",
        )
        self._run_batches(
            Domain("deadline", "<=", "now") & Domain("overdue", "=", False),
            "_mark_overdue",
        )
        self._run_batches(
            Domain("overdue", "=", True)
            & Domain("escalated_at", "=", False)
            & Domain("level_id.escalate", "=", True),
            "_escalate",
        )

    @api.model
    def _run_batches(self, domain, method):
        domain &= Domain("state", "=", "pending")
        cron = self.env["ir.cron"]
        while found := self.search(domain, limit=BATCH, order="deadline"):
            # who decides just now is left for the next run
            batch = found.try_lock_for_update().filtered_domain(
                Domain("state", "=", "pending")
            )
            getattr(batch, method)()
            if not cron._commit_progress(len(batch)) or len(batch) < len(found):
                break

    def _remind(self):
        self.write({"reminded_at": fields.Datetime.now()})
        self._log("reminded")
        self._notify_waiting("reminder")

    def _mark_overdue(self):
        self.write({"overdue": True})
        self._log("overdue")
        self._notify_waiting("overdue")

    def _escalate(self):
        """Let the head above decide too; where there is none the mark stays alone."""
        now = fields.Datetime.now()
        self.write({"escalated_at": now})
        resolver = self.env["lottery.approval.resolver"]
        for approval in self:
            record_sudo = approval._get_record_sudo()
            if not record_sudo:
                continue
            level = approval.level_id
            open_reviews = approval._get_open_reviews()
            head = resolver._find_head_above(
                resolver._get_branch(level.rule, record_sudo),
                approval._get_barred() | open_reviews.reviewer_ids,
                approval._get_subjects(),
            )
            if not head:
                continue
            # of one suffices; where all were asked the head stands in for the rest
            others = open_reviews.reviewer_ids if level.mode == "any" else head.browse()
            open_reviews.status = "cancel"
            approval._log("escalated", target=head.name)
            approval._ask(level, head | others)
            approval._notify_people(
                "escalated",
                head | approval.applicant_id,
                {"level": level.name, "head": head.name},
            )

    def _notify_waiting(self, code):
        """Tell everybody asked, once, how many approvals are meant."""
        self._warm_reviews()
        deputies = self.env["lottery.approval.absence"]._get_deputies(
            self.review_ids.reviewer_ids
        )
        by_user = {}
        for approval in self:
            asked = approval._get_open_reviews().reviewer_ids
            for user in asked:
                asked |= deputies.get(user, user)
            for user in asked - approval.excluded_ids:
                by_user.setdefault(user, self.browse())
                by_user[user] |= approval
        for user, approvals in by_user.items():
            approvals[:1]._notify_people(
                code,
                user,
                {
                    "count": len(approvals),
                    "approvals": ", ".join(approvals[:5].mapped("display_name")),
                },
            )
