"""Books of the simulator in one SQLite file (write-ahead log); amounts in fen."""

import json
import sqlite3
import threading
import time
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
    outlet TEXT PRIMARY KEY, payment INTEGER NOT NULL, instant INTEGER NOT NULL,
    frozen INTEGER NOT NULL DEFAULT 0 CHECK (frozen >= 0),
    closed INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entry (
    id INTEGER PRIMARY KEY, outlet TEXT NOT NULL, kind TEXT NOT NULL,
    payment INTEGER NOT NULL, instant INTEGER NOT NULL, frozen INTEGER NOT NULL,
    ref TEXT, at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS entry_outlet ON entry (outlet);
CREATE TABLE IF NOT EXISTS game (
    code TEXT PRIMARY KEY, pack_amount INTEGER NOT NULL, on_sale INTEGER NOT NULL,
    master TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stock (
    warehouse TEXT, game TEXT, on_hand INTEGER NOT NULL, locked INTEGER NOT NULL,
    PRIMARY KEY (warehouse, game), CHECK (locked >= 0 AND locked <= on_hand)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS manifest (
    seq INTEGER PRIMARY KEY, number TEXT UNIQUE NOT NULL, warehouse TEXT NOT NULL,
    at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS pack (
    game TEXT, serial INTEGER, carton INTEGER NOT NULL, manifest TEXT NOT NULL,
    place TEXT NOT NULL, state TEXT NOT NULL, order_no TEXT,
    PRIMARY KEY (game, serial)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS pack_manifest ON pack (manifest, game, serial);
CREATE INDEX IF NOT EXISTS pack_order ON pack (order_no) WHERE order_no IS NOT NULL;
CREATE TABLE IF NOT EXISTS orders (
    number TEXT PRIMARY KEY, outlet TEXT, warehouse TEXT, amount INTEGER NOT NULL,
    state TEXT NOT NULL, reference TEXT, changes INTEGER NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS order_line (
    number TEXT, game TEXT, packs INTEGER NOT NULL, PRIMARY KEY (number, game)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sale (
    day TEXT, outlet TEXT, game TEXT, packs INTEGER NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (day, outlet, game)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS step (
    day TEXT, game TEXT, serial INTEGER, state TEXT, outlet TEXT NOT NULL,
    PRIMARY KEY (day, game, serial, state)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answered (
    request_id TEXT PRIMARY KEY, digest BLOB NOT NULL, answer TEXT NOT NULL,
    at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY, rule TEXT NOT NULL, uses_left INTEGER
);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, api TEXT NOT NULL,
    request_id TEXT NOT NULL, attempt INTEGER NOT NULL, faults TEXT NOT NULL,
    code TEXT
);
CREATE INDEX IF NOT EXISTS log_request ON log (request_id);
"""
TABLES = (
    "account entry game stock manifest pack orders order_line sale step answered fault "
    "setting log"
).split()

# Each query lists what breaks one equation of the books.
EQUATIONS = {
    "account is the sum of its entries": """
        SELECT a.outlet FROM account a
          LEFT JOIN entry e ON e.outlet = a.outlet
         GROUP BY a.outlet
        HAVING a.payment <> COALESCE(sum(e.payment), 0)
            OR a.instant <> COALESCE(sum(e.instant), 0)
            OR a.frozen <> COALESCE(sum(e.frozen), 0)""",
    "frozen is the sum of the locked orders": """
        SELECT a.outlet FROM account a
          LEFT JOIN orders o ON o.outlet = a.outlet AND o.state = 'locked'
         GROUP BY a.outlet HAVING a.frozen <> COALESCE(sum(o.amount), 0)""",
    "stock is the packs in the warehouse": """
        SELECT s.warehouse, s.game FROM stock s
          LEFT JOIN (SELECT place, game, count(*) AS packs FROM pack
                      WHERE state = 'stocked' GROUP BY 1, 2) p
                 ON p.place = s.warehouse AND p.game = s.game
         WHERE s.on_hand <> COALESCE(p.packs, 0)""",
    "locked is the packs of the locked orders": """
        SELECT s.warehouse, s.game FROM stock s
          LEFT JOIN (SELECT o.warehouse, l.game, sum(l.packs) AS packs FROM orders o
                       JOIN order_line l ON l.number = o.number
                      WHERE o.state = 'locked' GROUP BY 1, 2) p
                 ON p.warehouse = s.warehouse AND p.game = s.game
         WHERE s.locked <> COALESCE(p.packs, 0)""",
    "a confirmed order is deducted once": """
        SELECT o.number FROM orders o
          LEFT JOIN entry e ON e.ref = o.number AND e.kind = 'deduct'
         GROUP BY o.number
        HAVING COALESCE(sum(e.instant), 0)
            <> CASE WHEN o.state IN ('confirmed', 'returned')
                    THEN -o.amount ELSE 0 END""",
    "a returned order is refunded once": """
        SELECT o.number FROM orders o
          LEFT JOIN entry e ON e.ref = o.number AND e.kind = 'refund'
         GROUP BY o.number
        HAVING COALESCE(sum(e.instant), 0)
            <> CASE WHEN o.state = 'returned' THEN o.amount ELSE 0 END""",
    "a confirmed order has its packs": """
        SELECT o.number FROM orders o
         WHERE (SELECT count(*) FROM pack p WHERE p.order_no = o.number)
            <> CASE WHEN o.state = 'confirmed'
                    THEN (SELECT sum(packs) FROM order_line l
                           WHERE l.number = o.number) ELSE 0 END""",
}


class Store:
    """Connections per thread, one writer at a time."""

    def __init__(self, path: Path):
        self.path = path
        self._local = threading.local()
        self._writing = threading.Lock()
        self.connection().executescript("PRAGMA journal_mode = WAL;" + SCHEMA)

    def connection(self) -> sqlite3.Connection:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, isolation_level=None, timeout=30)
            connection.row_factory = sqlite3.Row
            # Survives the end of the process; only a power cut could lose a commit.
            connection.execute("PRAGMA synchronous = NORMAL")
            self._local.connection = connection
        return connection

    @contextmanager
    def transaction(self):
        """All or nothing, after all earlier writers."""
        connection = self.connection()
        with self._writing:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    # === ADMINISTRATION === #

    def reset(self) -> None:
        with self.transaction() as db:
            for table in TABLES:
                db.execute(f"DELETE FROM {table}")  # noqa: S608  constants above

    def dump(self) -> dict:
        """Everything a comparison needs, in one consistent reading."""
        db = self.connection()
        db.execute("BEGIN")
        try:
            orders = {
                row["number"]: {**dict(row), "lines": {}, "packs": []}
                for row in db.execute("SELECT * FROM orders")
            }
            for row in db.execute("SELECT * FROM order_line"):
                orders[row["number"]]["lines"][row["game"]] = row["packs"]
            for row in db.execute("SELECT * FROM pack WHERE order_no IS NOT NULL"):
                orders[row["order_no"]]["packs"].append(label(row))
            return {
                "accounts": {
                    row["outlet"]: {
                        name: row[name] for name in ("payment", "instant", "frozen")
                    }
                    for row in db.execute("SELECT * FROM account")
                },
                "stock": [dict(row) for row in db.execute("SELECT * FROM stock")],
                "orders": orders,
                "broken": {
                    name: [list(row) for row in rows]
                    for name, query in EQUATIONS.items()
                    if (rows := db.execute(query).fetchall())
                },
            }
        finally:
            db.execute("COMMIT")

    def book(self, db, outlet, kind, *, payment=0, instant=0, frozen=0, ref=None):
        """Change an account and write the entry that explains it."""
        db.execute(
            "UPDATE account SET payment = payment + ?, instant = instant + ?, "
            "frozen = frozen + ? WHERE outlet = ?",
            (payment, instant, frozen, outlet),
        )
        db.execute(
            "INSERT INTO entry (outlet, kind, payment, instant, frozen, ref, at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (outlet, kind, payment, instant, frozen, ref, time.time()),
        )

    # === FAULTS AND LOG === #

    def faults(self) -> tuple[int, list[tuple[int, dict]]]:
        """Seed and the rules that have uses left, as ``(id, rule)``."""
        db = self.connection()
        seed = db.execute("SELECT value FROM setting WHERE name = 'seed'").fetchone()
        rows = db.execute(
            "SELECT id, rule FROM fault WHERE uses_left IS NULL OR uses_left > 0 "
            "ORDER BY id"
        )
        return int(seed["value"]) if seed else 0, [
            (row["id"], json.loads(row["rule"])) for row in rows
        ]

    def set_faults(self, seed: int, rules: list[dict]) -> None:
        with self.transaction() as db:
            db.execute("DELETE FROM fault")
            db.execute("REPLACE INTO setting VALUES ('seed', ?)", (str(seed),))
            db.executemany(
                "INSERT INTO fault (rule, uses_left) VALUES (?, ?)",
                [(json.dumps(rule), rule.get("count")) for rule in rules],
            )

    def take_fault(self, rule_id: int, kind: str, log_id: int) -> bool:
        """Use a rule up by one and note it, for good even if the process ends now.

        In one transaction: a fault of another request may end the process in between.
        """
        with self.transaction() as db:
            used = db.execute(
                "UPDATE fault SET uses_left = uses_left - 1 "
                "WHERE id = ? AND (uses_left IS NULL OR uses_left > 0)",
                (rule_id,),
            )
            if used.rowcount != 1:
                return False
            db.execute(
                "UPDATE log SET faults = trim(faults || ' ' || ?) WHERE id = ?",
                (kind, log_id),
            )
            return True

    def log_arrival(self, api: str, request_id: str) -> tuple[int, int]:
        """Note a request; returns ``(log id, number of this attempt)``."""
        with self.transaction() as db:
            (attempt,) = db.execute(
                "SELECT count(*) + 1 FROM log WHERE request_id = ?", (request_id,)
            ).fetchone()
            row = db.execute(
                "INSERT INTO log (at, api, request_id, attempt, faults) "
                "VALUES (?, ?, ?, ?, '')",
                (time.time(), api, request_id, attempt),
            )
            return row.lastrowid, attempt

    def log_outcome(self, log_id: int, faults: list[str], code: str | None) -> None:
        with self.transaction() as db:
            db.execute(
                "UPDATE log SET faults = ?, code = ? WHERE id = ?",
                (" ".join(faults), code, log_id),
            )

    def log(self, limit: int) -> list[dict]:
        rows = self.connection().execute(
            "SELECT * FROM log ORDER BY id DESC LIMIT ?", (limit,)
        )
        return [dict(row) for row in rows]


def label(row) -> str:
    """What is printed on a pack: game code and seven digits."""
    return f"{row['game']}-{row['serial']:07d}"
