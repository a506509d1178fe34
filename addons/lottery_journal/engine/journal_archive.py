"""The sealed journal's closed months as files (PF-AUD-03).

A line of a file is an entry's columns as COPY prints them, so that a MAC over an archived
entry is a MAC over the same bytes. Archives follow each other without gaps from the
first entry on; the chain goes on in the table with the entry after the last archive.
"""

import datetime
import pathlib
import typing

from .archive import ArchiveBroken, check_digest, read_archive, write_archive
from .mac import ENTRY_COLUMNS, HEX, MAC, PREV_MAC, utc_stamp
from .sealing import copy_lines

SLICE = 20_000


class Archived(typing.NamedTuple):
    """A row of the table ``archive``; MACs in hexadecimal digits."""

    id: int
    file: str
    first_seq: int
    last_seq: int
    sha256: str
    last_mac: bytes


class NothingToArchive(Exception):
    """No entry is old enough, or the last one would go too."""


def read_archives(cr, schema: str = "journal") -> list[Archived]:
    """Return the archives whose entries have left the table, oldest first."""
    cr.execute("SELECT to_regclass(%s)", (f"{schema}.archive",))
    if cr.fetchone()[0] is None:
        return []
    # the schema is the operator's setting, no user's text
    cr.execute(  # pylint: disable=sql-injection
        f"""SELECT id, file, first_seq, last_seq, sha256, encode(last_mac, 'hex')
              FROM {schema}.archive
             WHERE last_seq < (SELECT min(seq) FROM {schema}.entry)
             ORDER BY first_seq"""
    )
    return [Archived(*row[:5], row[5].encode()) for row in cr.fetchall()]


def archived_lines(
    archives: typing.Iterable[Archived], directory: pathlib.Path | None
) -> typing.Iterator[bytes]:
    """Yield the entries' lines.

    :raise ArchiveBroken: names the file that is missing or was changed
    """
    for archive in archives:
        if directory is None:
            raise ArchiveBroken(f"{archive.file}: LOTTERY_ARCHIVE_DIR is not set")
        path = directory / archive.file
        check_digest(path, archive.sha256)
        line = b""
        for columns in read_archive(path):
            line = "\t".join(columns).encode()
            yield line
        if line.rsplit(b"\t", 1)[-1] != HEX + archive.last_mac:
            raise ArchiveBroken(f"{path.name}: does not end as recorded")


def write_entries(
    cr, until: datetime.date, directory: pathlib.Path, database: str, schema: str
) -> int:
    """Write all entries sealed before ``until`` to a file and record it.

    :return: id of the record
    :raise NothingToArchive: nothing was written
    """
    cr.execute(  # pylint: disable=sql-injection
        f"""SELECT min(seq), max(seq) FILTER (WHERE sealed_at < %s), max(seq)
              FROM {schema}.entry""",
        (until,),
    )
    first, last, end = cr.fetchone()
    if last is None or last == end:
        raise NothingToArchive(
            "no entry is older" if last is None else "the last entry stays in the table"
        )
    path = directory / f"{database}-journal-{first}-{last}.jsonl.gz"
    macs: list[bytes] = []
    written = write_archive(path, _read_columns(cr, first, last, schema, macs))
    if written.count != last - first + 1:
        path.unlink()
        raise ArchiveBroken(f"{path.name}: entries are missing in the table")
    cr.execute(  # pylint: disable=sql-injection
        f"""INSERT INTO {schema}.archive (file, first_seq, last_seq, first_prev_mac,
                last_mac, sha256, size, sealed_until, written_at)
            VALUES (%s, %s, %s, decode(%s, 'hex'), decode(%s, 'hex'), %s, %s, %s, %s)
            RETURNING id""",
        (
            path.name,
            first,
            last,
            macs[0].decode(),
            macs[1].decode(),
            written.sha256,
            written.size,
            until,
            utc_stamp(),
        ),
    )
    return cr.fetchone()[0]


def _read_columns(cr, first, last, schema, macs):
    """Yield the entries' columns; leave the MACs of both ends in ``macs``."""
    after = first - 1
    columns = []
    while lines := copy_lines(
        cr,
        f"""SELECT {", ".join(ENTRY_COLUMNS)} FROM {schema}.entry
            WHERE seq > {int(after)} AND seq <= {int(last)}
            ORDER BY seq LIMIT {SLICE}""",
    ):
        for line in lines:
            columns = line.decode().split("\t")
            if not macs:
                macs.append(columns[PREV_MAC].encode()[len(HEX) :])
            yield columns
        after = int(columns[0])
    macs.append(columns[MAC].encode()[len(HEX) :])
