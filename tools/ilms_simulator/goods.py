"""Calls about goods: stock, games, manifests, losses, activations, sales."""

import datetime
import json

from .rules import Malformed, Refusal, member, page_size, parse_label
from .store import label

LOSS_STATES = {"lost", "damaged", "stolen"}


def stock(store, db, payload):
    """Stock by warehouse and game, page by page."""
    warehouse, limit = payload.get("warehouse"), page_size(payload)
    after = [*(payload.get("cursor") or ["", ""])]
    rows = db.execute(
        "SELECT * FROM stock WHERE (? IS NULL OR warehouse = ?) "
        "AND (warehouse, game) > (?, ?) ORDER BY warehouse, game LIMIT ?",
        (warehouse, warehouse, *after, limit),
    ).fetchall()
    last = rows[-1] if len(rows) == limit else None
    return {
        "code": "OK",
        "stock": [
            {
                "warehouse": row["warehouse"],
                "game": row["game"],
                "onHand": row["on_hand"],
                "locked": row["locked"],
            }
            for row in rows
        ],
        "next": [last["warehouse"], last["game"]] if last else None,
    }


def games(store, db, payload):
    rows = db.execute("SELECT * FROM game ORDER BY code")
    return {
        "code": "OK",
        "games": [
            {**json.loads(r["master"]), "onSale": bool(r["on_sale"])} for r in rows
        ],
    }


def manifests(store, db, payload):
    """Packs shipped to a warehouse, page by page: cartons with ranges of serials."""
    warehouse = member(payload, "warehouse", str)
    row = db.execute(
        "SELECT * FROM manifest WHERE warehouse = ? AND seq > ? ORDER BY seq LIMIT 1",
        (warehouse, int(payload.get("cursor", 0))),
    ).fetchone()
    if row is None:
        return {"code": "OK", "manifest": None, "next": None}
    cartons = db.execute(
        "SELECT game, carton, min(serial) AS first, max(serial) AS last,"
        " count(*) AS packs FROM pack WHERE manifest = ?"
        " GROUP BY game, carton ORDER BY game, carton",
        (row["number"],),
    )
    return {
        "code": "OK",
        "manifest": {
            "number": row["number"],
            "warehouse": warehouse,
            "cartons": [
                {
                    "carton": f"{c['game']}-C{c['carton']:06d}",
                    "game": c["game"],
                    "first": c["first"],
                    "last": c["last"],
                    "packs": c["packs"],
                }
                for c in cartons
            ],
        },
        "next": row["seq"],
    }


def loss(store, db, payload):
    """Take lost, damaged or stolen packs out of the stock or mark them at an outlet."""
    kind = member(payload, "kind", str)
    if kind not in LOSS_STATES:
        raise Malformed("kind: lost, damaged or stolen expected")
    for game, serial in [parse_label(t) for t in member(payload, "packs", list)]:
        pack = db.execute(
            "SELECT * FROM pack WHERE game = ? AND serial = ?", (game, serial)
        ).fetchone()
        if pack is None:
            raise Refusal(
                "PACK_UNKNOWN", "the pack is not known", pack=f"{game}-{serial:07d}"
            )
        if pack["state"] in LOSS_STATES:
            continue
        if pack["state"] == "stocked":
            _take_from_stock(db, pack)
        db.execute(
            "UPDATE pack SET state = ? WHERE game = ? AND serial = ?",
            (kind, game, serial),
        )
    return {"code": "OK"}


def _take_from_stock(db, pack):
    taken = db.execute(
        "UPDATE stock SET on_hand = on_hand - 1 "
        "WHERE warehouse = ? AND game = ? AND on_hand > locked",
        (pack["place"], pack["game"]),
    )
    if taken.rowcount != 1:
        raise Refusal(
            "STOCK_LOCKED", "the packs left are locked for orders", pack=label(pack)
        )


def _read_day(payload):
    day = member(payload, "day", str)
    try:
        datetime.date.fromisoformat(day)
    except ValueError:
        raise Malformed("day: YYYY-MM-DD expected") from None
    return day


def activations(store, db, payload):
    """Packs that went on sale or were settled on one day, one by one."""
    day, limit = _read_day(payload), page_size(payload)
    rows = db.execute(
        "SELECT * FROM step WHERE day = ? AND (game, serial, state) > (?, ?, ?) "
        "ORDER BY game, serial, state LIMIT ?",
        (day, *(payload.get("cursor") or ["", 0, ""]), limit),
    ).fetchall()
    last = rows[-1] if len(rows) == limit else None
    return {
        "code": "OK",
        "day": day,
        "packs": [
            {"pack": label(row), "outlet": row["outlet"], "state": row["state"]}
            for row in rows
        ],
        "next": [last["game"], last["serial"], last["state"]] if last else None,
    }


def sales(store, db, payload):
    """Packs activated on one day, by outlet and game."""
    day, limit = _read_day(payload), page_size(payload)
    rows = db.execute(
        "SELECT * FROM sale WHERE day = ? AND (outlet, game) > (?, ?) "
        "ORDER BY outlet, game LIMIT ?",
        (day, *(payload.get("cursor") or ["", ""]), limit),
    ).fetchall()
    last = rows[-1] if len(rows) == limit else None
    return {
        "code": "OK",
        "day": day,
        "sales": [
            {name: row[name] for name in ("outlet", "game", "packs", "amount")}
            for row in rows
        ],
        "next": [last["outlet"], last["game"]] if last else None,
    }
