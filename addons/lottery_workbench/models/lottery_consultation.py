from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.lottery_base.models.lottery_state_mixin import GATE, GATE_KEY

OPEN_STATES = ("new", "in_progress")
STAMPS = {"answered_at", "answer_hours", "handover_count"}


class LotteryConsultation(models.Model):
    """A question from outside, its answer and whose hands it went through
    (咨询工单, PF-WRK-01)."""

    _name = "lottery.consultation"
    _description = "Consultation Ticket"
    _inherit = [
        "lottery.branch.mixin",
        "lottery.state.mixin",
        "lottery.tag.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _rec_names_search = ["name", "subject", "asker_name", "asker_phone"]

    _state_transitions = {
        "new": {"in_progress", "answered", "cancelled"},
        "in_progress": {"answered", "cancelled"},
        "answered": {"in_progress", "closed"},
        "closed": {"in_progress"},
        "cancelled": set(),
    }

    name = fields.Char("Number", readonly=True, copy=False, default="/", index=True)
    subject = fields.Char(required=True, index="trigram")
    channel = fields.Selection(
        [
            ("phone", "Phone"),
            ("portal", "Owner's Page"),
            ("wechat", "WeChat"),
            ("visit", "Visit"),
            ("internal", "Colleague"),
        ],
        required=True,
        default="phone",
    )
    kind_id = fields.Many2one(
        "lottery.consultation.kind", required=True, ondelete="restrict", index=True
    )
    question = fields.Text(required=True)
    answer = fields.Text(help="What the asker was told.")
    partner_id = fields.Many2one(
        "res.partner", string="Contact", index="btree_not_null", ondelete="set null"
    )
    asker_name = fields.Char(
        "Asker", compute="_compute_asker", store=True, readonly=False
    )
    asker_phone = fields.Char(
        "Phone",
        compute="_compute_asker",
        store=True,
        readonly=False,
        index="btree_not_null",
    )
    outlet_text = fields.Char("Outlet", help="Number or name, as the asker said it.")
    state = fields.Selection(
        [
            ("new", "New"),
            ("in_progress", "In Progress"),
            ("answered", "Answered"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        default="new",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    branch_id = fields.Many2one(required=True)
    user_id = fields.Many2one(
        "res.users",
        string="In Charge",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        index=True,
        copy=False,
        help="Changes by hand-over, with a reason, once the ticket is taken up.",
    )
    deadline = fields.Datetime(
        compute="_compute_deadline", store=True, readonly=False, copy=False
    )
    is_overdue = fields.Boolean(compute="_compute_is_overdue", search="_search_overdue")
    answered_at = fields.Datetime(readonly=True, copy=False)
    answer_hours = fields.Float(
        readonly=True, copy=False, aggregator="avg", help="From question to answer."
    )
    handover_ids = fields.One2many(
        "lottery.consultation.handover", "consultation_id", readonly=True
    )
    handover_count = fields.Integer("Hand-overs", readonly=True, copy=False)

    # read by the home page's card and the default list
    _open_idx = models.Index(
        "(branch_id, deadline) WHERE state IN ('new', 'in_progress')"
    )

    # === COMPUTE METHODS === #

    @api.depends("partner_id")
    def _compute_asker(self):
        for row in self:
            if row.partner_id:
                row.asker_name = row.partner_id.name
                row.asker_phone = row.partner_id.phone

    @api.depends("kind_id")
    def _compute_deadline(self):
        for row in self:
            start = row.create_date or fields.Datetime.now()
            if row.kind_id and row.state in OPEN_STATES:
                row.deadline = start + timedelta(hours=row.kind_id.hours)

    @api.depends("deadline", "state")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for row in self:
            row.is_overdue = bool(
                row.state in OPEN_STATES and row.deadline and row.deadline < now
            )

    def _search_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain("state", "in", OPEN_STATES) & Domain(
            "deadline", "<", fields.Datetime.now()
        )
        return overdue if True in value else ~overdue

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for row in self:
            row.display_name = " ".join(filter(None, (row.name, row.subject)))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["name"] = self.env["ir.sequence"].next_by_code(self._name) or "/"
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and STAMPS & set(vals):
            raise UserError(
                self.env._("Times and counts of a ticket are noted, not entered.")
            )
        if "user_id" in vals and self.env.context.get(GATE_KEY) is not GATE:
            for row in self:
                if row.state != "new" and row.user_id.id != vals["user_id"]:
                    raise UserError(
                        self.env._(
                            "%(ticket)s has been taken up: hand it over, with a reason.",
                            ticket=row.name,
                        )
                    )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_new(self):
        for row in self:
            if row.state not in ("new", "cancelled"):
                raise UserError(
                    self.env._(
                        "%(ticket)s has been taken up and stays in the records.",
                        ticket=row.name,
                    )
                )

    # === ACTIONS === #

    def action_start(self):
        self.check_access("write")
        self._update_state("in_progress")
        return True

    def action_answer(self):
        self.check_access("write")
        now = fields.Datetime.now()
        for row in self:
            if not (row.answer or "").strip():
                raise UserError(
                    self.env._("Write the “Answer” of %(ticket)s.", ticket=row.name)
                )
            hours = (now - row.create_date).total_seconds() / 3600
            # sudo: stamps, not inputs
            row.sudo().write({"answered_at": now, "answer_hours": hours})
        self._update_state("answered")
        return True

    def action_close(self):
        self.check_access("write")
        self._update_state("closed")
        return True

    def action_reopen(self):
        self.check_access("write")
        self._update_state("in_progress")
        return True

    def action_cancel(self):
        self.check_access("write")
        self._update_state("cancelled")
        return True

    def action_hand_over(self):
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hand Over"),
            "res_model": "lottery.consultation.handover.wizard",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_consultation_ids": self.ids},
        }

    def action_meeting(self):
        """Plan a meeting about the ticket in the calendar."""
        self.ensure_one()
        self.check_access("read")
        partners = self.env.user.partner_id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "calendar.action_calendar_event"
        )
        return {
            **action,
            "context": {
                "default_name": self.display_name,
                "default_partner_ids": partners.ids,
                "default_res_model": self._name,
                "default_res_id": self.id,
            },
        }

    # === BUSINESS METHODS === #

    def _hand_over(self, user, reason):
        """Give the tickets to ``user``; the history keeps who, when and why."""
        history = self.env["lottery.consultation.handover"].sudo()  # append only
        history.create(
            [
                {
                    "consultation_id": row.id,
                    "from_user_id": row.user_id.id,
                    "to_user_id": user.id,
                    "reason": reason,
                }
                for row in self
            ]
        )
        for row in self:
            row.with_context(**{GATE_KEY: GATE}).write({"user_id": user.id})
            row.sudo().handover_count += 1  # a count of the rows above
            self.env["lottery.notification"]._notify(
                "consultation_handed_over", user, record=row, values={"reason": reason}
            )


class LotteryConsultationHandover(models.Model):
    """One hand-over of a ticket; written by the ticket, never changed."""

    _name = "lottery.consultation.handover"
    _description = "Hand-over of a Consultation"
    _order = "id desc"

    consultation_id = fields.Many2one(
        "lottery.consultation",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    branch_id = fields.Many2one(
        related="consultation_id.branch_id", store=True, index=True
    )
    from_user_id = fields.Many2one("res.users", "From", readonly=True)
    to_user_id = fields.Many2one("res.users", "To", required=True, readonly=True)
    reason = fields.Char(required=True, readonly=True)
