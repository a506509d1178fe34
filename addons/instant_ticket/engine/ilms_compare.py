"""Our books against ILMS's: what differs and what may be mended (IT-ILM-04).

Plain values only. Both sides are given as dictionaries with the same keys; ``busy``
marks entries that moved while the figures were collected: they are compared next time.
Money is integer fen.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

# our state -> states at ILMS that agree with it
AGREEING = {
    "submitted": set(),
    "locked": {"locked"},
    "picking": {"locked"},
    "exception": {"locked"},
    "shipped": {"confirmed"},
    "delivered": {"confirmed"},
    "done": {"confirmed"},
    "cancelled": {"released", "unknown", "returned"},
    "rejected": {"released", "unknown"},
}


@dataclass(frozen=True)
class Finding:
    """One difference.

    ``kind``: ``balance frozen account stock locked order amount packs``;
    ``repair``: ``refresh``, ``query``, ``release`` or "" (a person decides).
    """

    kind: str
    key: str
    ours: str
    theirs: str
    delta: int = 0
    repair: str = ""
    facts: dict = field(default_factory=dict, compare=False)


def compare_accounts(ours: dict, theirs: dict) -> Iterator[Finding]:
    """Compare ``{outlet: {"balance", "frozen", "busy"}}`` with ILMS's.

    >>> ours = {"1": {"balance": 900, "frozen": 0, "busy": False}}
    >>> [f.kind for f in compare_accounts(ours, {"1": {"instant": 900, "frozen": 0}})]
    []
    >>> [(f.kind, f.delta) for f in
    ...  compare_accounts(ours, {"1": {"instant": 800, "frozen": 5}})]
    [('balance', -100), ('frozen', 5)]
    """
    for key in sorted(ours.keys() | theirs.keys()):
        mine, other = ours.get(key), theirs.get(key)
        if mine and mine["busy"]:
            continue
        if mine is None or other is None:
            # an outlet that never had money needs no account at ILMS
            if other is None and not (mine["balance"] or mine["frozen"]):
                continue
            yield Finding(
                "account", key, "" if mine is None else key, key if other else ""
            )
            continue
        if mine["balance"] != other["instant"]:
            yield _figure(
                "balance", key, mine["balance"], other["instant"], repair="refresh"
            )
        if mine["frozen"] != other["frozen"]:
            yield _figure("frozen", key, mine["frozen"], other["frozen"])


def compare_stock(ours: dict, theirs: dict) -> Iterator[Finding]:
    """Compare ``{(warehouse, game): {"on_hand", "locked", "busy"}}`` with ILMS's.

    >>> ours = {("GZ", "8801"): {"on_hand": 20, "locked": 2, "busy": False}}
    >>> theirs = {("GZ", "8801"): {"on_hand": 19, "locked": 2}}
    >>> [(f.kind, f.key, f.delta) for f in compare_stock(ours, theirs)]
    [('stock', 'GZ 8801', -1)]
    """
    nothing = {"on_hand": 0, "locked": 0, "busy": False}
    for key in sorted(ours.keys() | theirs.keys()):
        mine, other = ours.get(key, nothing), theirs.get(key, nothing)
        if mine["busy"]:
            continue
        facts = {"warehouse": key[0], "game": key[1]}
        for kind, name in (("stock", "on_hand"), ("locked", "locked")):
            if mine[name] != other[name]:
                yield _figure(kind, " ".join(key), mine[name], other[name], facts=facts)


def compare_orders(ours: dict, theirs: dict) -> Iterator[Finding]:
    """Compare ``{number: {"state", "shipped", "amount", "packs", "busy"}}``.

    ``theirs`` need not hold every order: one that ILMS does not list is unknown there.

    >>> order = {"state": "cancelled", "shipped": False, "amount": 5, "packs": [],
    ...          "busy": False}
    >>> list(compare_orders({"T1": order}, {}))
    []
    >>> theirs = {"T1": {"state": "locked", "amount": 5, "packs": []}}
    >>> [(f.kind, f.theirs, f.repair) for f in compare_orders({"T1": order}, theirs)]
    [('order', 'locked', 'release')]
    """
    for number in sorted(ours.keys() | theirs.keys()):
        mine = ours.get(number)
        other = theirs.get(number, {"state": "unknown", "amount": 0, "packs": []})
        if mine is None:
            if other["state"] != "released":
                yield Finding("order", number, "unknown", other["state"])
            continue
        if mine["busy"]:
            continue
        yield from _compare_order(number, mine, other)


def _compare_order(number: str, mine: dict, other: dict) -> Iterator[Finding]:
    state = "shipped" if mine["shipped"] else mine["state"]
    if other["state"] not in AGREEING.get(state, set()):
        yield Finding(
            "order", number, mine["state"], other["state"], repair=_mend(state, other)
        )
        return
    if other["state"] in ("locked", "confirmed") and mine["amount"] != other["amount"]:
        yield _figure("amount", number, mine["amount"], other["amount"])
    if other["state"] == "confirmed" and set(mine["packs"]) != set(other["packs"]):
        yield Finding(
            "packs",
            number,
            _sample(set(mine["packs"]) - set(other["packs"])),
            _sample(set(other["packs"]) - set(mine["packs"])),
        )


def _mend(state: str, other: dict) -> str:
    """Releasing a lock nobody needs and asking again are safe; money is not moved."""
    if state in ("cancelled", "rejected"):
        return "release" if other["state"] == "locked" else ""
    if state in ("submitted", "locked", "picking", "exception"):
        return "query"
    return ""


def _figure(kind, key, mine, other, repair="", facts=None) -> Finding:
    return Finding(kind, key, str(mine), str(other), other - mine, repair, facts or {})


def _sample(labels: set, limit: int = 10) -> str:
    """The first labels of a set, in order; how many more there are."""
    names = sorted(labels)
    more = f" +{len(names) - limit}" if len(names) > limit else ""
    return " ".join(names[:limit]) + more
