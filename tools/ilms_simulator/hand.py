"""What a tester does by hand, from ``/sim``."""

from .rules import Malformed, account_facts, member, parse_label


def adjust_account(store, values: dict) -> dict:
    """Add (or take) money from outside, close or open the outlet."""
    with store.transaction() as db:
        outlet = member(values, "outlet", str)
        if "closed" in values:
            db.execute(
                "UPDATE account SET closed = ? WHERE outlet = ?",
                (int(bool(values["closed"])), outlet),
            )
        store.book(
            db,
            outlet,
            values.get("kind", "top_up"),
            payment=int(values.get("payment", 0)),
            instant=int(values.get("instant", 0)),
        )
        row = db.execute("SELECT * FROM account WHERE outlet = ?", (outlet,)).fetchone()
        if row is None:
            raise Malformed("outlet: unknown")
        return account_facts(row)


def set_game(store, values: dict) -> dict:
    with store.transaction() as db:
        changed = db.execute(
            "UPDATE game SET on_sale = ? WHERE code = ?",
            (int(bool(values.get("onSale"))), member(values, "code", str)),
        )
        return {"changed": changed.rowcount}


def activate(store, values: dict) -> dict:
    """Packs go on sale at their outlet and count as the day's sales."""
    day = member(values, "day", str)
    with store.transaction() as db:
        packs = _take_step(db, day, values, "shipped", "activated")
        for pack in packs:
            db.execute(
                "INSERT INTO sale VALUES (?, ?, ?, 1, ?) "
                "ON CONFLICT (day, outlet, game) DO UPDATE "
                "SET packs = packs + 1, amount = amount + excluded.amount",
                (day, pack["place"], pack["game"], pack["pack_amount"]),
            )
        return {"activated": len(packs)}


def settle(store, values: dict) -> dict:
    """Packs on sale are paid for."""
    day = member(values, "day", str)
    with store.transaction() as db:
        return {"settled": len(_take_step(db, day, values, "activated", "settled"))}


def _take_step(db, day: str, values: dict, before: str, after: str) -> list:
    """Take the packs named from one state to the next; returns them."""
    packs = []
    for game, serial in [parse_label(text) for text in member(values, "packs", list)]:
        pack = db.execute(
            "SELECT * FROM pack JOIN game ON game.code = pack.game "
            "WHERE game = ? AND serial = ? AND state = ?",
            (game, serial, before),
        ).fetchone()
        if pack is None:
            raise Malformed(f"not {before}: {game}-{serial:07d}")
        db.execute(
            "UPDATE pack SET state = ? WHERE game = ? AND serial = ?",
            (after, game, serial),
        )
        db.execute(
            "INSERT INTO step VALUES (?, ?, ?, ?, ?)",
            (day, game, serial, after, pack["place"]),
        )
        packs.append(pack)
    return packs
