"""How long each part of a run is; seconds."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Size:
    """``pause``, ``away``, ``slow``: how long faults last that last a given time;
    ``after``: how long orders are watched when it is over. ``owners`` place one order
    each in ``rhythm`` seconds. The last two are what the town of the bench asks for."""

    owners: int
    rhythm: float
    before: float
    after: float
    pause: float
    away: float
    slow: float
    patience: float
    orders_each: int


SIZES = {
    "small": Size(12, 3.0, 3, 6, 12, 12, 8, 90, 24),
    "full": Size(24, 4.0, 5, 10, 30, 60, 20, 120, 40),
}
