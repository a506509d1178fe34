"""Periods of reports: what they cover, what they are compared with, their parts."""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

UNITS = ("day", "week", "month", "quarter", "half", "year")
COMPARISONS = ("previous", "year")
_STEP = {
    "day": relativedelta(days=1),
    "week": relativedelta(weeks=1),
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
    "half": relativedelta(months=6),
    "year": relativedelta(years=1),
}


class PeriodError(ValueError):
    """The options make no period. ``code`` says why."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Period:
    """Days from ``start`` to before ``stop``; ``step`` leads to the previous one."""

    start: date
    stop: date
    step: relativedelta

    @property
    def last(self):
        return self.stop - timedelta(days=1)

    def shifted(self, comparison, today):
        """Return what the period is compared with, and the way back from there.

        A period that is not over yet is compared with as many days as have passed.

        >>> month = make_period({"kind": "month"}, date(2026, 3, 10))
        >>> before, _way = month.shifted("previous", date(2026, 3, 10))
        >>> before.start.isoformat(), before.last.isoformat()
        ('2026-02-01', '2026-02-10')
        >>> before, _way = month.shifted("year", date(2026, 4, 1))
        >>> before.start.isoformat(), before.last.isoformat()
        ('2025-03-01', '2025-03-31')
        """
        way = _STEP["year"] if comparison == "year" else self.step
        stop = self.stop - way
        if self.start <= today < self.last:
            passed = (today - self.start).days + 1
            stop = min(stop, self.start - way + timedelta(days=passed))
        return Period(self.start - way, stop, self.step), way


def start_of(unit, day):
    """
    >>> [start_of(unit, date(2026, 8, 20)).isoformat() for unit in UNITS]
    ... # doctest: +NORMALIZE_WHITESPACE
    ['2026-08-20', '2026-08-17', '2026-08-01', '2026-07-01', '2026-07-01',
     '2026-01-01']
    """
    match unit:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        case "half":
            return date(day.year, 1 if day.month <= 6 else 7, 1)
    return date(day.year, 1, 1)


def make_period(options, today):
    """Return the `Period` that ``options`` describe.

    ``{"kind": unit, "count": how many up to the present one, "offset": how many units
    from now}`` or ``{"kind": "custom", "first": day, "last": day}``.

    >>> def show(**options):
    ...     period = make_period(options, date(2026, 8, 20))
    ...     return f"{period.start} {period.last}"
    >>> show(kind="month"), show(kind="week", offset=-1)
    ('2026-08-01 2026-08-31', '2026-08-10 2026-08-16')
    >>> show(kind="quarter", count=2), show(kind="half")
    ('2026-04-01 2026-09-30', '2026-07-01 2026-12-31')
    >>> show(kind="custom", first="2026-01-05", last="2026-01-06")
    '2026-01-05 2026-01-06'
    >>> show(kind="custom", first="2026-01-05", last="2026-01-04")
    Traceback (most recent call last):
    ...
    odoo.addons.lottery_report.engine.period.PeriodError: order
    """
    kind = options.get("kind")
    try:
        if kind == "custom":
            return _make_custom(options)
        count, offset = int(options.get("count") or 1), int(options.get("offset") or 0)
        if kind not in UNITS or not 1 <= count <= 400 or abs(offset) > 4000:
            raise PeriodError("unknown")
        step = _STEP[kind]
        first = start_of(kind, today) + step * (offset - count + 1)
        return Period(first, first + step * count, step * count)
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, PeriodError):
            raise
        raise PeriodError("unknown") from error


def _make_custom(options):
    first = date.fromisoformat(options["first"]) if options.get("first") else None
    last = date.fromisoformat(options["last"]) if options.get("last") else None
    if not first or not last:
        raise PeriodError("missing")
    if last < first:
        raise PeriodError("order")
    days = (last - first).days + 1
    return Period(first, last + timedelta(days=1), relativedelta(days=days))


def parts(period, unit, limit=800):
    """Return the first days of the units that the period touches.

    >>> month = make_period({"kind": "month"}, date(2026, 8, 20))
    >>> [day.isoformat() for day in parts(month, "week")]
    ['2026-07-27', '2026-08-03', '2026-08-10', '2026-08-17', '2026-08-24', '2026-08-31']
    """
    day, found = start_of(unit, period.start), []
    while day < period.stop and len(found) < limit:
        found.append(day)
        day += _STEP[unit]
    return found


def part_of(unit, day):
    """Return the unit that begins at ``day`` as a `Period`."""
    return Period(day, day + _STEP[unit], _STEP[unit])


def label(unit, day):
    """
    >>> [label(unit, date(2026, 7, 20)) for unit in UNITS]
    ['2026-07-20', '2026-W30', '2026-07', '2026 Q3', '2026 H2', '2026']
    """
    match unit:
        case "day":
            return day.isoformat()
        case "week":
            year, week, _weekday = day.isocalendar()
            return f"{year}-W{week:02}"
        case "month":
            return f"{day:%Y-%m}"
        case "quarter":
            return f"{day.year} Q{(day.month - 1) // 3 + 1}"
        case "half":
            return f"{day.year} H{1 if day.month <= 6 else 2}"
    return str(day.year)
