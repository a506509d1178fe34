from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class LotteryTag(models.Model):
    """A tag of a set (PF-TAG-01). Its rule, if it has one, is in `lottery_tag_rule`."""

    _name = "lottery.tag"
    _description = "Tag"
    _order = "set_id, sequence, id"

    name = fields.Char(required=True)
    set_id = fields.Many2one(
        "lottery.tag.set", required=True, index=True, ondelete="cascade"
    )
    model = fields.Selection(related="set_id.model", store=True, string="Object")
    kind = fields.Selection(related="set_id.kind", store=True)
    choice = fields.Selection(related="set_id.choice")
    branch_id = fields.Many2one(
        related="set_id.branch_id", store=True, index=True, string="Unit"
    )
    color = fields.Integer(default=1)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(
        default=True,
        string="In Use",
        help="Stopping a tag takes it off its records and keeps the history; starting "
        "it again puts it back.",
    )
    stopped_at = fields.Datetime(readonly=True, copy=False)
    valid_from = fields.Date(help="Not given before this day.")
    valid_until = fields.Date(help="Last day; stopped the night after.")
    note = fields.Char(string="Description")
    record_count = fields.Integer(
        string="Records Now",
        compute="_compute_record_count",
        help="Records you may see that carry the tag.",
    )

    _name_uniq = models.Constraint(
        "UNIQUE(set_id, name)", "Name: the set has a tag of this name already."
    )
    _validity_order = models.Constraint(
        "CHECK(valid_until >= valid_from)", "Valid until: lies before the first day."
    )

    @api.depends_context("uid")
    def _compute_record_count(self):
        counts = self.env["lottery.tag.link"]._count_live(self)
        for tag in self:
            tag.record_count = counts.get(tag._origin.id, 0)

    # === CRUD METHODS === #

    def write(self, vals):
        if "set_id" in vals and any(tag.set_id.id != vals["set_id"] for tag in self):
            raise UserError(self.env._("A tag stays in its set."))
        if "active" not in vals:
            return super().write(vals)
        changing = self.filtered(lambda tag: tag.active != bool(vals["active"]))
        if vals["active"]:
            changing._check_startable(vals)
            result = super().write(vals)
            changing._start()
        else:
            result = super().write(vals)
            changing._stop()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # links of records out of the user's sight count too
        used_sudo = self.env["lottery.tag.link"].sudo()._get_used(self)
        if used_sudo:
            raise UserError(
                self.env._(
                    "“%(tag)s” has been given to records: stop it instead of deleting "
                    "it, so that its history stays.",
                    tag=used_sudo[0].name,
                )
            )

    # === STOPPING AND STARTING === #

    def _stop(self, reason="stopped"):
        """End the live links and remember when: they come back by `_start`."""
        now = fields.Datetime.now()
        self.write({"stopped_at": now})
        self.env["lottery.tag.link"]._end(self, now, reason)

    def _start(self):
        self.env["lottery.tag.link"]._restore(self)
        self.write({"stopped_at": False})

    def _check_startable(self, vals):
        today = fields.Date.context_today(self)
        for tag in self:
            if not tag.set_id.active:
                raise UserError(
                    self.env._(
                        "“%(tag)s”: its set “%(set)s” is stopped; start the set.",
                        tag=tag.name,
                        set=tag.set_id.name,
                    )
                )
            until = fields.Date.to_date(vals.get("valid_until", tag.valid_until))
            if until and until < today:
                raise UserError(
                    self.env._(
                        "“%(tag)s” was valid until %(day)s: prolong it first.",
                        tag=tag.name,
                        day=until,
                    )
                )

    @api.model
    def _cron_stop_expired(self):
        """Stop tags whose last day is over (nightly)."""
        yesterday = fields.Date.context_today(self) - timedelta(days=1)
        self.search([("valid_until", "<=", yesterday)]).write({"active": False})

    def _is_usable(self):
        """Whether the tag may be given today."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        return (
            self.active
            and self.set_id.active
            and not (self.valid_from and self.valid_from > today)
            and not (self.valid_until and self.valid_until < today)
        )

    # === ACTIONS === #

    def action_stop(self):
        self.write({"active": False})

    def action_start(self):
        self.write({"active": True})

    def action_open_records(self):
        """The records that carry the tag now."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self.model,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": [("lottery_tag_ids", "in", self.ids)],
            "context": {"active_test": False},
        }

    def action_open_history(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lottery_tag.lottery_tag_link_action"
        )
        return {**action, "domain": [("tag_id", "=", self.id)], "context": {}}
