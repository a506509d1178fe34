from odoo import fields, models

from odoo.addons.lottery_outbox.engine.errors import PermanentError

from ..clients.fate import UNKNOWN
from ..exceptions import SmsFailure


class LotteryOutboxChannelSms(models.AbstractModel):
    """Short messages on their way: the outbox carries the message's id only, the text
    is opened when it is sent."""

    _name = "lottery.outbox.channel.sms"
    _inherit = ["lottery.outbox.channel"]
    _description = "Outbox Channel: Short Messages"

    _max_attempts = 4
    _lease_seconds = 60
    _concurrency = 4
    _rate_per_second = 20

    def _get_message(self, item):
        return (
            self.env["lottery.sms.message"]
            .sudo()  # the outbox works for all units
            .browse(item.payload["message_id"])
            .exists()
        )

    def _prepare_request(self, item):
        message = self._get_message(item)
        if not message:
            raise PermanentError("the message was deleted")
        if not message._is_open():
            raise PermanentError(f"the message is {message.state} already")
        decided = bool(item.decided_by_id)
        doubt = self._find_doubt(item)
        if doubt and not decided and not message.provider_id._repeats_safely():
            raise SmsFailure("unknown", "worker lost")
        if message.expires_at and message.expires_at <= fields.Datetime.now():
            raise SmsFailure("expired")
        if not message._open_body():
            raise SmsFailure("unreadable")
        return message.provider_id._prepare_sms_request(message, doubt, decided)

    def _find_doubt(self, item):
        """Return when the first try began that the provider may have accepted: its
        worker died, its answer was not applied or did not come. None: no such try."""
        doubtful = item.attempt_ids.filtered(
            lambda attempt: (
                attempt.result in ("lost", "apply")
                or (attempt.answer or {}).get("state") == UNKNOWN
            )
        )
        return min(doubtful.mapped("started_at"), default=None)

    def _mask(self, data):
        """Keep texts, numbers and secrets out of the attempt log: what was sent is in
        the message, as far as it may be seen."""
        if isinstance(data, dict):
            data = {
                key: data[key]
                for key in ("provider", "ref", "state", "url")
                if key in data
            }
        return super()._mask(data)

    def _prepare_sender(self):
        provider = self.env["lottery.sms.provider"]
        senders = {
            code: provider._prepare_sms_sender({"provider": code})
            for code, _label in provider._fields["code"]._description_selection(
                self.env
            )
        }
        return lambda request: senders[request["provider"]](request)

    def _on_result(self, item, answer):
        message = self._get_message(item)
        now = fields.Datetime.now()
        values = {"provider_ref": answer["ref"], "sent_at": now}
        if message._is_open():  # else a receipt was faster
            values.update(state=answer["state"], failure=False, error=False)
            if answer["state"] == "delivered":
                values["delivered_at"] = now
        message.write(values)
        message._on_fate()
        self._apply_early_receipts(message)
        message._notify_local_outbox()

    def _apply_early_receipts(self, message):
        """A provider may report by its own reference before its answer to the sending
        request is written down: the inbox remembers."""
        provider = message.provider_id
        events = (
            self.env["lottery.inbox"]
            .sudo()
            .search(
                [
                    ("source", "=", f"sms:{provider.key}"),
                    (
                        "key",
                        "in",
                        [
                            f"{message.provider_ref}:{state}"
                            for state in ("delivered", "failed")
                        ],
                    ),
                ]
            )
        )
        for event in events.sorted("id"):
            message._apply_receipt(provider, event.payload)

    def _on_parked(self, item, error):
        kind = getattr(error, "kind", "unreachable")
        self._fail(item, kind, getattr(error, "detail", str(error)))

    def _on_cancelled(self, item):
        self._fail(item, "cancelled", "")

    def _fail(self, item, kind, detail):
        message = self._get_message(item)
        if message and message._is_open():
            message.write({"state": "failed", "failure": kind, "error": detail[:300]})
            message._on_fate()
            message._notify_local_outbox()
