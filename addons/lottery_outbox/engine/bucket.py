"""Token bucket: at most so many calls a second, with a burst of one second's worth."""


def refill(tokens: float, elapsed: float, rate: float) -> float:
    """Return the tokens after ``elapsed`` seconds.

    >>> refill(0.0, 0.5, 10)
    5.0
    >>> refill(9.0, 5, 10)
    10.0
    >>> refill(0.0, 1, 0.5)
    0.5
    >>> refill(0.0, -3, 10)
    0.0
    """
    return min(max(float(rate), 1.0), tokens + max(elapsed, 0.0) * rate)


def wait_for_one(tokens: float, rate: float) -> float:
    """Return seconds until there is a whole token.

    >>> wait_for_one(0.5, 10)
    0.05
    >>> wait_for_one(3, 10)
    0.0
    """
    return max(0.0, (1.0 - tokens) / rate)
