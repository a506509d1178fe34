"""Journal: 32 writers at once, sealing lag, verification speed (PF-AUD-02).

Works in a schema of its own with a sealer process of its own, so that the instance's
journal and its keys are left alone. The reference is what the design replaces: a chain
written inside the business transaction, head row locked, at Odoo's REPEATABLE READ.
"""

import io
import multiprocessing
import pathlib
import re
import sys
import tempfile
import time
import uuid

import psycopg2

ADDON = pathlib.Path(__file__).resolve().parents[2] / "addons" / "lottery_journal"
sys.path.append(str(ADDON))

from engine import mac  # noqa: E402
from engine.chain import Verifier, verify_all  # noqa: E402
from engine.keys import KeyRing  # noqa: E402
from engine.sealer import Sealer  # noqa: E402

# A spawned process takes the path over, and would find the addon's package `tests`.
sys.path.remove(str(ADDON))

from .frame import absolute, measures  # noqa: E402

SCHEMA = "journal_bench"
BATCH = 20_000
WRITERS = 32
APPENDS = 150  # by each writer
BUILD_SECONDS = 120  # at most, to seal entries for the verification
ROW_RING, CHAIN_RING = KeyRing("r" * 32), KeyRing("c" * 32)
BODY = '{"amount":"1200.00","lines":[["G001",3],["G002",1]],"outlet":"53010001"}'
COLUMNS = ", ".join(mac.ROW_COLUMNS + mac.PROOF_COLUMNS)
# Forked, so that 32 writers start at once and share nothing but the database.
_fork = multiprocessing.get_context("fork")


@measures("PF-AUD-02")
def journal(stage):
    dsn = stage.dsn(stage.site.database)
    _create_schema(dsn)
    try:
        failures, lag = _measure_appends(dsn)
        reference = _run_writers(dsn, _append_chained)
        entries, speed = _measure_verification(dsn, stage.size.entries)
    finally:
        _drop_schema(dsn)
    yield absolute(
        "PF-AUD-02",
        f"{WRITERS} writers, business failures of {WRITERS * APPENDS:,}",
        failures,
        "failures",
        "0",
        failures == 0,
        reference=reference,
        note="reference: chain inside the business transaction",
    )
    yield absolute(
        "PF-AUD-02",
        f"{WRITERS} writers, sealing lag p99",
        lag,
        "s",
        "<= 5",
        lag <= 5,
    )
    yield absolute(
        "PF-AUD-02",
        f"verification of {entries:,} entries, wall clock",
        speed,
        "entries/s",
        ">= 100,000",
        speed >= 100_000,
    )


def _create_schema(dsn):
    text = (ADDON / "sql" / "owner.sql").read_text(encoding="utf-8")
    tables = re.search(r"-- tables: begin.*?\n(.*)-- tables: end", text, re.S)[1]
    _execute(
        dsn,
        f"""DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA};
        SET search_path = {SCHEMA}; {tables};
        CREATE TABLE chained (seq bigint PRIMARY KEY, body text, mac bytea);
        CREATE TABLE chained_head (seq bigint, mac bytea);
        INSERT INTO chained_head VALUES (0, '')""",
    )


def _drop_schema(dsn):
    _execute(dsn, f"DROP SCHEMA {SCHEMA} CASCADE")


def _execute(dsn, query):
    connection = psycopg2.connect(dsn)
    with connection, connection.cursor() as cr:
        cr.execute(query)
        rows = cr.fetchall() if cr.description else None
    connection.close()
    return rows


# === APPENDING === #


def _measure_appends(dsn):
    """:return: (failed business transactions, 99th percentile of the lag in seconds)"""
    sealer = _fork.Process(target=_seal, args=(dsn,))
    sealer.start()
    try:
        failures = _run_writers(dsn, _append_staged)
        while _execute(dsn, f"SELECT EXISTS (SELECT FROM {SCHEMA}.staging)")[0][0]:
            time.sleep(0.05)
    finally:
        sealer.terminate()
        sealer.join()
    [(lag,)] = _execute(
        dsn,
        f"""SELECT percentile_cont(0.99) WITHIN GROUP (
            ORDER BY EXTRACT(EPOCH FROM sealed_at - created_at)) FROM {SCHEMA}.entry""",
    )
    return failures, float(lag)


