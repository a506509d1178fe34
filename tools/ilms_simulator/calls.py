"""What ILMS does with orders and accounts, and the table of all calls.

One function a call, inside one transaction of the store. Amounts are integer fen. A
business refusal is an answer with another code than ``OK`` and changes nothing.
"""

import json
import time
import uuid

from . import goods
from .rules import (
    PAGE,
    Malformed,
    Refusal,
    account_facts,
    find_account,
    member,
    page_size,
    parse_label,
    positive,
)
from .store import label

TRANSFERABLE = {"payment", "instant"}


# === ORDERS === #


def lock(store, db, payload):
    """Lock the packs of an order and freeze its amount."""
    number = member(payload, "orderNo", str)
    outlet, warehouse = (
        member(payload, "outlet", str),
        member(payload, "warehouse", str),
    )
    amount = positive(payload, "amount")
    wanted = _wanted(payload)
    earlier = db.execute("SELECT * FROM orders WHERE number = ?", (number,)).fetchone()
    if earlier:
        return _locked_before(db, earlier, outlet, warehouse, amount, wanted)
    account = find_account(db, outlet)
    _check_price(db, wanted, amount)
    _check_stock(db, warehouse, wanted)
    free = account["instant"] - account["frozen"]
    if free < amount:
        raise Refusal(
            "INSUFFICIENT_INSTANT_BALANCE",
            "the instant account is short",
            missing=amount - free,
            **account_facts(account),
        )
    reference = f"L{uuid.uuid4().hex[:16].upper()}"
    _write_order(db, number, outlet, warehouse, amount, "locked", reference)
    for game, packs in wanted.items():
        db.execute("INSERT INTO order_line VALUES (?, ?, ?)", (number, game, packs))
        db.execute(
            "UPDATE stock SET locked = locked + ? WHERE warehouse = ? AND game = ?",
            (packs, warehouse, game),
        )
    store.book(db, outlet, "freeze", frozen=amount, ref=number)
    return {"code": "OK", "reference": reference}


def _wanted(payload) -> dict[str, int]:
    wanted = {}
    for line in member(payload, "lines", list):
        game = member(line, "game", str)
        wanted[game] = wanted.get(game, 0) + positive(line, "packs")
    if not wanted:
        raise Malformed("lines: at least one expected")
    return wanted


def _order_lines(db, number) -> dict[str, int]:
    rows = db.execute("SELECT game, packs FROM order_line WHERE number = ?", (number,))
    return {row["game"]: row["packs"] for row in rows}


def _locked_before(db, order, outlet, warehouse, amount, wanted):
    """The same order under another request id: its state decides, nothing is added."""
    if order["state"] == "released":
        raise Refusal("ORDER_RELEASED", "the order was released before")
    same = (order["outlet"], order["warehouse"], order["amount"])
    if (
        same != (outlet, warehouse, amount)
        or _order_lines(db, order["number"]) != wanted
    ):
        raise Refusal("ORDER_EXISTS", "the number belongs to another order")
    return {"code": "OK", "reference": order["reference"]}


def _check_price(db, wanted, amount):
    total = 0
    for code, packs in wanted.items():
        game = db.execute("SELECT * FROM game WHERE code = ?", (code,)).fetchone()
        if game is None:
            raise Refusal("GAME_UNKNOWN", f"game {code} is not known", game=code)
        if not game["on_sale"]:
            raise Refusal("GAME_NOT_ON_SALE", f"game {code} is not on sale", game=code)
        total += packs * game["pack_amount"]
    if total != amount:
        raise Refusal(
            "AMOUNT_MISMATCH", "the amount differs from the prices", expected=total
        )


def _check_stock(db, warehouse, wanted):
    rows = db.execute(
        "SELECT * FROM stock WHERE warehouse = ?", (warehouse,)
    ).fetchall()
    if not rows:
        raise Refusal("WAREHOUSE_UNKNOWN", f"warehouse {warehouse} is not known")
    free = {row["game"]: row["on_hand"] - row["locked"] for row in rows}
    short = [
        {"game": game, "available": free.get(game, 0), "wanted": packs}
        for game, packs in wanted.items()
        if free.get(game, 0) < packs
    ]
    if short:
        raise Refusal("INSUFFICIENT_STOCK", "not enough packs", lines=short)


def _write_order(db, number, outlet, warehouse, amount, state, reference):
    (changes,) = db.execute(
        "SELECT COALESCE(max(changes), 0) + 1 FROM orders"
    ).fetchone()
    db.execute(
        "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (number, outlet, warehouse, amount, state, reference, changes, time.time()),
    )


def _move_order(db, number, state):
    db.execute(
        "UPDATE orders SET state = ?, at = ?, "
        "changes = (SELECT max(changes) + 1 FROM orders) WHERE number = ?",
        (state, time.time(), number),
    )


