"""When to try again."""

import random

FIRST = 2.0
LONGEST = 1800.0


def retry_delay(attempt: int, retry_after=None, rng=random.random) -> float:
    """Return seconds until the next try after try number ``attempt`` (1, 2, …).

    Doubles each time; the upper half is random, so that callers who failed together do
    not come back together. What the remote side asks for is a lower bound.

    >>> [retry_delay(n, rng=lambda: 1.0) for n in (1, 2, 3, 4)]
    [2.0, 4.0, 8.0, 16.0]
    >>> retry_delay(3, rng=lambda: 0.0)
    4.0
    >>> retry_delay(40, rng=lambda: 1.0)
    1800.0
    >>> retry_delay(1, retry_after=60, rng=lambda: 0.0)
    60.0
    """
    full = min(LONGEST, FIRST * 2 ** min(attempt - 1, 30))
    return max(full / 2 + full / 2 * rng(), float(retry_after or 0))
