"""When a delivery method leaves next (IT-DLV-01)."""

from datetime import datetime, time, timedelta
from typing import NamedTuple

SUMMER_MONTHS = range(5, 11)
HORIZON_DAYS = 15


class Run(NamedTuple):
    """One regular departure.

    ``season`` is ``all``, ``summer`` (May to October) or ``winter``; ``weekday`` is
    0 (Monday) to 6 or None for every day; ``cutoff`` is the local time until which
    parcels are taken along.
    """

    season: str
    weekday: int | None
    cutoff: time


def next_departure(runs, moment):
    """Return the first departure at or after ``moment`` (local, naive), or None.

    >>> runs = [Run("all", None, time(13)), Run("all", None, time(18, 30))]
    >>> next_departure(runs, datetime(2026, 3, 2, 12, 59))
    datetime.datetime(2026, 3, 2, 13, 0)
    >>> next_departure(runs, datetime(2026, 3, 2, 18, 31))
    datetime.datetime(2026, 3, 3, 13, 0)
    >>> seasonal = [Run("summer", 1, time(9)), Run("winter", 2, time(9))]
    >>> next_departure(seasonal, datetime(2026, 1, 1, 8)).strftime("%a %d")
    'Wed 07'
    >>> next_departure(seasonal, datetime(2026, 7, 1, 8)).strftime("%a %d")
    'Tue 07'
    """
    for offset in range(HORIZON_DAYS):
        day = (moment + timedelta(days=offset)).date()
        season = "summer" if day.month in SUMMER_MONTHS else "winter"
        departures = sorted(
            datetime.combine(day, run.cutoff)
            for run in runs
            if run.season in ("all", season) and run.weekday in (None, day.weekday())
        )
        for departure in departures:
            if departure >= moment:
                return departure
    return None