def confirm(store, db, payload):
    """Take the packs out and turn the frozen amount into a deduction."""
    number = member(payload, "orderNo", str)
    serials = [parse_label(text) for text in member(payload, "packs", list)]
    order = db.execute("SELECT * FROM orders WHERE number = ?", (number,)).fetchone()
    if order is None:
        raise Refusal("ORDER_UNKNOWN", "the order was never locked")
    if order["state"] == "confirmed":
        return _confirmed_before(db, order, serials)
    if order["state"] != "locked":
        raise Refusal("ORDER_STATE", "the order is not locked", state=order["state"])
    account = find_account(db, order["outlet"])
    _check_packs(db, order, serials)
    if account["instant"] < order["amount"]:
        raise Refusal(
            "INSUFFICIENT_INSTANT_BALANCE",
            "the instant account no longer covers the order",
            missing=order["amount"] - account["instant"],
            **account_facts(account),
        )
    amount = order["amount"]
    store.book(
        db, order["outlet"], "deduct", instant=-amount, frozen=-amount, ref=number
    )
    db.executemany(
        "UPDATE pack SET place = ?, state = 'shipped', order_no = ? "
        "WHERE game = ? AND serial = ?",
        [(order["outlet"], number, game, serial) for game, serial in serials],
    )
    for game, packs in _order_lines(db, number).items():
        db.execute(
            "UPDATE stock SET on_hand = on_hand - ?, locked = locked - ? "
            "WHERE warehouse = ? AND game = ?",
            (packs, packs, order["warehouse"], game),
        )
    _move_order(db, number, "confirmed")
    return {"code": "OK", "reference": order["reference"], "deducted": amount}


def _confirmed_before(db, order, serials):
    rows = db.execute("SELECT * FROM pack WHERE order_no = ?", (order["number"],))
    if {(row["game"], row["serial"]) for row in rows} != set(serials):
        raise Refusal("PACKS_DIFFER", "the order was confirmed with other packs")
    return {
        "code": "OK",
        "reference": order["reference"],
        "deducted": order["amount"],
    }


def _check_packs(db, order, serials):
    if len(set(serials)) != len(serials):
        raise Refusal("PACKS_DIFFER", "a pack is named twice")
    counted = {}
    for game, serial in serials:
        pack = db.execute(
            "SELECT * FROM pack WHERE game = ? AND serial = ?", (game, serial)
        ).fetchone()
        if pack is None:
            raise Refusal(
                "PACK_UNKNOWN", "the pack is not known", pack=f"{game}-{serial:07d}"
            )
        if pack["place"] != order["warehouse"] or pack["state"] != "stocked":
            raise Refusal(
                "PACK_STATE",
                "the pack is not in the warehouse",
                pack=label(pack),
                place=pack["place"],
                state=pack["state"],
            )
        counted[game] = counted.get(game, 0) + 1
    if counted != _order_lines(db, order["number"]):
        raise Refusal("PACKS_DIFFER", "the packs differ from the order")


def release(store, db, payload):
    """Undo a lock. An order never locked is closed for good: its lock may be late."""
    number = member(payload, "orderNo", str)
    order = db.execute("SELECT * FROM orders WHERE number = ?", (number,)).fetchone()
    if order is None:
        _write_order(db, number, None, None, 0, "released", None)
        return {"code": "OK", "released": 0}
    if order["state"] == "released":
        return {"code": "OK", "released": 0}
    if order["state"] != "locked":
        raise Refusal("ORDER_STATE", "the order is confirmed", state=order["state"])
    store.book(db, order["outlet"], "unfreeze", frozen=-order["amount"], ref=number)
    for game, packs in _order_lines(db, number).items():
        db.execute(
            "UPDATE stock SET locked = locked - ? WHERE warehouse = ? AND game = ?",
            (packs, order["warehouse"], game),
        )
    _move_order(db, number, "released")
    return {"code": "OK", "released": order["amount"]}


def refund(store, db, payload):
    """Take a confirmed order back: its packs return, its deduction is given back.

    Packs that were reported lost meanwhile are not named and stay lost.
    """
    number = member(payload, "orderNo", str)
    serials = {parse_label(text) for text in member(payload, "packs", list)}
    order = db.execute("SELECT * FROM orders WHERE number = ?", (number,)).fetchone()
    if order is None:
        raise Refusal("ORDER_UNKNOWN", "the order was never locked")
    if order["state"] == "returned":
        return {"code": "OK", "reference": order["reference"], "refunded": 0}
    if order["state"] != "confirmed":
        raise Refusal("ORDER_STATE", "the order is not confirmed", state=order["state"])
    shipped = db.execute(
        "SELECT * FROM pack WHERE order_no = ? AND state = 'shipped'", (number,)
    ).fetchall()
    if {(pack["game"], pack["serial"]) for pack in shipped} != serials:
        raise Refusal("PACKS_DIFFER", "these are not the packs that left")
    for pack in shipped:
        db.execute(
            "UPDATE pack SET place = ?, state = 'stocked' WHERE game = ? AND serial = ?",
            (order["warehouse"], pack["game"], pack["serial"]),
        )
        db.execute(
            "UPDATE stock SET on_hand = on_hand + 1 WHERE warehouse = ? AND game = ?",
            (order["warehouse"], pack["game"]),
        )
    db.execute("UPDATE pack SET order_no = NULL WHERE order_no = ?", (number,))
    amount = order["amount"]
    store.book(db, order["outlet"], "refund", instant=amount, ref=number)
    _move_order(db, number, "returned")
    return {"code": "OK", "reference": order["reference"], "refunded": amount}


