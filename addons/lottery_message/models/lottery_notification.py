from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

KEPT_DAYS = 400
UNREAD_SHOWN = 99  # the bell counts to here, then says 99+
BELL_ITEMS = 20
TICKER_ITEMS = 5
TICKER_DAYS = 3


class LotteryNotification(models.Model):
    """One notification of one reader on one channel (PF-NTF-01).

    Rows are written by :meth:`_notify` and by what the channels answer. Only its reader
    sees a row, administrators included; what they need to know of all rows is in
    ``lottery.notification.delivery``.
    """

    _name = "lottery.notification"
    _description = "Notification"
    _order = "id desc"
    _rec_name = "subject"

    template_id = fields.Many2one(
        "lottery.notification.template",
        string="Kind",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    category = fields.Selection(related="template_id.category", related_sudo=True)
    user_id = fields.Many2one(
        "res.users", string="Reader", required=True, readonly=True, ondelete="cascade"
    )
    channel = fields.Selection(
        [
            ("in_app", "In the App"),
            ("sms", "SMS"),
            ("email", "E-mail"),
            ("wechat", "WeChat"),
        ],
        required=True,
        readonly=True,
    )
    urgent = fields.Boolean(readonly=True)
    subject = fields.Char(required=True, readonly=True)
    body = fields.Text(readonly=True)
    model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        string="Record ID", model_field="model", readonly=True
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("sent", "Sent"),
            ("delivered", "Delivered"),
            ("read", "Read"),
            ("failed", "Failed"),
            ("skipped", "No Address"),
        ],
        required=True,
        readonly=True,
    )
    error = fields.Char(
        string="Details",
        readonly=True,
        help="The provider's words or a technical fact.",
    )
    answer = fields.Char(
        string="Provider's Answer",
        readonly=True,
        help="State and reference as the provider gave them.",
    )
    release_at = fields.Datetime(
        string="Held Back Until", readonly=True, help="End of the reader's quiet hours."
    )
    sent_at = fields.Datetime(string="Sent", readonly=True)
    delivered_at = fields.Datetime(string="Delivered", readonly=True)
    read_at = fields.Datetime(string="Read", readonly=True)
    is_unread = fields.Boolean(
        string="Unread", compute="_compute_is_unread", search="_search_is_unread"
    )
    values = fields.Json(readonly=True, groups=fields.NO_ACCESS)

    # read by get_bell and by the reader's list
    _bell_idx = models.Index("(user_id, id DESC) WHERE channel = 'in_app'")
    # read by get_bell: count and ticker
    _unread_idx = models.Index(
        "(user_id, id DESC) WHERE channel = 'in_app' AND state = 'sent'"
    )
    # read by _cron_release and the health check
    _held_idx = models.Index(
        "(release_at) WHERE state = 'waiting' AND release_at IS NOT NULL"
    )
    # read by the list of failures and the health check
    _failed_idx = models.Index("(create_date DESC) WHERE state = 'failed'")
    # read by _gc_notifications and the administrators' statistics
    _date_idx = models.Index("(create_date)")

    # === COMPUTE METHODS === #

    @api.depends("state", "channel")
    def _compute_is_unread(self):
        for notification in self:
            notification.is_unread = (
                notification.channel == "in_app" and notification.state == "sent"
            )

    def _search_is_unread(self, operator, value):
        if operator != "in":
            return NotImplemented
        unread = Domain("channel", "=", "in_app") & Domain("state", "=", "sent")
        return unread if True in value else ~unread

    # === THE READER'S DOORS === #

    @api.model
    @api.readonly
    def get_bell(self):
        """Return what the bell and the ticker of the user show.

        :return: ``{"unread": int, "items": […], "alerts": […]}``; an item has ``id
            subject body category urgent unread at has_record``
        """
        mine = Domain("user_id", "=", self.env.uid) & Domain("channel", "=", "in_app")
        [(unread,)] = self.env.execute_query(
            SQL(
                """SELECT count(*) FROM (
                    SELECT FROM lottery_notification
                    WHERE user_id = %s AND channel = 'in_app' AND state = 'sent'
                    LIMIT %s) AS unread""",
                self.env.uid,
                UNREAD_SHOWN + 1,
            )
        )
        since = fields.Datetime.subtract(fields.Datetime.now(), days=TICKER_DAYS)
        alerts = self.search(
            mine
            & Domain("state", "=", "sent")
            & Domain("urgent", "=", True)
            & Domain("create_date", ">=", since),
            limit=TICKER_ITEMS,
        )
        items = self.search(mine, limit=BELL_ITEMS)
        return {
            "unread": unread,
            "items": [item._prepare_bell_item() for item in items],
            "alerts": [alert._prepare_bell_item() for alert in alerts],
        }

    def _prepare_bell_item(self):
        self.ensure_one()
        return {
            "id": self.id,
            "subject": self.subject,
            "body": self.body or "",
            "category": self.category,
            "urgent": self.urgent,
            "unread": self.is_unread,
            "at": fields.Datetime.to_string(self.create_date),
            "has_record": bool(self.model and self.res_id),
        }

    def action_read(self):
        """Mark the user's notifications as read."""
        self.check_access("read")
        self._set_read(SQL("id IN %s", tuple(self.ids)) if self.ids else SQL("FALSE"))
        return True

    @api.model
    def action_read_all(self):
        """Mark all notifications of the user as read."""
        self.check_access("read")
        self._set_read(SQL("TRUE"))
        return True

    def _set_read(self, condition):
        # The rows are the reader's own, whatever ids were given; no role may write them.
        changed = self.env.execute_query(
            SQL(
                """UPDATE lottery_notification
                SET state = 'read', read_at = now() AT TIME ZONE 'UTC',
                    write_date = now() AT TIME ZONE 'UTC'
                WHERE user_id = %s AND channel = 'in_app' AND state = 'sent' AND %s
                RETURNING id""",
                self.env.uid,
                condition,
            )
        )
        if changed:
            self.invalidate_model(["state", "read_at", "is_unread"])
            self._ring([self.env.uid])

    def action_open_record(self):
        """Open what the notification is about, and mark it as read."""
        self.ensure_one()
        self.action_read()
        if not self.model or self.model not in self.env or not self.res_id:
            raise UserError(self.env._("The notification is about no record."))
        record = self.env[self.model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("The record does not exist any more."))
        if not record.has_access("read"):
            raise AccessError(
                self.env._("You may not see the record that this is about any more.")
            )
        return record.get_formview_action()

    # === HOUSEKEEPING === #

    @api.autovacuum
    def _gc_notifications(self):
        limit = 10_000
        before = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        old = self.sudo().search([("create_date", "<", before)], limit=limit)
        old.unlink()
        return len(old), len(old) == limit
