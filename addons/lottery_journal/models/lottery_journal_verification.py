from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.sealer import NOTIFICATION


class LotteryJournalVerification(models.Model):
    """The sealer's verdicts on the whole chain."""

    _name = "lottery.journal.verification"
    _description = "Journal Verification"
    _auto = False
    _log_access = False
    _order = "id desc"
    _rec_name = "verified_at"

    verified_at = fields.Datetime("Time", readonly=True)
    ok = fields.Boolean("Intact", readonly=True)
    checked = fields.Integer("Entries", readonly=True)
    first_broken = fields.Integer("First Broken Entry", readonly=True)
    reason = fields.Char("Reason Code", readonly=True)
    detail = fields.Char(readonly=True)
    description = fields.Char("Finding", compute="_compute_description")
    unproven = fields.Integer(readonly=True)
    seconds = fields.Float("Duration (s)", readonly=True)

    def init(self):
        self.env.cr.execute(
            """
            CREATE OR REPLACE VIEW lottery_journal_verification AS
            SELECT id, verified_at, ok, checked, first_broken, reason, detail,
                   unproven, seconds
            FROM journal.verification
            """
        )

    @api.depends_context("lang")
    @api.depends("ok", "reason", "detail")
    def _compute_description(self):
        journal = self.env["lottery.journal"]
        for verification in self:
            verification.description = (
                self.env._("Intact")
                if verification.ok
                else journal._describe_reason(verification.reason, verification.detail)
            )

    @api.model
    def action_verify(self):
        """Verify now, as far as Odoo can, and ask the sealer to do the whole."""
        result = self.env["lottery.journal"].verify()
        self.env.cr.execute(SQL("NOTIFY %s", SQL.identifier(NOTIFICATION)))
        if result["ok"]:
            message = self.env._("%(count)s entries, intact.", count=result["checked"])
        else:
            message = self.env._(
                "Broken at entry %(entry)s: %(reason)s",
                entry=result["first_broken"] or "-",
                reason=result["reason"],
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "success" if result["ok"] else "danger",
                "sticky": not result["ok"],
            },
        }
