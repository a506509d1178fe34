"""What an addon says about a figure or a chart of the home page. No `env`."""

from dataclasses import dataclass
from datetime import date, timedelta

TONES = ("way", "wait", "bad", "ok", "off")
CHART_KINDS = ("bar", "line", "doughnut")


@dataclass(frozen=True)
class HomeCard:
    """A figure: so many records of a model, and the way to them.

    :param code: unique in the suite, ``<addon>.<name>``; kept in layouts
    :param title: in the user's language
    :param model: whoever may not read it does not get the card
    :param domain: what is counted and what opens
    :param roles: groups (XML ids) the card is meant for; empty: everybody
    :param tone: colour by meaning: ``way wait bad ok off``; ``bad`` and ``wait``
        colour a figure above zero only
    :param measure: aggregate instead of a count, ``"amount:sum"``
    :param unit: word behind the figure
    :param action: XML id of the window action whose views open; else plain ones
    :param icon: of Font Awesome 4.7
    """

    code: str
    title: str
    model: str
    domain: object = ()
    roles: tuple = ()
    tone: str = "way"
    measure: str = ""
    unit: str = ""
    action: str = ""
    icon: str = "fa-tasks"

    def __post_init__(self):
        if self.tone not in TONES:
            raise ValueError(f"{self.code}: tone {self.tone}")


@dataclass(frozen=True)
class HomeChart:
    """A chart of one grouping; each of its points opens its records.

    :param groupby: a field of the model, or ``field:day`` with ``days``
    :param measure: ``"__count"`` or ``"amount:sum"``
    :param days: how many days up to today; days without records are drawn as zero
    :param kind: ``bar line doughnut``

    The others as of `HomeCard`.
    """

    code: str
    title: str
    model: str
    groupby: str
    domain: object = ()
    roles: tuple = ()
    measure: str = "__count"
    days: int = 0
    kind: str = "bar"
    action: str = ""
    unit: str = ""

    def __post_init__(self):
        if self.kind not in CHART_KINDS:
            raise ValueError(f"{self.code}: kind {self.kind}")
        if self.groupby.endswith(":day") != bool(self.days):
            raise ValueError(f"{self.code}: days belong to a grouping by day")


def last_days(today: date, days: int) -> list[date]:
    """
    >>> [str(day) for day in last_days(date(2026, 3, 2), 3)]
    ['2026-02-28', '2026-03-01', '2026-03-02']
    """
    return [today - timedelta(days=back) for back in reversed(range(days))]


def arrange(codes: list[str], wished: list[dict], default: list[str]) -> list[str]:
    """Return which of ``codes`` are shown and in what order.

    :param codes: everything there is, in its own order
    :param wished: the user's choice, ``{"code", "shown"}`` in order; what came to the
        suite later follows as it is by default
    :param default: what is shown without a choice, in order

    >>> arrange(["a", "b", "c"], [], ["c", "a"])
    ['c', 'a']
    >>> arrange(["a", "b", "c"], [{"code": "b", "shown": True},
    ...         {"code": "gone", "shown": True}, {"code": "a", "shown": False}],
    ...         ["a", "c"])
    ['b', 'c']
    """
    there = set(codes)
    shown = [row["code"] for row in wished if row["shown"] and row["code"] in there]
    decided = {row["code"] for row in wished}
    return shown + [code for code in default if code in there and code not in decided]
