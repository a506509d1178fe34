from odoo import api, fields, models


class LotteryAnnouncementReceipt(models.Model):
    """Who was told, and when they read it (PF-WRK-01). Written by the announcement."""

    _name = "lottery.announcement.receipt"
    _description = "Read Receipt"
    _order = "read_at desc, id"
    _rec_name = "user_id"

    announcement_id = fields.Many2one(
        "lottery.announcement",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, index=True, ondelete="cascade"
    )
    branch_id = fields.Many2one(
        "lottery.branch", string="Unit", readonly=True, index=True, ondelete="set null"
    )
    read_at = fields.Datetime("Read", readonly=True)
    confirmed_at = fields.Datetime("Confirmed", readonly=True)
    state = fields.Selection(
        [("unread", "Not read yet"), ("read", "Read"), ("confirmed", "Confirmed")],
        compute="_compute_state",
    )

    _reader_uniq = models.Constraint(
        "UNIQUE(announcement_id, user_id)", "One receipt a reader."
    )

    @api.depends("read_at", "confirmed_at")
    def _compute_state(self):
        for row in self:
            if row.confirmed_at:
                row.state = "confirmed"
            else:
                row.state = "read" if row.read_at else "unread"
