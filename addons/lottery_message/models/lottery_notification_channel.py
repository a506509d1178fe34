from odoo import models

from odoo.addons.lottery_outbox.engine.errors import PermanentError


class LotteryNotificationChannel(models.AbstractModel):
    """What the channels share that carry notifications row by row: the outbox holds
    the row's id only, the answer goes into the row."""

    _name = "lottery.notification.channel"
    _inherit = ["lottery.outbox.channel"]
    _description = "Outbox Channel of Notifications"

    _max_attempts = 6
    _lease_seconds = 60

    def _get_notification(self, item):
        return (
            self.env["lottery.notification"]
            .sudo()  # the outbox works for all readers
            .browse(item.payload["notification_id"])
            .exists()
        )

    def _prepare_request(self, item):
        notification = self._get_notification(item)
        if not notification:
            raise PermanentError("the notification was deleted")
        if notification.state not in ("waiting", "failed"):
            raise PermanentError(f"the notification is {notification.state} already")
        return self._prepare_notification(item, notification)

    def _prepare_notification(self, item, notification):
        """Return the sender's request for one row; channels implement it."""
        raise NotImplementedError

    def _on_result(self, item, answer):
        notification = self._get_notification(item)
        notification._set_state(
            notification.ids, answer.get("state", "sent"), answer=answer.get("ref")
        )

    def _on_parked(self, item, error):
        notification = self._get_notification(item)
        notification._set_failed(notification.ids, str(error))

    def _on_cancelled(self, item):
        notification = self._get_notification(item)
        notification._set_failed(notification.ids, "cancelled")

    def _mask(self, data):
        """Texts and addresses stay in the row, where few may see them."""
        if isinstance(data, dict):
            names = ("key", "host", "ref", "state", "errcode", "mark")
            data = {name: data[name] for name in names if name in data}
        return super()._mask(data)
