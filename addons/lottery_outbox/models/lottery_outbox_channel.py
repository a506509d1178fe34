from odoo import api, models

from ..engine.masking import mask


class LotteryOutboxChannel(models.AbstractModel):
    """How messages of one channel are sent.

    A channel is an abstract model ``lottery.outbox.channel.<code>`` that inherits this
    one; its ``_description`` is what users read. Hooks run as superuser.
    """

    _name = "lottery.outbox.channel"
    _description = "Outbox Channel"

    # Tries before a message is parked.
    _max_attempts = 10
    # After so long a call counts as lost and is made again: more than the sender's own
    # time-out, else an answer on its way is thrown away.
    _lease_seconds = 120
    # Calls at once.
    _concurrency = 4
    # Calls a second; 0: no limit.
    _rate_per_second = 0

    @api.model
    def _prepare_request(self, item):
        """Return what the sender needs, as JSON-able dict; nothing is sent here.

        Runs in a transaction of its own that is rolled back. An exception counts as a
        failed try.
        """
        return {"key": item.key, "kind": item.kind, "payload": item.payload}

    @api.model
    def _prepare_sender(self):
        """Return ``callable(request: dict) -> answer: dict``, called in threads.

        It has no environment and ends within the lease: set time-outs. It raises
        `TransientError` or `PermanentError` (lottery_outbox.engine.errors); any other
        exception counts as transient. The remote side has to answer a repeated
        idempotency key with its first answer.
        """
        raise NotImplementedError

    @api.model
    def _on_result(self, item, answer):
        """The remote side did it. Runs once, in the transaction that marks it done.

        The transaction is READ COMMITTED: lock first, then read. An exception rolls
        everything back and the call is repeated later.
        """

    @api.model
    def _on_parked(self, item, error):
        """The message is given up until somebody looks at it."""

    @api.model
    def _on_cancelled(self, item):
        """Somebody decided that the message will not be sent."""

    @api.model
    def _mask(self, data):
        """Return ``data`` (request, answer) as it may stand in the attempt log."""
        return mask(data)
