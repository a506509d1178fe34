from odoo import fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command


class LotteryApproval(models.Model):
    """The verbs of approvers and applicants (PF-APR-02).

    Each takes the row first and looks then. Public methods are doors of their own:
    they check who calls, then work as the engine.
    """

    _inherit = "lottery.approval"

    # === DOORS === #

    def action_approve(self, comment=None):
        """Approve the present level of each run.

        :return: a notice where a run turned out void, else True.
        """
        runs_sudo = self._enter()
        voided = runs_sudo.browse()
        for run_sudo in runs_sudo:
            review, principal = run_sudo._take_turn()
            if run_sudo._void_if_changed():
                voided |= run_sudo
                continue
            run_sudo._close_review(review, "approved", principal, comment)
            run_sudo._log("approved", on_behalf=principal, comment=comment)
            run_sudo._end_level_if_done()
        return voided._get_void_notice() or True

    def action_reject(self, reason=None):
        """Reject: back to the applicant, with a reason."""
        if not reason:
            return self._open_decision("reject")
        self._check_reason(reason)
        for run_sudo in self._enter():
            review, principal = run_sudo._take_turn()
            run_sudo._close_review(review, "rejected", principal, reason)
            run_sudo._log("rejected", on_behalf=principal, comment=reason)
            run_sudo._end("rejected")
            record_sudo = run_sudo._open_gate(run_sudo._get_record_sudo())
            record_sudo.approval_state = "rejected"
            record_sudo._on_rejected(reason)
            run_sudo._notify_decision(self.env._("Rejected"), reason)
        return True

    def action_return(self, level=None, reason=None):
        """Return the run to an earlier level, with a reason.

        :param int level: number of the level.
        """
        self.ensure_one()
        if level is None or not reason:
            return self._open_decision("return")
        self._check_reason(reason)
        run_sudo = self._enter()
        review, principal = run_sudo._take_turn()
        target = run_sudo.level_ids.filtered(lambda each: each.number == level)
        if not target or target.number >= run_sudo.level_id.number:
            raise ValidationError(
                self.env._("Level: return is possible to an earlier level only.")
            )
        if run_sudo._void_if_changed():
            return run_sudo._get_void_notice()
        run_sudo._close_review(review, "rejected", principal, reason)
        run_sudo._get_open_reviews().status = "cancel"
        run_sudo._log(
            "returned", on_behalf=principal, comment=reason, target=target.display_name
        )
        run_sudo.level_ids.filtered(lambda each: each.number >= level).write(
            {"state": "waiting", "ended_at": False}
        )
        run_sudo._begin_next_level()
        run_sudo._notify_people(
            "returned",
            run_sudo.applicant_id,
            {"level": target.display_name, "reason": reason},
        )
        return True

    def action_forward(self, user_id=None, comment=None):
        """Hand the own turn to a colleague (转办)."""
        self.ensure_one()
        if not user_id:
            return self._open_decision("forward")
        target = self._get_colleague(user_id)
        run_sudo = self._enter()
        review, principal = run_sudo._take_turn()
        if not run_sudo.level_id.can_forward:
            raise UserError(self.env._("This level can't be forwarded."))
        run_sudo._check_successor(target)
        rest = review.reviewer_ids - (principal or self.env.user)
        run_sudo._close_review(review, "forwarded", principal, comment)
        run_sudo._log(
            "forwarded", on_behalf=principal, comment=comment, target=target.name
        )
        run_sudo._ask(run_sudo.level_id, rest | target)
        return True

    def action_reassign(self, user_id=None, comment=None):
        """Put the present level before another person (administrator)."""
        self.ensure_one()
        if not self.env.user.has_group("lottery_base.group_admin"):
            raise AccessError(self.env._("Only the suite's administrator reassigns."))
        if not user_id:
            return self._open_decision("reassign")
        target = self._get_colleague(user_id)
        run_sudo = self._enter()
        run_sudo._check_open()
        run_sudo._check_successor(target)
        run_sudo._get_open_reviews().status = "cancel"
        run_sudo._log("reassigned", comment=comment, target=target.name)
        run_sudo._ask(run_sudo.level_id, target)
        return True

    def action_withdraw(self):
        """Take the own application back while nothing is decided."""
        for run_sudo in self._enter():
            run_sudo._check_open()
            if run_sudo.applicant_id != self.env.user:
                raise AccessError(self.env._("Only the applicant withdraws."))
            if run_sudo._is_decided():
                raise UserError(
                    self.env._(
                        "%(approval)s has been decided on already and can't be "
                        "withdrawn.",
                        approval=run_sudo.display_name,
                    )
                )
            run_sudo._log("withdrawn")
            run_sudo._end("withdrawn")
            run_sudo._open_gate(run_sudo._get_record_sudo()).approval_state = "none"
        return True

    def action_decide(self):
        """Open the form to approve one or many with a comment."""
        return self._open_decision("approve")

    def _open_decision(self, kind):
        return {
            "type": "ir.actions.act_window",
            "name": dict(
                self.env["lottery.approval.decision"]
                ._fields["kind"]
                ._description_selection(self.env)
            )[kind],
            "res_model": "lottery.approval.decision",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_kind": kind,
                "default_approval_ids": [Command.set(self.ids)],
            },
        }

    # === CHECKS === #

    def _enter(self):
        """Check that the user sees the runs, take them, return them for the engine."""
        self.check_access("read")
        return self.sudo()._lock()

    def _check_reason(self, reason):
        if not isinstance(reason, str) or not reason.strip():
            raise ValidationError(self.env._("Reason: is needed."))

    def _check_open(self):
        self.ensure_one()
        if self.state == "pending":
            return
        last = self.event_ids.filtered(lambda event: event.kind != "finished")[-1:]
        raise UserError(
            self.env._(
                "%(approval)s is decided already: %(state)s, %(who)s, %(at)s.",
                approval=self.display_name,
                state=dict(self._fields["state"]._description_selection(self.env))[
                    self.state
                ],
                who=last.who,
                at=fields.Datetime.context_timestamp(self, last.happened_at).strftime(
                    "%Y-%m-%d %H:%M"
                ),
            )
        )

    def _take_turn(self):
        """Return the review the user may decide, and for whom as a deputy.

        :raise UserError: decided meanwhile, the own request, or not the user's turn.
        """
        self._check_open()
        user = self.env.user
        if user in self.excluded_ids:
            raise AccessError(
                self.env._(
                    "%(approval)s: nobody approves the own request.",
                    approval=self.display_name,
                )
            )
        self._check_allowed(user)
        pending = self._get_open_reviews()
        barred = self._get_barred()
        review = pending.filtered(lambda each: user in each.reviewer_ids)[:1]
        principal = self.env["res.users"]
        if not review:
            voters = self._keep_allowed(self._get_voters()) - user
            review = pending.filtered(lambda each: each.reviewer_ids & voters)[:1]
            principal = ((review.reviewer_ids & voters) - barred)[:1]
        if not review or user in barred:
            self._refuse_turn(user in barred)
        if user not in review.reviewer_ids and not principal:
            self._refuse_turn(twice=True)
        return review, principal

    def _check_allowed(self, user):
        """Refuse whose roles may not decide on such records (PF-SEC-01)."""
        if self._keep_allowed(user):
            return
        models = self.env["ir.model"]
        raise AccessError(
            self.env._(
                "%(approval)s: the role of %(user)s does not approve “%(object)s”.",
                approval=self.display_name,
                user=user.name,
                object=", ".join(
                    models._get(name).name for name in sorted(self._get_subjects())
                ),
            )
        )

    def _refuse_turn(self, twice):
        if twice:
            raise AccessError(
                self.env._(
                    "%(approval)s: you have decided a level already; another person "
                    "must decide this one.",
                    approval=self.display_name,
                )
            )
        voters = self._get_voters()
        done = self.review_ids.filtered(
            lambda review: (
                review.status in ("approved", "forwarded")
                and review.reviewer_ids & voters
            )
        )[-1:]
        if done:
            raise UserError(
                self.env._(
                    "%(approval)s: %(level)s has been decided by %(who)s meanwhile.",
                    approval=self.display_name,
                    level=done.level_id.display_name,
                    who=done.done_by.name,
                )
            )
        raise AccessError(
            self.env._(
                "%(approval)s does not wait for you but for %(who)s.",
                approval=self.display_name,
                who=self.waiting_for,
            )
        )

    def _get_colleague(self, user_id):
        """Return the colleague, searched as the user."""
        users = self.env["res.users"].search(
            [("id", "=", user_id), ("share", "=", False)]
        )
        if not users:
            raise ValidationError(self.env._("Colleague: no such person."))
        return users

    def _check_successor(self, target):
        """Refuse who may not decide this level, by whatever way it is reached."""
        self._check_allowed(target)
        if target in self._get_barred():
            raise UserError(
                self.env._(
                    "%(user)s is the applicant or has decided a level already.",
                    user=target.name,
                )
            )
        if target in self._get_open_reviews().reviewer_ids:
            raise UserError(self.env._("%(user)s is asked already.", user=target.name))

    # === WORK === #

    def _close_review(self, review, status, principal, comment):
        review.write(
            {
                "status": status,
                "done_by": self.env.uid,
                "on_behalf_id": principal.id,
                "reviewed_date": fields.Datetime.now(),
                "comment": comment,
            }
        )

    def _end_level_if_done(self):
        if self._get_open_reviews():
            return
        self.level_id.write({"state": "approved", "ended_at": fields.Datetime.now()})
        self._begin_next_level()

    def _finish(self):
        """All levels passed: tell the record, in this transaction."""
        self._end("approved")
        self._log("finished")
        record_sudo = self._open_gate(self._get_record_sudo())
        record_sudo.approval_state = "approved"
        record_sudo._on_approved()
        self._notify_decision(self.env._("Approved"), "")

    def _end(self, state):
        """Close whatever is open and end the run in ``state``."""
        now = fields.Datetime.now()
        reviews = self._get_open_reviews()
        asked = reviews.reviewer_ids
        reviews.status = "cancel"
        self.level_ids.filtered(lambda each: each.state != "approved").write(
            {"state": "closed", "ended_at": now}
        )
        self._update_state(state)
        self.write({"decided_at": now})
        self._refresh_badges(asked)

    def _notify_decision(self, decision, reason):
        self._notify_people(
            "decided",
            self.applicant_id | self.copied_ids,
            {"decision": decision, "reason": reason},
        )

    # === CONTENT === #

    def _void_if_changed(self):
        """End the run when the record is not what was submitted.

        Nothing is raised: the run has to stay void.
        """
        record_sudo = self._get_record_sudo()
        if record_sudo and record_sudo._get_approval_hash() == self.content_hash:
            return False
        self._void()
        if record_sudo:
            self._open_gate(record_sudo).approval_state = "none"
        return True

    def _void(self):
        self._log("voided")
        self._end("void")
        self._notify_decision(
            self.env._("Void"), self.env._("The content has changed.")
        )

    def _get_void_notice(self):
        if not self:
            return None
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger",
                "sticky": True,
                "message": self.env._(
                    "%(approvals)s: the content has changed since it was submitted; "
                    "the approval is void.",
                    approvals=", ".join(self.mapped("display_name")),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
