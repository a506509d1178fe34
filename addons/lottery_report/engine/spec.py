"""What a report says of itself."""

from dataclasses import dataclass
from typing import Any

AGGREGATES = {
    "sum": "SUM(%s)",
    "count": "COUNT(%s)",
    "count_distinct": "COUNT(DISTINCT %s)",
    "avg": "AVG(%s)",
    "min": "MIN(%s)",
    "max": "MAX(%s)",
}


@dataclass(frozen=True)
class Dimension:
    """What rows are grouped by: a field of the source, through many2one fields.

    A date is grouped by day, week, … as the reader chooses. With a many2many field
    (tags) a record counts in the row of each of its values, in the total once.
    """

    label: Any
    path: str


@dataclass(frozen=True)
class Measure:
    """A figure: an aggregate of a field, or one measure by another (``ratio``).

    ``kind``: ``integer``, ``float``, ``money``, ``percent`` or ``duration`` (seconds).
    """

    label: Any
    path: str = "id"
    aggregate: str = "sum"
    kind: str = "integer"
    ratio: tuple[str, str] | None = None


@dataclass(frozen=True)
class Column:
    """A column of an exported table.

    ``kind``: ``text``, ``integer``, ``float``, ``money``, ``percent``, ``duration``
    (seconds), ``date`` or ``datetime``.
    """

    label: str
    kind: str = "text"
    width: int | None = None
