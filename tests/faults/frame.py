"""What a fault is made of: a register, the goal, one row of the report (PF-OPS-02)."""

import contextlib
import dataclasses
import os
import time

FAULTS = []  # in the order they run
QUIET = 3.0  # seconds without an acknowledged order that nobody calls an outage


@dataclasses.dataclass(frozen=True)
class Fault:
    """``apply(scene)`` is a context manager: it breaks something, and heals it at the end.

    ``goal``: seconds until orders are taken again; counted from the ``"start"`` of the
    fault or, where it lasts a given time, from its ``"end"``.
    """

    name: str
    title: str
    goal: float
    counted_from: str
    apply: object
    lasts: str = "recovery"


def fault(title, *, goal, counted_from="start", lasts="recovery"):
    """Register a fault.

    :param lasts: name of the size's field with its seconds
    """

    def register(function):
        FAULTS.append(
            Fault(
                function.__name__,
                title,
                goal,
                counted_from,
                contextlib.contextmanager(function),
                lasts,
            )
        )
        return function

    return register


@dataclasses.dataclass
class Row:
    """One line of `var/faults.json`; times in seconds."""

    name: str
    title: str
    goal: float
    counted_from: str
    back: float | None = None  # until the end of the longest time without an order
    silence: float | None = None  # that time
    failed: int = 0  # attempts that failed; each was repeated with its key
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    whole: float | None = None  # until all parts ran again
    ok: bool = False
    note: str = ""
    load: float = dataclasses.field(
        default_factory=lambda: round(os.getloadavg()[0], 1)
    )


def find_silence(times, start, end):
    """Return the longest time between two of ``times``, as ``(from, to)``.

    >>> find_silence([1, 2, 3, 9, 10], 2.5, 11)
    (3, 9)
    >>> find_silence([1, 2], 2.5, 11)
    (2, 11)
    >>> find_silence([], 0, 5)
    (0, 5)
    """
    before = [moment for moment in times if moment <= start]
    marks = [max(before, default=start)]
    marks += sorted(moment for moment in times if start < moment < end)
    marks.append(end)
    return max(zip(marks, marks[1:], strict=False), key=lambda gap: gap[1] - gap[0])


def judge(fault, row, times, span):
    """Fill in how long orders were not taken.

    :param times: when orders were acknowledged
    :param span: when the fault began, ended, and when the watch was closed
    """
    start, end, closed = span
    first, last = find_silence(times, start, closed)
    row.silence = round(last - first, 1)
    reference = start if fault.counted_from == "start" else end
    row.back = round(max(0.0, last - reference), 1) if row.silence > QUIET else 0.0
    row.ok = (
        not row.lost
        and not row.doubled
        and row.back <= fault.goal
        and row.whole is not None
        and bool(times)
    )


@contextlib.contextmanager
def clock():
    """Yield a list that gets the moments of begin and end."""
    moments = [time.monotonic()]
    yield moments
    moments.append(time.monotonic())
