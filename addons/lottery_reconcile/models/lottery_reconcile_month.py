from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class LotteryReconcileMonth(models.Model):
    """One month's comparison with the central systems, kind by kind (PF-INT-03).

    It closes when every kind has been compared and no difference is open.
    """

    _name = "lottery.reconcile.month"
    _description = "Monthly Reconciliation"
    _inherit = ["lottery.state.mixin", "lottery.journal.mixin"]
    _order = "month desc"
    _rec_name = "month_name"

    _state_transitions = {"open": {"closed"}, "closed": {"open"}}

    month = fields.Date(
        "First Day",
        required=True,
        default=lambda self: self._default_month(),
        help="First day of the month whose end is compared.",
    )
    month_name = fields.Char("Month", compute="_compute_month_name", store=True)
    state = fields.Selection(
        [("open", "In Progress"), ("closed", "Closed")],
        default="open",
        required=True,
        readonly=True,
    )
    run_ids = fields.One2many("lottery.reconcile.run", "month_id", readonly=True)
    difference_count = fields.Integer("Differences", compute="_compute_counts")
    open_count = fields.Integer("Still Open", compute="_compute_counts")
    overdue_count = fields.Integer("Overdue", compute="_compute_counts")
    closed_at = fields.Datetime(readonly=True)
    closed_by = fields.Many2one("res.users", readonly=True)

    _month_uniq = models.Constraint("UNIQUE(month)", "This month is there already.")
    _first_day = models.Constraint(
        "CHECK(EXTRACT(DAY FROM month) = 1)", "A month is named by its first day."
    )

    @api.model
    def _default_month(self):
        """The month before this one: what is over can be compared."""
        return fields.Date.add(
            fields.Date.context_today(self).replace(day=1), months=-1
        )

    @api.depends("month")
    def _compute_month_name(self):
        for row in self:
            row.month_name = row.month.strftime("%Y-%m") if row.month else ""

    def _compute_counts(self):
        differences = self.env["lottery.reconcile.difference"]
        domain = [("month_id", "in", self.ids)]
        counts = dict(differences._read_group(domain, ["month_id"], ["__count"]))
        still_open = differences._get_open_domain()
        open_counts = dict(
            differences._read_group(
                domain + list(still_open), ["month_id"], ["__count"]
            )
        )
        overdue = dict(
            differences._read_group(
                [*domain, ("is_overdue", "=", True)], ["month_id"], ["__count"]
            )
        )
        for row in self:
            row.difference_count = counts.get(row, 0)
            row.open_count = open_counts.get(row, 0)
            row.overdue_count = overdue.get(row, 0)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if month := fields.Date.to_date(vals.get("month")):
                vals["month"] = month.replace(day=1)
        months = super().create(vals_list)
        codes = self.env["lottery.reconcile.source"]._get_codes()
        # sudo: runs are made by their month only
        self.env["lottery.reconcile.run"].sudo().create(
            [{"month_id": month.id, "kind": code} for month in months for code in codes]
        )
        return months

    @api.ondelete(at_uninstall=False)
    def _unlink_except_unused(self):
        if self.run_ids.filtered(lambda run: run.state != "waiting"):
            raise UserError(
                self.env._("A month that was compared stays in the records.")
            )

    # === ACTIONS === #

    def action_close(self):
        """Close the month; refused while something is open or was not compared."""
        self.check_access("write")
        for row in self:
            waiting = row.run_ids.filtered(lambda run: run.state != "compared")
            if waiting:
                raise UserError(
                    self.env._(
                        "%(month)s: not compared yet: %(kinds)s.",
                        month=row.month_name,
                        kinds=", ".join(waiting.mapped("display_kind")),
                    )
                )
            if row.open_count:
                raise UserError(
                    self.env._(
                        "%(month)s: %(count)s differences are open.",
                        month=row.month_name,
                        count=row.open_count,
                    )
                )
        self._update_state("closed")
        # sudo: stamps, not inputs; what the files held is of no use any more
        self.sudo().write(
            {"closed_at": fields.Datetime.now(), "closed_by": self.env.uid}
        )
        self.env["lottery.reconcile.row"].sudo().search(
            [("run_id.month_id", "in", self.ids)]
        ).unlink()
        return True

    def action_reopen(self):
        """Open a closed month again; for the suite's administrators."""
        if not self.env.user.has_group("lottery_base.group_admin"):
            raise AccessError(
                self.env._("Only an administrator of the suite reopens a month.")
            )
        self._update_state("open")
        return True

    def action_pull_all(self):
        """Ask the connectors for everything they can tell."""
        self.check_access("write")
        for run in self.run_ids:
            if run.can_pull and run.state != "collecting":
                run.action_pull()
        return True

    def action_view_differences(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lottery_reconcile.lottery_reconcile_difference_action"
        )
        return {
            **action,
            "domain": [("month_id", "=", self.id)],
            "context": {"search_default_group_kind": 1},
        }

    def _on_state_changed(self, old_by_id, target, note):
        self._journal(
            f"reconcile.{target}", lambda row: {"month": row.month_name or ""}
        )
        return super()._on_state_changed(old_by_id, target, note)

    def _get_report_rows(self):
        """Differences of the printed report, kind by kind, in one search."""
        self.ensure_one()
        rows = self.env["lottery.reconcile.difference"].search(
            [("month_id", "=", self.id)], order="kind, branch_id, key, id"
        )
        return [
            (run, rows.filtered(lambda row, run=run: row.run_id == run))
            for run in self.run_ids
        ]

    @api.model
    def _cron_open_month(self):
        """Open the month that is over and pull what can be pulled, once."""
        month = self._default_month()
        if not self.search_count([("month", "=", month)], limit=1):
            self.create({"month": month}).action_pull_all()