def status(store, db, payload):
    """State of one order: ``unknown locked confirmed released`` or ``returned``."""
    number = member(payload, "orderNo", str)
    order = db.execute("SELECT * FROM orders WHERE number = ?", (number,)).fetchone()
    if order is None:
        return {"code": "OK", "orderNo": number, "state": "unknown"}
    return {"code": "OK", **_order_facts(db, order)}


def _order_facts(db, order) -> dict:
    packs = db.execute(
        "SELECT * FROM pack WHERE order_no = ? ORDER BY game, serial",
        (order["number"],),
    )
    return {
        "orderNo": order["number"],
        "state": order["state"],
        "outlet": order["outlet"],
        "warehouse": order["warehouse"],
        "amount": order["amount"],
        "reference": order["reference"],
        "packs": [label(row) for row in packs],
    }


def list_orders(store, db, payload):
    """Orders in the sequence of their last change, after ``cursor``.

    ``states`` limits them to some states, ``since`` (ms) to changes from then on.
    """
    cursor, limit = int(payload.get("cursor") or 0), page_size(payload)
    rows = db.execute(
        "SELECT * FROM orders WHERE changes > ? AND at >= ? "
        "AND (? IS NULL OR state IN (SELECT value FROM json_each(?))) "
        "ORDER BY changes LIMIT ?",
        (
            cursor,
            int(payload.get("since") or 0) / 1000,
            payload.get("states") and 1,
            json.dumps(payload.get("states") or []),
            limit,
        ),
    ).fetchall()
    return {
        "code": "OK",
        "orders": [_order_facts(db, row) for row in rows],
        "next": rows[-1]["changes"] if len(rows) == limit else None,
    }


# === ACCOUNTS === #


def accounts(store, db, payload):
    """Accounts of the named outlets, or all of them page by page."""
    if "outlets" in payload:
        outlets = member(payload, "outlets", list)[:PAGE]
        marks = ", ".join("?" * len(outlets))
        rows = db.execute(
            f"SELECT * FROM account WHERE outlet IN ({marks})",  # noqa: S608  marks only
            outlets,
        ).fetchall()
        following = None
    else:
        limit = page_size(payload)
        rows = db.execute(
            "SELECT * FROM account WHERE outlet > ? ORDER BY outlet LIMIT ?",
            (str(payload.get("cursor") or ""), limit),
        ).fetchall()
        following = rows[-1]["outlet"] if len(rows) == limit else None
    return {
        "code": "OK",
        "accounts": [{"outlet": row["outlet"], **account_facts(row)} for row in rows],
        "next": following,
    }


def transfer(store, db, payload):
    """Move money between the payment and the instant account of an outlet."""
    outlet, amount = member(payload, "outlet", str), positive(payload, "amount")
    source, target = member(payload, "from", str), member(payload, "to", str)
    if {source, target} != TRANSFERABLE:
        raise Malformed("from, to: payment and instant expected")
    account = find_account(db, outlet)
    free = account[source] - (account["frozen"] if source == "instant" else 0)
    if free < amount:
        raise Refusal(
            f"INSUFFICIENT_{source.upper()}_BALANCE",
            f"the {source} account is short",
            missing=amount - free,
            **account_facts(account),
        )
    store.book(db, outlet, "transfer", **{source: -amount, target: amount})
    return {"code": "OK", **account_facts(find_account(db, outlet))}


# name in the address -> (function, changes the books)
CALLS = {
    "order.lock": (lock, True),
    "order.confirm": (confirm, True),
    "order.release": (release, True),
    "order.refund": (refund, True),
    "order.status": (status, False),
    "order.query": (list_orders, False),
    "account.query": (accounts, False),
    "account.transfer": (transfer, True),
    "stock.query": (goods.stock, False),
    "game.query": (goods.games, False),
    "manifest.query": (goods.manifests, False),
    "loss.report": (goods.loss, True),
    "activation.daily": (goods.activations, False),
    "sales.daily": (goods.sales, False),
}
