"""From staging to the chain: sequence, MAC before, MAC.

Functions take a psycopg2 cursor (or Odoo's) in a READ COMMITTED transaction and leave
the commit to the caller. One sealer at a time: take `LOCK` first.
"""

import io
import typing
import uuid

from .keys import KeyRing
from .mac import (
    CHAIN_VERSION,
    ENTRY_COLUMNS,
    GENESIS,
    HEX,
    PROOF_COLUMNS,
    ROW_COLUMNS,
    chain_mac,
    encode,
    row_mac,
    utc_stamp,
)

# Advisory lock of the one sealer of a database.
LOCK = 0x4C4A0001
BATCH = 2000


class Tail(typing.NamedTuple):
    """The chain's end; ``mac`` in hexadecimal digits."""

    seq: int
    mac: bytes


class ChainMoved(Exception):
    """The table's tail is not the entry sealed last: somebody else wrote or cut it."""


class Lines(list):
    """Takes what COPY TO writes: a line each time, its end cut off."""

    def write(self, line: bytes) -> None:
        self.append(line[:-1])


def copy_lines(cr, query: str) -> list[bytes]:
    """Return the rows of ``query`` as COPY prints them."""
    lines = Lines()
    getattr(cr, "_obj", cr).copy_expert(f"COPY ({query}) TO STDOUT", lines)
    return lines


def read_tail(cr, schema: str = "journal") -> Tail:
    # the schema is the operator's setting, no user's text
    cr.execute(  # pylint: disable=sql-injection
        f"SELECT seq, encode(mac, 'hex') FROM {schema}.entry ORDER BY seq DESC LIMIT 1"
    )
    found = cr.fetchone()
    return Tail(found[0], found[1].encode()) if found else Tail(0, GENESIS)


def is_proven(
    row_ring: KeyRing, line: bytes, version: bytes, key_id: bytes, mac: bytes
) -> bool:
    """Whether Odoo wrote the row: its MAC is right under a known key.

    Arguments as COPY prints them.
    """
    secret = row_ring.secret(key_id.decode())
    try:
        return secret is not None and (
            HEX + row_mac(secret, line, int(version)).hex().encode() == mac
        )
    except ValueError:
        return False


def seal_batch(
    cr,
    row_ring: KeyRing,
    chain_ring: KeyRing,
    *,
    limit: int = BATCH,
    expected: Tail | None = None,
    schema: str = "journal",
) -> tuple[int, Tail]:
    """Move up to ``limit`` rows, oldest first, from staging to the chain.

    Rows whose MAC is wrong are sealed too, marked: evidence is not thrown away.

    :param expected: the tail as this sealer left it
    :return: (rows sealed, new tail)
    :raise ChainMoved: nothing was written
    """
    tail = read_tail(cr, schema)
    if expected is not None and tail != expected:
        raise ChainMoved(f"expected entry {expected.seq}, found {tail.seq}")
    columns = ", ".join(("id", *ROW_COLUMNS, *PROOF_COLUMNS))
    staged = copy_lines(
        cr,
        f"""SELECT {columns}, CASE
                WHEN EXISTS (SELECT FROM {schema}.entry e
                    WHERE e.uid = s.uid OR e.staging_id = s.id) THEN 'again'
                -- as old as what is archived: put in again by hand
                WHEN EXISTS (SELECT FROM {schema}.archive a
                    WHERE s.created_at < a.sealed_until AND a.last_seq < (
                        SELECT min(seq) FROM {schema}.entry)) THEN 'old'
                ELSE 'new' END
            FROM {schema}.staging s ORDER BY id LIMIT {int(limit)}""",
    )
    if not staged:
        return 0, tail
    ids, lines, tail = _chain(staged, tail, row_ring, chain_ring)
    getattr(cr, "_obj", cr).copy_expert(
        f"COPY {schema}.entry ({', '.join(ENTRY_COLUMNS)}) FROM STDIN",
        io.BytesIO(b"\n".join(lines) + b"\n"),
    )
    cr.execute(  # pylint: disable=sql-injection
        f"DELETE FROM {schema}.staging WHERE id = ANY(%s)", (ids,)
    )
    return len(staged), tail


def _chain(staged, tail, row_ring, chain_ring):
    key = chain_ring.current
    # Columns that are the same for the whole batch, between the row and its place.
    stamp = encode(utc_stamp())
    signed = b"%s\t%d\t%s\t" % (stamp, CHAIN_VERSION, key.id.encode())
    ids, lines = [], []
    seq, mac = tail
    for line in staged:
        staging_id, rest = line.split(b"\t", 1)
        ids.append(int(staging_id))
        content, version, key_id, proof, replayed = rest.rsplit(b"\t", 4)
        seq += 1
        row_ok = replayed == b"new" and is_proven(
            row_ring, content, version, key_id, proof
        )
        if replayed != b"new":
            # Put in again by hand: a number of its own keeps it apart.
            staging_id = b"-%d" % seq
        if replayed == b"again":
            content = str(uuid.uuid4()).encode() + content[36:]
        entry = b"\t".join(
            (
                b"%d" % seq,
                staging_id,
                content,
                version,
                key_id,
                proof,
                b"t" if row_ok else b"f",
                signed + HEX + mac,
            )
        )
        mac = chain_mac(key.secret, entry).hex().encode()
        lines.append(entry + b"\t" + HEX + mac)
    return ids, lines, Tail(seq, mac)
