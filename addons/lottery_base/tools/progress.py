"""How far a long call is, told to the screens of the user who waits for it."""

import time
from contextlib import contextmanager
from uuid import uuid4

from .transaction import read_committed

# Calls shorter than this show nothing.
QUIET_SECONDS = 1.0
INTERVAL_SECONDS = 0.5


class Progress:
    """Counts steps and sends them over the bus, each message in its own transaction.

    The caller's transaction stays open; messages reach the screen meanwhile.
    """

    def __init__(self, env, label, total=0):
        self._env = env
        self._label = label
        self._total = total
        self._done = 0
        self._key = uuid4().hex
        self._next = time.monotonic() + QUIET_SECONDS
        self._shown = False

    def advance(self, steps=1):
        """Count ``steps`` more; tell the screen when the last word is old enough."""
        self._done += steps
        if time.monotonic() >= self._next:
            self._send()
            self._next = time.monotonic() + INTERVAL_SECONDS

    def each(self, items):
        """Pass ``items`` through, counting them."""
        for item in items:
            self.advance()
            yield item

    def close(self):
        if self._shown:
            self._send(closed=True)

    def _send(self, closed=False):
        self._shown = True
        with read_committed(self._env) as env:
            env.user._bus_send(
                "lottery_progress",
                {
                    "key": self._key,
                    "label": self._label,
                    "done": self._done,
                    "total": self._total,
                    "closed": closed,
                },
            )


@contextmanager
def progress(env, label, total=0):
    """Yield a `Progress`; its bar leaves the screen when the block ends.

    :param str label: what is being done, in the user's language
    :param int total: steps in all; 0 when unknown, the count alone is shown then
    """
    report = Progress(env, label, total)
    try:
        yield report
    finally:
        report.close()
