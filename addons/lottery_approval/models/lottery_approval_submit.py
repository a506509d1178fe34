from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class LotteryApproval(models.Model):
    """Submitting a record and beginning its levels."""

    _inherit = "lottery.approval"

    @api.model
    def _submit(self, record_sudo):
        """Begin a run for the record; the user is the applicant.

        :raise UserError: no flow fits, or nobody can decide one of its levels.
        """
        flow_sudo = self.env["lottery.approval.flow"]._find(record_sudo)
        if not flow_sudo:
            raise UserError(
                self.env._(
                    "No approval flow fits %(record)s. Ask the administrator for one.",
                    record=record_sudo.display_name,
                )
            )
        excluded = self.env.user | record_sudo._get_approval_excluded()
        planned = self.env["lottery.approval.resolver"]._plan(
            flow_sudo, record_sudo, excluded
        )
        self._refuse_plan(flow_sudo, planned)
        # a run that ended in this transaction has to be off the unique index
        self.flush_model(["state"])
        approval_sudo = self.sudo().create(
            self._prepare_run_values(flow_sudo, record_sudo, excluded, planned)
        )
        self._open_gate(record_sudo).write(
            {"approval_state": "pending", "approval_id": approval_sudo.id}
        )
        approval_sudo._log("submitted")
        approval_sudo._begin_next_level()
        return approval_sudo

    @api.model
    def _refuse_plan(self, flow_sudo, planned):
        problems = [level.problem for level in planned if level.problem]
        if not planned:
            problems = [
                self.env._(
                    "No level of flow “%(flow)s” is for this record.",
                    flow=flow_sudo.name,
                )
            ]
        if problems:
            raise UserError("\n".join(problems))

    @api.model
    def _prepare_run_values(self, flow_sudo, record_sudo, excluded, planned):
        return {
            "name": self.env["ir.sequence"].sudo().next_by_code("lottery.approval"),
            "model": record_sudo._name,
            "res_id": record_sudo.id,
            "subject": record_sudo._get_approval_subject(),
            "record_name": record_sudo.display_name,
            "flow_id": flow_sudo.id,
            "flow_name": flow_sudo.name,
            "flow_version": flow_sudo.version,
            "branch_id": record_sudo._get_approval_branch().id,
            "applicant_id": self.env.uid,
            "excluded_ids": [Command.set(excluded.ids)],
            "submitted_at": fields.Datetime.now(),
            "copied_ids": [Command.set(flow_sudo.copied_ids.ids)],
            "participant_ids": [
                Command.set((self.env.user | flow_sudo.copied_ids).ids)
            ],
            "allow_same_person": flow_sudo.allow_same_person,
            "content_hash": record_sudo._get_approval_hash(),
            "summary": record_sudo._get_approval_summary(),
            "level_ids": [
                Command.create(item.level._prepare_level_values(number))
                for number, item in enumerate(planned, start=1)
            ],
        }

    def _begin_next_level(self):
        """Ask the people of the next level, or end the run.

        :raise UserError: nobody can decide the level now.
        """
        self.ensure_one()
        level = self.level_ids.filtered(lambda each: each.state == "waiting")[:1]
        if not level:
            return self._finish()
        record_sudo = self._get_record_sudo()
        resolver = self.env["lottery.approval.resolver"]
        users = resolver._resolve(level.rule, record_sudo, self._get_barred())
        if not users:
            raise UserError(
                resolver._describe_nobody(level.name, level.rule, record_sudo)
            )
        self._begin_level(level)
        self._ask(level, users, apart=level.mode == "all")
        return None

    def _begin_level(self, level):
        now = fields.Datetime.now()
        limit = timedelta(hours=level.limit_hours)
        deadline = now + limit if limit else False
        level.write(
            {
                "state": "pending",
                "round": level.round + 1,
                "started_at": now,
                "ended_at": False,
                "deadline": deadline,
            }
        )
        self.write(
            {
                "level_id": level.id,
                "deadline": deadline,
                "remind_at": deadline - timedelta(hours=level.remind_hours)
                if deadline and level.remind_hours
                else False,
                "reminded_at": False,
                "overdue": False,
                "escalated_at": False,
            }
        )

    def _ask(self, level, users, apart=False):
        """Put the level before ``users``: each one's vote counts, or any one's.

        :param bool apart: one review for each of them.
        """
        self.ensure_one()
        values = {
            "approval_id": self.id,
            "level_id": level.id,
            "round": level.round,
            "model": self.model,
            "res_id": self.res_id,
            "definition_id": level.definition_id.id,
            "name": level.name,
            "sequence": level.number,
            "status": "pending",
            "requested_by": self.applicant_id.id,
        }
        groups = list(users) if apart else [users]
        self.env["tier.review"].sudo().create(
            [{**values, "reviewer_ids": [Command.set(group.ids)]} for group in groups]
        )
        self.participant_ids |= users
        deputies = self.env["lottery.approval.absence"]._get_deputies(users)
        told = users.union(*deputies.values())
        self._notify_people(
            "submitted",
            self._keep_allowed(told) - self.excluded_ids,
            {"applicant": self.applicant_id.name, "level": level.name},
        )
        self._refresh_badges(told)

    def _get_barred(self):
        """Return who may decide nothing (more) in this run: the four eyes."""
        self.ensure_one()
        if self.allow_same_person:
            return self.excluded_ids
        counted = self.review_ids.filtered(
            lambda review: (
                review.status == "approved"
                and review.round == review.level_id.round
                and review.level_id.state in ("approved", "pending")
            )
        )
        return self.excluded_ids | counted.done_by | counted.on_behalf_id
