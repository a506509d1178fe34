import datetime

from odoo import api, fields, models

KEEP_DAYS = 180


class LotteryOutboxAttempt(models.Model):
    """One try to send a message."""

    _name = "lottery.outbox.attempt"
    _description = "Attempt to Send"
    _log_access = False
    _order = "id desc"
    _rec_name = "outbox_id"

    outbox_id = fields.Many2one(
        "lottery.outbox", "Message", required=True, index=True, ondelete="cascade"
    )
    # Stored, so that the rule looks at one table.
    branch_id = fields.Many2one("lottery.branch", "Unit", index=True)
    channel = fields.Selection(
        selection=lambda self: self.env["lottery.outbox"]._selection_channel(),
        required=True,
    )
    number = fields.Integer("Try", required=True)
    started_at = fields.Datetime("Started", required=True, index=True)
    finished_at = fields.Datetime("Finished")
    duration = fields.Integer("Duration (ms)", aggregator="avg")
    result = fields.Selection(
        [
            ("sending", "Under Way"),
            ("done", "Done"),
            ("transient", "Failed"),
            ("permanent", "Refused"),
            ("apply", "Answer Not Applied"),
            ("lost", "Worker Lost"),
        ],
        required=True,
    )
    error = fields.Text()
    request = fields.Json(help="What was sent, without secrets.")
    answer = fields.Json(help="What came back, without secrets.")

    @api.autovacuum
    def _gc_attempts(self):
        limit = 10_000
        before = fields.Datetime.now() - datetime.timedelta(days=KEEP_DAYS)
        attempts = self.search([("started_at", "<", before)], limit=limit)
        attempts.unlink()
        return len(attempts), len(attempts) == limit
