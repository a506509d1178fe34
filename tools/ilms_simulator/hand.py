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
        labels = member(values, "packs", list)
        for game, serial in [parse_label(text) for text in labels]:
            pack = db.execute(
                "SELECT * FROM pack JOIN game ON game.code = pack.game "
                "WHERE game = ? AND serial = ? AND state = 'shipped'",
                (game, serial),
            ).fetchone()
            if pack is None:
                raise Malformed(f"not at an outlet: {game}-{serial:07d}")
            db.execute(
                "UPDATE pack SET state = 'activated' WHERE game = ? AND serial = ?",
                (game, serial),
            )
            db.execute(
                "INSERT INTO sale VALUES (?, ?, ?, 1, ?) "
                "ON CONFLICT (day, outlet, game) DO UPDATE "
                "SET packs = packs + 1, amount = amount + excluded.amount",
                (day, pack["place"], game, pack["pack_amount"]),
            )
        return {"activated": len(labels)}
