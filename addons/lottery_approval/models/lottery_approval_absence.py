from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError


class LotteryApprovalAbsence(models.Model):
    """Who decides for a colleague who is away (代办, PF-APR-02).

    Naming, changing and withdrawing a deputy are journalled: who had whose say when.
    """

    _name = "lottery.approval.absence"
    _description = "Deputy during Absence"
    _inherit = ["lottery.journal.mixin"]
    _order = "date_from desc, id desc"
    _rec_name = "user_id"

    user_id = fields.Many2one(
        "res.users",
        "Absent",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
    )
    deputy_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('share', '=', False), ('id', '!=', user_id)]",
    )
    date_from = fields.Date(
        "First Day", required=True, default=fields.Date.context_today
    )
    date_to = fields.Date("Last Day", required=True, default=fields.Date.context_today)
    reason = fields.Char()
    state = fields.Selection(
        [("planned", "Planned"), ("running", "Running"), ("over", "Over")],
        compute="_compute_state",
    )

    _period = models.Constraint(
        "CHECK(date_from <= date_to)", "The absence ends before it begins."
    )
    _two_people = models.Constraint(
        "CHECK(user_id <> deputy_id)", "The deputy must be somebody else."
    )

    @api.depends("date_from", "date_to")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for absence in self:
            if absence.date_from and absence.date_from > today:
                absence.state = "planned"
            elif absence.date_to and absence.date_to < today:
                absence.state = "over"
            else:
                absence.state = "running"

    @api.constrains("user_id", "date_from", "date_to")
    def _check_overlap(self):
        for absence in self:
            if self.sudo().search_count(
                [
                    ("id", "!=", absence.id),
                    ("user_id", "=", absence.user_id.id),
                    ("date_from", "<=", absence.date_to),
                    ("date_to", ">=", absence.date_from),
                ],
                limit=1,
            ):
                raise ValidationError(
                    self.env._(
                        "%(user)s has a deputy in this period already.",
                        user=absence.user_id.name,
                    )
                )

    @api.constrains("deputy_id")
    def _check_deputy(self):
        for absence in self:
            deputy_sudo = absence.deputy_id.sudo()
            if deputy_sudo.share or not deputy_sudo.active:
                raise ValidationError(
                    self.env._("Deputy: must be an active colleague.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        absences = super().create(vals_list)
        absences._check_own_hand()
        absences._journal("approval.deputy_named", absences._prepare_journal_values)
        return absences

    def write(self, vals):
        result = super().write(vals)
        self._check_own_hand()
        self._journal("approval.deputy_changed", self._prepare_journal_values)
        return result

    def unlink(self):
        self.check_access("unlink")
        self._journal("approval.deputy_withdrawn", self._prepare_journal_values)
        return super().unlink()

    @api.model
    def _prepare_journal_values(self, absence):
        return {
            "user": absence.user_id.id,
            "deputy": absence.deputy_id.id,
            "from": absence.date_from,
            "to": absence.date_to,
            "reason": absence.reason or None,
        }

    def _get_journal_branch_id(self):
        self.ensure_one()
        # the unit's id is no secret to who may name the deputy
        return self.user_id.sudo().branch_id.id

    def _check_own_hand(self):
        """Nobody makes oneself the deputy of another."""
        for absence in self:
            if not self.env.su and absence.deputy_id == self.env.user:
                raise AccessError(
                    self.env._(
                        "You can't make yourself the deputy of %(user)s.",
                        user=absence.user_id.sudo().name,
                    )
                )

    @api.model
    def _get_principals(self, user):
        """Return (sudo) those for whom ``user`` is deputy today."""
        today = fields.Date.context_today(self)
        # a deputy need not see the colleague's record of absence
        absences_sudo = self.sudo().search(
            [
                ("deputy_id", "=", user.id),
                ("date_from", "<=", today),
                ("date_to", ">=", today),
            ]
        )
        return absences_sudo.user_id

    @api.model
    def _get_deputies(self, users):
        """Return ``{user: deputies}`` (sudo) of those of ``users`` away today."""
        today = fields.Date.context_today(self)
        # the applicant need not see who stands in for whom
        absences_sudo = self.sudo().search(
            [
                ("user_id", "in", users.ids),
                ("date_from", "<=", today),
                ("date_to", ">=", today),
            ]
        )
        return {
            user: absences.deputy_id
            for user, absences in absences_sudo.grouped("user_id").items()
        }


class ResUsers(models.Model):
    _inherit = "res.users"

    # read by the rules: a deputy sees what waits for the colleague
    approval_absence_ids = fields.One2many(
        "lottery.approval.absence", "user_id", "Absences"
    )
