from odoo import fields, models

from .lottery_notification_template import CHANNELS


class LotteryNotificationMute(models.Model):
    """What a reader does not want to get: a channel of one template, or of all that
    may be switched off (PF-NTF-01). No row: the template decides."""

    _name = "lottery.notification.mute"
    _description = "Notification Switched Off"
    _log_access = False

    user_id = fields.Many2one(
        "res.users", required=True, index=True, ondelete="cascade"
    )
    template_id = fields.Many2one(
        "lottery.notification.template", index="btree_not_null", ondelete="cascade"
    )
    channel = fields.Selection(
        [(channel, channel) for channel in CHANNELS], required=True
    )

    # read by lottery.notification._prepare_insert
    _user_template_uniq = models.UniqueIndex(
        "(user_id, channel, COALESCE(template_id, 0))",
        "This is switched off already.",
    )
