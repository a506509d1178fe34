import json
from datetime import datetime, time, timedelta
from decimal import Decimal

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import CORRECT_WORKING_DAYS, LOCATE_HOURS

# Both sides by key, every compared field of every key, in one statement. A difference
# is known by run, key and field: seen again it is brought up to date, and opened again
# where somebody said it was corrected or accepted other values. The query in RETURNING
# sees the rows as they were before.
COMPARE = """
    WITH ours AS (%(ours)s),
    theirs AS (
        SELECT key, facts FROM lottery_reconcile_row WHERE run_id = %(run)s
    ),
    found AS (
        SELECT COALESCE(o.key, t.key) AS key, o.branch_id, o.res_id, o.label,
               t.facts ->> 'branch' AS their_branch, d.*
          FROM ours o FULL JOIN theirs t ON t.key = o.key
         CROSS JOIN LATERAL (
               SELECT 'missing_there' AS difference, '' AS field_name,
                      NULL AS ours, NULL AS theirs, NULL::numeric AS amount
                WHERE t.key IS NULL
               UNION ALL
               SELECT 'missing_here', '', NULL, NULL, NULL WHERE o.key IS NULL
               UNION ALL
               SELECT 'differs', f.name, o.facts ->> f.name, t.facts ->> f.name,
                      CASE WHEN f.name = ANY(%(figures)s)
                           THEN COALESCE((t.facts ->> f.name)::numeric, 0)
                                - COALESCE((o.facts ->> f.name)::numeric, 0) END
                 FROM unnest(%(fields)s::varchar[]) AS f(name)
                WHERE o.key IS NOT NULL AND t.key IS NOT NULL
                  AND NULLIF(NULLIF(o.facts -> f.name, 'null'), '""')
                      IS DISTINCT FROM
                      NULLIF(NULLIF(t.facts -> f.name, 'null'), '""')
               ) d
         WHERE COALESCE(o.key, t.key) <> ALL(%(skipped)s)
    )
    INSERT INTO lottery_reconcile_difference AS d (
           run_id, month_id, kind, key, label, res_id, branch_id, difference,
           field_name, ours, theirs, amount, state, compare_number, found_at,
           locate_deadline, correct_deadline,
           create_uid, write_uid, create_date, write_date)
    SELECT %(run)s, %(month)s, %(kind)s, f.key, f.label, f.res_id,
           COALESCE(f.branch_id, b.id), f.difference, f.field_name, f.ours, f.theirs,
           f.amount, 'open', %(number)s, %(now)s, %(locate)s, %(correct)s,
           %(uid)s, %(uid)s, %(now)s, %(now)s
      FROM found f
      LEFT JOIN lottery_branch b ON b.code = f.their_branch
        ON CONFLICT (run_id, key, field_name) DO UPDATE
       SET difference = EXCLUDED.difference, ours = EXCLUDED.ours,
           theirs = EXCLUDED.theirs, amount = EXCLUDED.amount,
           compare_number = EXCLUDED.compare_number,
           write_date = EXCLUDED.write_date,
           (state, located_at, locate_deadline, correct_deadline, alerted) = (
               SELECT CASE WHEN opens THEN 'open' ELSE d.state END,
                      CASE WHEN NOT opens THEN d.located_at END,
                      CASE WHEN opens THEN EXCLUDED.locate_deadline
                           ELSE d.locate_deadline END,
                      CASE WHEN opens THEN EXCLUDED.correct_deadline
                           ELSE d.correct_deadline END,
                      CASE WHEN NOT opens THEN d.alerted END
                 FROM (SELECT d.state = 'corrected'
                              OR d.state = 'accepted'
                                 AND (d.difference, d.ours, d.theirs)
                                     IS DISTINCT FROM
                                     (EXCLUDED.difference, EXCLUDED.ours,
                                      EXCLUDED.theirs) AS opens) again)
 RETURNING id, state,
           (SELECT old.state FROM lottery_reconcile_difference old WHERE old.id = d.id)
"""
# What a complete comparison no longer finds is settled.
SETTLE = """
    UPDATE lottery_reconcile_difference
       SET state = 'corrected', corrected_at = %(now)s, write_date = %(now)s,
           resolution = COALESCE(NULLIF(resolution, ''), %(note)s)
     WHERE run_id = %(run)s AND compare_number < %(number)s
       AND state IN ('open', 'located') AND key <> ALL(%(skipped)s)
 RETURNING id
"""


