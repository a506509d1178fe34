"""Loading games, accounts and packs; loading twice adds nothing."""

import json
import time

DEFAULT_PACKS_PER_CARTON = 20

INSERT_RANGE = """
    INSERT OR IGNORE INTO pack (game, serial, carton, manifest, place, state)
    WITH RECURSIVE n (i) AS (
        SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count
    )
    SELECT :game, :first + i, (:first + i - 1) / :carton + 1, :manifest, :warehouse,
           'stocked'
      FROM n
"""


def seed(store, values: dict) -> dict:
    """Add what is new of ``games``, ``accounts`` and ``packs``.

    :param values: ``games``: ``[{"code", "packAmount" (fen), "packsPerCarton", …}]``;
        ``accounts``: ``[{"outlet", "payment", "instant"}]`` (fen); ``packs``:
        ``[{"game", "warehouse", "first", "count", "manifest"}]``, ranges of serials
    :return: how many of each were added
    """
    with store.transaction() as db:
        return {
            "games": _seed_games(db, values.get("games", [])),
            "accounts": _seed_accounts(store, db, values.get("accounts", [])),
            "packs": sum(_seed_range(db, row) for row in values.get("packs", [])),
        }


def _seed_games(db, rows) -> int:
    added = 0
    for row in rows:
        added += db.execute(
            "INSERT OR IGNORE INTO game VALUES (?, ?, ?, ?)",
            (
                row["code"],
                int(row["packAmount"]),
                int(row.get("onSale", True)),
                json.dumps(row, ensure_ascii=False),
            ),
        ).rowcount
    return added


def _seed_accounts(store, db, rows) -> int:
    added = 0
    for row in rows:
        new = db.execute(
            "INSERT OR IGNORE INTO account (outlet, payment, instant) VALUES (?, 0, 0)",
            (row["outlet"],),
        ).rowcount
        if new:
            store.book(
                db,
                row["outlet"],
                "opening",
                payment=int(row.get("payment", 0)),
                instant=int(row.get("instant", 0)),
            )
        added += new
    return added


def _seed_range(db, row) -> int:
    game, warehouse = row["game"], row["warehouse"]
    master = db.execute("SELECT master FROM game WHERE code = ?", (game,)).fetchone()
    if master is None:
        raise ValueError(f"unknown game {game}")
    number = row.get("manifest") or f"{warehouse}-{game}-{row['first']}"
    added = db.execute(
        INSERT_RANGE,
        {
            "game": game,
            "first": int(row["first"]),
            "count": int(row["count"]),
            "carton": json.loads(master["master"]).get(
                "packsPerCarton", DEFAULT_PACKS_PER_CARTON
            ),
            "manifest": number,
            "warehouse": warehouse,
        },
    ).rowcount
    if added:
        db.execute(
            "INSERT OR IGNORE INTO manifest (number, warehouse, at) VALUES (?, ?, ?)",
            (number, warehouse, time.time()),
        )
        db.execute(
            "INSERT INTO stock VALUES (?, ?, ?, 0) ON CONFLICT (warehouse, game) "
            "DO UPDATE SET on_hand = on_hand + excluded.on_hand",
            (warehouse, game, added),
        )
    return added
