"""Circuit breaker: who does not answer is left alone for a while, then asked once.

closed: calls pass. After `THRESHOLD` failures in a row: open.
open: nothing passes until `until`; then one probe (half_open).
half_open: the probe's success closes; its failure opens again, for longer. A probe whose
worker died stops to count at `until`.
"""

import dataclasses
import datetime

THRESHOLD = 5
FIRST_PAUSE = datetime.timedelta(seconds=15)
LONGEST_PAUSE = datetime.timedelta(minutes=5)


@dataclasses.dataclass(frozen=True)
class Circuit:
    """`trips`: times it opened in a row without a success between."""

    state: str = "closed"
    failures: int = 0
    trips: int = 0
    until: datetime.datetime | None = None


def allowance(circuit: Circuit, now: datetime.datetime) -> tuple[int | None, float]:
    """Return (calls that may start, seconds to wait when none may); None: any number.

    >>> now = datetime.datetime(2026, 7, 1, 12)
    >>> allowance(Circuit(), now)
    (None, 0.0)
    >>> allowance(Circuit("open", until=now + datetime.timedelta(seconds=9)), now)
    (0, 9.0)
    >>> allowance(Circuit("open", until=now), now)
    (1, 0.0)
    """
    if circuit.state == "closed":
        return None, 0.0
    if circuit.until is None or circuit.until <= now:
        return 1, 0.0
    return 0, (circuit.until - now).total_seconds()


def probing(circuit: Circuit, until: datetime.datetime) -> Circuit:
    """The circuit while its probe is under way."""
    return dataclasses.replace(circuit, state="half_open", until=until)


def succeeded(circuit: Circuit) -> Circuit:
    """
    >>> succeeded(Circuit("half_open", 7, 2))
    Circuit(state='closed', failures=0, trips=0, until=None)
    """
    return Circuit()


def failed(circuit: Circuit, now: datetime.datetime) -> Circuit:
    """
    >>> now = datetime.datetime(2026, 7, 1, 12)
    >>> failed(Circuit(failures=3), now).state
    'closed'
    >>> opened = failed(Circuit(failures=4), now)
    >>> opened.state, opened.trips, opened.until - now == FIRST_PAUSE
    ('open', 1, True)
    >>> again = failed(probing(opened, now), now)
    >>> again.state, again.trips, again.until - now == 2 * FIRST_PAUSE
    ('open', 2, True)
    >>> failed(opened, now) == opened  # a call that was under way when it opened
    True
    """
    if circuit.state == "open":
        return circuit
    failures = circuit.failures + 1
    if circuit.state == "closed" and failures < THRESHOLD:
        return dataclasses.replace(circuit, failures=failures)
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(circuit.trips, 16))
    return Circuit("open", failures, circuit.trips + 1, now + pause)