class LotteryReconcileRun(models.Model):
    """One kind of one month: their rows, ours, and what differs (PF-INT-03)."""

    _name = "lottery.reconcile.run"
    _description = "Reconciliation of a Kind"
    _inherit = ["lottery.state.mixin"]
    _order = "month_id desc, id"
    _rec_name = "display_kind"
    _rec_names_search = ["month_id", "kind"]

    _state_transitions = {
        "waiting": {"collecting", "compared"},
        "collecting": {"waiting", "compared", "collecting"},
        "compared": {"collecting", "compared"},
    }

    month_id = fields.Many2one(
        "lottery.reconcile.month",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    kind = fields.Selection(
        selection=lambda self: self.env["lottery.reconcile.source"]._get_choices(),
        required=True,
        readonly=True,
    )
    display_kind = fields.Char(compute="_compute_display_kind")
    state = fields.Selection(
        [
            ("waiting", "No figures yet"),
            ("collecting", "Figures asked for"),
            ("compared", "Compared"),
        ],
        default="waiting",
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one("res.users", string="Compared by", readonly=True)
    origin = fields.Char("Their Figures From", readonly=True)
    their_count = fields.Integer("Their Rows", readonly=True)
    our_count = fields.Integer("Our Rows", readonly=True)
    skipped_count = fields.Integer(
        "Left Out", readonly=True, help="Rows that moved while figures were collected."
    )
    compared_fields = fields.Json(readonly=True)
    compare_number = fields.Integer(readonly=True)
    compared_at = fields.Datetime(readonly=True)
    difference_ids = fields.One2many(
        "lottery.reconcile.difference", "run_id", readonly=True
    )
    difference_count = fields.Integer("Differences", compute="_compute_counts")
    open_count = fields.Integer("Still Open", compute="_compute_counts")
    can_pull = fields.Boolean(compute="_compute_can_pull")
    month_state = fields.Selection(
        related="month_id.state", string="State of the Month"
    )

    _kind_uniq = models.Constraint(
        "UNIQUE(month_id, kind)", "Each kind once in a month."
    )

    # === COMPUTE METHODS === #

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_display_kind(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for run in self:
            run.display_kind = labels.get(run.kind, run.kind)

    def _compute_counts(self):
        differences = self.env["lottery.reconcile.difference"]
        counts = {
            (run, state): count
            for run, state, count in differences._read_group(
                [("run_id", "in", self.ids)], ["run_id", "state"], ["__count"]
            )
        }
        states = [key for key, _label in differences._fields["state"].selection]
        for run in self:
            run.difference_count = sum(counts.get((run, state), 0) for state in states)
            run.open_count = counts.get((run, "open"), 0) + counts.get(
                (run, "located"), 0
            )

    @api.depends("kind")
    def _compute_can_pull(self):
        for run in self:
            run.can_pull = run._get_source()._reconcile_can_pull()

    # === CRUD METHODS === #

    def write(self, vals):
        if not self.env.su and set(vals) - {"state"}:
            raise UserError(self.env._("A comparison is made, not entered."))
        return super().write(vals)

    # === ACTIONS === #

    def action_load(self):
        """Open the window that takes the central system's file."""
        self.ensure_one()
        self._check_open()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Figures of the Central System"),
            "res_model": "lottery.reconcile.load",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_run_id": self.id},
        }

    def action_pull(self):
        """Ask the connector for their figures; the comparison follows the answer."""
        self._check_open()
        for run in self:
            if not run.can_pull:
                raise UserError(
                    self.env._(
                        "%(kind)s: no connector tells these figures; load a file.",
                        kind=run.display_kind,
                    )
                )
            run.sudo()._update_state("collecting")
            run.sudo().user_id = self.env.uid  # a stamp, not an input
            run._get_source()._reconcile_pull(run)
        return True

    def action_compare(self):
        """Compare once more with the figures that are here."""
        self._check_open()
        for run in self:
            if not run.their_count:
                raise UserError(
                    self.env._(
                        "%(kind)s: there are no figures to compare with yet.",
                        kind=run.display_kind,
                    )
                )
            run._compare()
        return True

    def action_view_differences(self):
        self.ensure_one()
        action = self.month_id.action_view_differences()
        return {
            **action,
            "domain": [("run_id", "=", self.id)],
            "context": {"search_default_filter_open": 1},
        }

    def _check_open(self):
        self.check_access("write")
        if closed := self.month_id.filtered(lambda month: month.state == "closed"):
            raise UserError(
                self.env._("%(month)s is closed.", month=closed[0].month_name)
            )

    # === BUSINESS METHODS === #

    def _get_source(self):
        return self.env["lottery.reconcile.source"]._get_source(self.kind)

    @api.model
    def _feed(self, kind, rows, *, origin, skipped=()):
        """Answer of a connector: give ``rows`` to the open month that asked for them.

        :param rows: as of `_take_theirs`
        """
        runs = self.search([("kind", "=", kind), ("state", "=", "collecting")])
        rows = list(rows) if len(runs) > 1 else rows
        for run in runs:
            if run.month_id.state == "open":
                run._take_theirs(rows, origin=origin, skipped=skipped)

    @api.model
    def _pull_failed(self, kinds, error):
        """The connector gave up: whoever asked may load a file or ask again."""
        runs = self.search([("kind", "in", kinds), ("state", "=", "collecting")])
        runs.write({"origin": error[:200]})
        runs._update_state("waiting")

    def _take_theirs(self, rows, *, origin, compared=None, skipped=()):
        """Take the other side's figures and compare.

        :param rows: iterable of ``(key, {column: value})``, each key once
        :param str origin: where they come from, for people
        :param compared: names of the columns they tell; None: all of the kind
        :param skipped: keys that moved meanwhile and are left to the next comparison
        """
        self.ensure_one()
        run_sudo = self.sudo()  # rows and figures are nobody's to write by hand
        names = [column.name for column in self._get_source()._reconcile_columns]
        self.env.cr.execute(
            SQL("DELETE FROM lottery_reconcile_row WHERE run_id = %s", self.id)
        )
        count = 0
        batch = []
        for key, facts in rows:
            batch.append((self.id, key, json.dumps(facts, default=_as_json)))
            if len(batch) == 5_000:
                count += self._insert_rows(batch)
        count += self._insert_rows(batch)
        self.env["lottery.reconcile.row"].invalidate_model()
        run_sudo.write(
            {
                "their_count": count,
                "origin": origin,
                "compared_fields": [
                    name for name in names if compared is None or name in compared
                ],
                "user_id": self.user_id.id or self.env.uid,
            }
        )
        self._compare(skipped)

    def _insert_rows(self, batch):
        if batch:
            self.env.cr.execute_values(
                "INSERT INTO lottery_reconcile_row (run_id, key, facts) VALUES %s",
                batch,
            )
        count = len(batch)
        batch.clear()
        return count

    def _compare(self, skipped=()):
        """Write what differs, settle what does no more, tell the owners."""
        self.ensure_one()
        self.env.flush_all()
        run_sudo = self.sudo()  # as above
        now = fields.Datetime.now()
        number = run_sudo.compare_number + 1
        columns = self._get_source()._reconcile_columns
        # sudo: a comparison covers every unit
        ours = self._get_source().sudo()._get_ours(run_sudo)
        skipped = list(skipped)
        values = {
            "ours": ours,
            "run": self.id,
            "month": self.month_id.id,
            "kind": self.kind,
            "number": number,
            "fields": run_sudo.compared_fields or [],
            "figures": [
                column.name
                for column in columns
                if column.type in ("decimal", "integer")
            ],
            "skipped": skipped,
            "now": now,
            "locate": now + timedelta(hours=LOCATE_HOURS),
            "correct": self._get_correct_deadline(now),
            "uid": self.env.uid,
            "note": self.env._("Both sides agree."),
        }
        found = self.env.execute_query(SQL(COMPARE, **values))
        settled = self.env.execute_query(SQL(SETTLE, **values))
        ((our_count,),) = self.env.execute_query(
            SQL("SELECT count(*) FROM (%s) o", ours)
        )
        self.env["lottery.reconcile.difference"].invalidate_model()
        run_sudo.write(
            {
                "compare_number": number,
                "compared_at": now,
                "our_count": our_count,
                "skipped_count": len(skipped),
            }
        )
        run_sudo._update_state("compared")
        run_sudo._follow_comparison(found, settled)

    def _follow_comparison(self, found, settled):
        """Tell the owners what opened; journal what a comparison decided.

        :param found: ``[(id, state, state before or None)]``
        :param settled: ``[(id,)]``
        """
        differences = self.env["lottery.reconcile.difference"]
        opened = {
            row_id: before
            for row_id, state, before in found
            if state == "open" and before != "open"
        }
        rows = differences.browse(opened)
        rows.filtered(lambda row: not row.user_id)._assign_owners(self.user_id)
        rows._tell_owners("reconcile_found")
        rows.filtered(lambda row: opened[row.id])._journal_state("open")
        differences.browse([row_id for (row_id,) in settled])._journal_state(
            "corrected"
        )

    @api.model
    def _get_correct_deadline(self, start):
        """End of the second working day after ``start``, in the company's time.

        Working days are those of the company's hours, less its holidays; without
        hours Monday to Friday.
        """
        company = self.env.company
        zone = pytz.timezone(company.partner_id.tz or "UTC")

        def midnight(day):
            return zone.localize(datetime.combine(day, time.min))

        day = pytz.utc.localize(start).astimezone(zone).date()
        calendar = company.resource_calendar_id
        end = calendar and calendar.plan_days(
            CORRECT_WORKING_DAYS, midnight(day + timedelta(days=1)), compute_leaves=True
        )
        if end:
            day = end.astimezone(zone).date()
        else:
            left = CORRECT_WORKING_DAYS
            while left:
                day += timedelta(days=1)
                left -= day.weekday() < 5
        deadline = midnight(day + timedelta(days=1)).astimezone(pytz.utc)
        return deadline.replace(tzinfo=None)


def _as_json(value):
    """Figures as JSON numbers: PostgreSQL compares those by value."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)
