"""When guessing a pick-up code ends (IT-DLV-04), without a database."""

from datetime import datetime, timedelta
from typing import NamedTuple

from .pack_code import normalize

CODE_DIGITS = 6
TRIES_PER_PAUSE = 5
PAUSE = timedelta(minutes=30)
# Ten of a million guesses; further ones only after the desk has looked at it.
TRIES_PER_RELEASE = 10


class Pause(NamedTuple):
    """Codes are not taken at the moment; ``until`` is None when the desk decides."""

    until: datetime | None


def clean_code(raw):
    """Return the six digits of a pick-up code, or None when it is none.

    >>> clean_code(" 123 456 "), clean_code("１２３４５６")
    ('123456', '123456')
    >>> clean_code("12345") is clean_code("12345a") is clean_code(None) is None
    True
    """
    text = normalize(raw)
    is_code = len(text) == CODE_DIGITS and text.isascii() and text.isdigit()
    return text if is_code else None


def find_pause(wrong, now):
    """Return the :class:`Pause` that wrong codes lead to, or None.

    :param wrong: times of the wrong codes since the desk's last release, oldest first
    :param now: datetime of the same kind

    >>> start = datetime(2026, 3, 2, 8)
    >>> find_pause([start] * 4, start) is None
    True
    >>> find_pause([start] * 5, start).until
    datetime.datetime(2026, 3, 2, 8, 30)
    >>> find_pause([start] * 5, start + PAUSE) is None
    True
    >>> find_pause([start] * 10, start + 9 * PAUSE)
    Pause(until=None)
    """
    if len(wrong) >= TRIES_PER_RELEASE:
        return Pause(None)
    if not wrong or len(wrong) % TRIES_PER_PAUSE:
        return None
    until = wrong[-1] + PAUSE
    return Pause(until) if now < until else None


def tries_left(wrong):
    """Return how many wrong codes are taken before the next pause.

    >>> tries_left([]), tries_left([1, 2]), tries_left([1] * 5), tries_left([1] * 12)
    (5, 3, 5, 0)
    """
    if len(wrong) >= TRIES_PER_RELEASE:
        return 0
    return TRIES_PER_PAUSE - len(wrong) % TRIES_PER_PAUSE
