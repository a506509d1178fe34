from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL


class LotteryNotificationDelivery(models.Model):
    """All notifications as administrators may see them: what became of each, and its
    subject unless its template is sensitive. The texts stay the readers'."""

    _name = "lottery.notification.delivery"
    _description = "Notification Sent"
    _auto = False
    _order = "id desc"
    _rec_name = "subject"
    _depends = {
        "lottery.notification": [
            "template_id",
            "user_id",
            "channel",
            "state",
            "subject",
            "urgent",
            "error",
            "answer",
            "release_at",
            "sent_at",
            "delivered_at",
            "read_at",
        ],
        "lottery.notification.template": ["category", "sensitive"],
    }

    template_id = fields.Many2one(
        "lottery.notification.template", string="Kind", readonly=True
    )
    category = fields.Selection(
        selection=lambda self: self._selection_of("template", "category"),
        readonly=True,
    )
    user_id = fields.Many2one("res.users", string="Reader", readonly=True)
    channel = fields.Selection(
        selection=lambda self: self._selection_of("", "channel"), readonly=True
    )
    state = fields.Selection(
        selection=lambda self: self._selection_of("", "state"), readonly=True
    )
    subject = fields.Char(readonly=True, help="Empty where the template is sensitive.")
    urgent = fields.Boolean(readonly=True)
    error = fields.Char(string="Details", readonly=True)
    answer = fields.Char(string="Provider's Answer", readonly=True)
    create_date = fields.Datetime(string="Made", readonly=True)
    release_at = fields.Datetime(string="Held Back Until", readonly=True)
    sent_at = fields.Datetime(string="Sent", readonly=True)
    delivered_at = fields.Datetime(string="Delivered", readonly=True)
    read_at = fields.Datetime(string="Read", readonly=True)
    seconds = fields.Integer(
        string="Seconds until Sent", readonly=True, aggregator="avg"
    )

    def _selection_of(self, model, name):
        field = self.env[f"lottery.notification.{model}".rstrip(".")]._fields[name]
        return field._description_selection(self.env)

    @property
    def _table_query(self):
        return SQL(
            """SELECT n.id, n.template_id, t.category, n.user_id, n.channel, n.state,
                CASE WHEN NOT COALESCE(t.sensitive, FALSE) THEN n.subject END AS subject,
                n.urgent, n.error, n.answer, n.create_date, n.release_at, n.sent_at,
                n.delivered_at, n.read_at,
                EXTRACT(EPOCH FROM n.sent_at - n.create_date)::int AS seconds
            FROM lottery_notification n
            JOIN lottery_notification_template t ON t.id = n.template_id"""
        )

    def action_resend(self):
        """Send failed notifications once more."""
        if not self.env.user.has_group("lottery_base.group_admin"):
            raise AccessError(self.env._("Only administrators send again."))
        self.check_access("read")
        # No role may write notifications; this door does it for administrators.
        self.env["lottery.notification"].sudo().browse(self.ids)._resend()
        self.invalidate_model()
        return True