def _seal(dsn):
    with tempfile.TemporaryDirectory() as directory:
        places = {"LOTTERY_JOURNAL_HEAD_DIRS": f"{directory}/1:{directory}/2"}
        sealer = Sealer(psycopg2.connect(dsn), ROW_RING, CHAIN_RING, places, SCHEMA)
        sealer.run(lambda: False)


def _run_writers(dsn, append):
    """Run ``append(cursor, number)`` in all writers; return how many failed."""
    failed = _fork.Value("i", 0)
    start = _fork.Barrier(WRITERS)

    def write():
        connection = psycopg2.connect(dsn)
        connection.set_session(isolation_level="REPEATABLE READ")
        start.wait(60)
        for number in range(APPENDS):
            try:
                with connection, connection.cursor() as cr:
                    cr.execute("SELECT 1")  # the business transaction has begun
                    append(cr, number)
            except psycopg2.Error:
                with failed.get_lock():
                    failed.value += 1
        connection.close()

    writers = [_fork.Process(target=write) for _n in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    return failed.value


def _append_staged(cr, number):
    cr.execute(
        f"INSERT INTO {SCHEMA}.staging ({COLUMNS}) VALUES %s", (_make_row(number),)
    )


def _append_chained(cr, number):
    cr.execute(f"SELECT seq, mac FROM {SCHEMA}.chained_head FOR UPDATE")
    seq, previous = cr.fetchone()
    sealed = mac.chain_mac(CHAIN_RING.current.secret, bytes(previous) + BODY.encode())
    cr.execute(
        f"INSERT INTO {SCHEMA}.chained VALUES (%s, %s, %s)", (seq + 1, BODY, sealed)
    )
    cr.execute(
        f"UPDATE {SCHEMA}.chained_head SET seq = %s, mac = %s", (seq + 1, sealed)
    )


def _make_row(number):
    row = mac.Row(
        uid=str(uuid.uuid4()),
        created_at=mac.utc_stamp(),
        event="order.submitted",
        model="instant.order",
        res_id=number + 1,
        branch_id=3,
        user_id=7,
        body=BODY,
    )
    key = ROW_RING.current
    return (*row, mac.ROW_VERSION, key.id, mac.row_mac(key.secret, mac.row_line(row)))


# === VERIFYING === #


def _measure_verification(dsn, entries):
    """:return: (entries there were, entries verified a second: chain and row MACs)"""
    connection = psycopg2.connect(dsn)
    sealer = Sealer(connection, ROW_RING, CHAIN_RING, {}, SCHEMA)
    deadline = time.monotonic() + BUILD_SECONDS
    first = WRITERS * APPENDS
    while first < entries and time.monotonic() < deadline:
        first = _stage_entries(connection, first, min(first + BATCH, entries))
        sealer.seal_waiting()
    with connection, connection.cursor() as cr:
        started = time.monotonic()
        result = verify_all(cr, Verifier(ROW_RING, CHAIN_RING), SCHEMA)
        seconds = time.monotonic() - started
    connection.close()
    if not result.ok:
        raise AssertionError(result.text())
    return result.checked, result.checked / seconds


def _stage_entries(connection, first, last):
    """Write rows as business transactions do; return ``last``."""
    rows = "".join(
        "\t".join(
            mac.encode(
                value if not isinstance(value, bytes) else "\\x" + value.hex()
            ).decode()
            for value in _make_row(number)
        )
        + "\n"
        for number in range(first, last)
    )
    with connection, connection.cursor() as cr:
        cr.copy_expert(
            f"COPY {SCHEMA}.staging ({COLUMNS}) FROM STDIN", io.StringIO(rows)
        )
    return last
