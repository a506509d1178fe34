from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import OPEN_STATES, REMIND_HOURS

LEVELS = ("locate_due", "correct_due", "locate_overdue", "correct_overdue")
BY_HAND = {"user_id", "cause", "resolution", "state"}

# Marks what it returns, so that every term alerts once.
TAKE_DUE = """
    WITH due AS (
        SELECT id,
               CASE WHEN correct_deadline < %(now)s THEN 'correct_overdue'
                    WHEN state = 'open' AND locate_deadline < %(now)s
                    THEN 'locate_overdue'
                    WHEN correct_deadline < %(soon)s THEN 'correct_due'
                    WHEN state = 'open' AND locate_deadline < %(soon)s
                    THEN 'locate_due' END AS level
          FROM lottery_reconcile_difference
         WHERE state IN ('open', 'located')
           AND least(correct_deadline, locate_deadline) < %(soon)s
         ORDER BY id FOR UPDATE SKIP LOCKED
    )
    UPDATE lottery_reconcile_difference d SET alerted = due.level FROM due
     WHERE d.id = due.id AND due.level IS NOT NULL
       AND d.alerted IS DISTINCT FROM due.level
 RETURNING d.id, due.level
"""


class LotteryReconcileDifference(models.Model):
    """Something on which a central system and we do not agree (PF-INT-03).

    Its owner finds the cause within a day and mends it within two working days. What
    was mended is looked at again by the next comparison: still there, it opens again.
    What cannot be mended is accepted by the centre, with a word why.
    """

    _name = "lottery.reconcile.difference"
    _description = "Difference to a Central System"
    _inherit = ["lottery.branch.mixin", "lottery.state.mixin", "lottery.journal.mixin"]
    _order = "month_id desc, state, correct_deadline, id"
    _rec_name = "key"
    _rec_names_search = ["key", "label"]

    _state_transitions = {
        "open": {"located", "corrected", "accepted"},
        "located": {"open", "corrected", "accepted"},
        "corrected": {"open"},
        "accepted": {"open"},
    }

    run_id = fields.Many2one(
        "lottery.reconcile.run",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    month_id = fields.Many2one(
        "lottery.reconcile.month",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    kind = fields.Selection(
        selection=lambda self: self.env["lottery.reconcile.source"]._get_choices(),
        required=True,
        readonly=True,
    )
    key = fields.Char("Subject", required=True, readonly=True, index="trigram")
    label = fields.Char("Name", readonly=True)
    res_id = fields.Integer(readonly=True, aggregator=None)
    branch_id = fields.Many2one(readonly=True, default=None)
    difference = fields.Selection(
        [
            ("missing_here", "Missing here"),
            ("missing_there", "Missing there"),
            ("differs", "Differs"),
        ],
        required=True,
        readonly=True,
    )
    field_name = fields.Char(required=True, readonly=True, default="")
    ours = fields.Char("Our Value", readonly=True)
    theirs = fields.Char("Their Value", readonly=True)
    field_label = fields.Char("Field", compute="_compute_labels")
    ours_label = fields.Char("Ours", compute="_compute_labels")
    theirs_label = fields.Char("Theirs", compute="_compute_labels")
    amount = fields.Float(
        "By",
        digits=(16, 2),
        readonly=True,
        help="Theirs minus ours, where both are figures.",
    )
    state = fields.Selection(
        [
            ("open", "Open"),
            ("located", "Cause Found"),
            ("corrected", "Corrected"),
            ("accepted", "Accepted"),
        ],
        default="open",
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        index="btree_not_null",
        domain=[("share", "=", False)],
    )
    found_at = fields.Datetime(readonly=True)
    locate_deadline = fields.Datetime("Find the Cause Until", readonly=True)
    correct_deadline = fields.Datetime("Correct Until", readonly=True)
    located_at = fields.Datetime(readonly=True)
    corrected_at = fields.Datetime(readonly=True)
    cause = fields.Char(help="Why the two sides differ.")
    resolution = fields.Char(help="What was done, or why nothing can be.")
    is_overdue = fields.Boolean(compute="_compute_is_overdue", search="_search_overdue")
    alerted = fields.Selection([(level, level) for level in LEVELS], readonly=True)
    compare_number = fields.Integer(readonly=True, aggregator=None)
    month_state = fields.Selection(
        related="month_id.state", related_sudo=True, string="State of the Month"
    )

    _subject_uniq = models.Constraint(
        "UNIQUE(run_id, key, field_name)", "One difference a field."
    )
    # read by the default list of a unit and by the cron
    _branch_open_idx = models.Index(
        "(branch_id, id) WHERE state IN ('open', 'located')"
    )
    _due_idx = models.Index(
        "(least(correct_deadline, locate_deadline)) WHERE state IN ('open', 'located')"
    )

    # === COMPUTE METHODS === #

    @api.model
    def _get_open_domain(self):
        return Domain("state", "in", OPEN_STATES)

    @api.depends("kind", "field_name", "ours", "theirs")
    @api.depends_context("lang")
    def _compute_labels(self):
        """Field and values in the reader's words."""
        source = self.env["lottery.reconcile.source"]
        words = {"true": self.env._("Yes"), "false": self.env._("No")}
        for kind, rows in self.grouped("kind").items():
            columns = {}
            if kind in source._get_codes():
                described = source._get_source(kind)._get_columns()
                columns = {column.name: column for column in described}
            for row in rows:
                column = columns.get(row.field_name)
                row.field_label = column.label if column else row.field_name
                row.ours_label, row.theirs_label = row.ours, row.theirs
                if column and column.type == "boolean":
                    row.ours_label = words.get(row.ours, row.ours)
                    row.theirs_label = words.get(row.theirs, row.theirs)

    @api.model
    def _get_overdue_domain(self):
        now = fields.Datetime.now()
        return (
            Domain("state", "in", OPEN_STATES) & Domain("correct_deadline", "<", now)
        ) | (Domain("state", "=", "open") & Domain("locate_deadline", "<", now))

    @api.depends("state", "locate_deadline", "correct_deadline")
    def _compute_is_overdue(self):
        overdue = self.filtered_domain(self._get_overdue_domain())
        for row in self:
            row.is_overdue = row in overdue

    def _search_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = self._get_overdue_domain()
        return overdue if True in value else ~overdue

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(self.env._("Differences are found, not entered."))
        return super().create(vals_list)

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        if set(vals) - BY_HAND:
            raise UserError(self.env._("Differences are found, not entered."))
        self._check_month_open()
        before = {row: row.user_id for row in self}
        result = super().write(vals)
        handed_on = self.filtered(
            lambda row: row.user_id not in (before[row], self.env.user)
        )
        # sudo: owners are told of a month that only the centre reads
        handed_on.sudo()._tell_owners("reconcile_found")
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A difference is part of the records."))

    def _check_month_open(self):
        # sudo: the month itself is the centre's to read
        for month_sudo in self.sudo().month_id:
            if month_sudo.state == "closed":
                raise UserError(
                    self.env._("%(month)s is closed.", month=month_sudo.month_name)
                )

    # === ACTIONS === #

    def action_locate(self):
        """The cause is known; “Cause” says it."""
        self._check_said("cause")
        self._update_state("located")
        self.sudo().located_at = fields.Datetime.now()  # a stamp, not an input
        return True

    def action_correct(self):
        """It was mended; the next comparison looks at it again."""
        self._check_said("resolution")
        self._update_state("corrected")
        self.sudo().corrected_at = fields.Datetime.now()  # as above
        return True

    def action_accept(self):
        """It stays as it is, and the centre says why."""
        if not self.env.user.branch_is_centre:
            raise AccessError(
                self.env._("Only the centre accepts that a difference stays.")
            )
        self._check_said("resolution")
        self._update_state("accepted")
        return True

    def action_reopen(self):
        self.check_access("write")
        self._check_month_open()
        self._update_state("open")
        return True

    def action_view_subject(self):
        self.ensure_one()
        model = self.run_id.sudo()._get_source()._reconcile_model
        record = self.env[model].browse(self.res_id).exists() if self.res_id else None
        if not record:
            raise UserError(self.env._("This record is on their side only."))
        record.check_access("read")
        return record._get_records_action()

    def _check_said(self, name):
        self.check_access("write")
        self._check_month_open()
        label = self._fields[name]._description_string(self.env)
        for row in self:
            if not (row[name] or "").strip():
                raise UserError(
                    self.env._(
                        "%(key)s: fill in “%(field)s” first.", key=row.key, field=label
                    )
                )

    def _on_state_changed(self, old_by_id, target, note):
        self._journal_state(target)
        return super()._on_state_changed(old_by_id, target, note)

    def _journal_state(self, target):
        self._journal(
            f"reconcile.difference.{target}",
            lambda row: {
                "kind": row.kind,
                "subject": row.key,
                "field": row.field_name or "",
                "ours": row.ours or "",
                "theirs": row.theirs or "",
                "cause": row.cause or "",
                "resolution": row.resolution or "",
            },
        )

    # === OWNERS AND ALERTS === #

    def _assign_owners(self, fallback):
        """Give each to an administrator of its unit, else its head, else who compared."""
        for branch, rows in self.grouped("branch_id").items():
            rows.write({"user_id": self._get_owner(branch, fallback).id})

    @api.model
    def _get_owner(self, branch, fallback):
        while branch:
            for users in (branch.admin_ids, branch.head_id):
                if active := users.filtered("active")[:1]:
                    return active
            branch = branch.parent_id
        return fallback

    def _tell_owners(self, code):
        """One notification an owner, however many differences."""
        for user, rows in self.grouped("user_id").items():
            if user:
                self.env["lottery.notification"]._notify(
                    code,
                    user,
                    record=rows if len(rows) == 1 else None,
                    values={"count": len(rows), "month": rows[0].month_id.month_name},
                )

    @api.model
    def _cron_alert(self):
        """Remind before a term and alert after it, once each."""
        self.env.flush_all()
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(TAKE_DUE, now=now, soon=fields.Datetime.add(now, hours=REMIND_HOURS))
        )
        self.invalidate_model(["alerted"])
        for level in LEVELS:
            taken = self.browse([row_id for row_id, its in rows if its == level])
            overdue = level.endswith("overdue")
            taken._tell_owners("reconcile_overdue" if overdue else "reconcile_due")
