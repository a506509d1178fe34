"""What is known of a call that did not end well.

A message must not reach a phone twice. So a failure is one of three: certainly not
accepted (tried again), refused (given up), or in doubt: it may have been accepted. Who
is in doubt asks the provider before it sends again.
"""

import requests

from odoo.addons.lottery_outbox.engine.errors import TransientError

ASK_AFTER = 60  # seconds until a provider's records show what it accepted
BUSY_PAUSE = 60  # seconds to leave a provider alone that says "too many"
UNKNOWN = "unknown"


class Doubt(TransientError):
    """Nobody knows whether the message was accepted; the next try asks first."""

    def __init__(self, reason):
        super().__init__(reason, answer={"state": UNKNOWN}, retry_after=ASK_AFTER)


class Busy(TransientError):
    """Not accepted now."""

    def __init__(self, reason):
        super().__init__(reason, retry_after=BUSY_PAUSE)


def find_network_error(error):
    """Return the `requests` error below an SDK's own, None when there is none.

    SDKs keep the text only; the original hangs on the chain of exceptions.
    """
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, requests.exceptions.RequestException):
            return error
        inner = getattr(error, "inner_exception", None)
        error = inner or error.__cause__ or error.__context__
    return None


def never_connected(error):
    """Tell whether the connection was never made, so that nothing can have arrived."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return type(cause).__name__ in ("NewConnectionError", "ConnectTimeoutError")


def judge_network_error(error):
    """Return the outbox's error for a call that failed on the wire."""
    found = find_network_error(error)
    if found is None:
        return Doubt(f"{type(error).__name__}: {error}"[:200])
    if never_connected(found):
        return TransientError("no connection")
    return Doubt(type(found).__name__)
