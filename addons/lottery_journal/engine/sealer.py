"""The sealer process: one for each database, in its own role, at READ COMMITTED."""

import datetime
import logging
import select
import time
import typing

from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

from .archive import ArchiveBroken, directory_from
from .chain import Result, Verifier, feed_archived, read_slice, verify_all
from .heads import Signer, places_from
from .journal_archive import (
    Archived,
    NothingToArchive,
    archived_lines,
    read_archives,
    write_entries,
)
from .keys import KeyRing
from .mac import utc_stamp
from .sealing import LOCK, ChainMoved, Tail, read_tail, seal_batch

_logger = logging.getLogger(__name__)

# A NOTIFY in the business transaction would take PostgreSQL's one lock of its queue and
# so put all commits in a row. Staging is looked at instead; people who ask for a
# verification do notify.
POLL = 0.2  # seconds between looks at an idle staging table
HEAD_EVERY = 60.0
VERIFY_EVERY = 3600.0
HALT_WAIT = 2.0
NOTIFICATION = "lottery_journal_verify"


class Sealer:
    """Seals, exports heads, verifies in slices between two batches.

    :param connection: psycopg2 connection as ``lottery_sealer``
    :param environ: names the places of the heads (see `places_from`)
    """

    def __init__(
        self,
        connection,
        row_ring: KeyRing,
        chain_ring: KeyRing,
        environ: typing.Mapping[str, str],
        schema: str = "journal",
    ):
        self.connection = connection
        self.schema = schema
        connection.set_session(isolation_level=ISOLATION_LEVEL_READ_COMMITTED)
        database = connection.get_dsn_parameters()["dbname"]
        self.places = places_from(environ, database)
        self.directory = directory_from(environ, "archive")
        self._archives: list = []
        self._archived = iter(())
        self.row_ring, self.chain_ring = row_ring, chain_ring
        self.signer = Signer(chain_ring.current.secret)
        self.tail: Tail | None = None
        self._verifier: Verifier | None = None
        self._verify_started = 0.0
        self._halted = ""

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.connection.close()

    def _transaction(self):
        """A context that commits, or rolls back on error; gives a cursor."""
        return _Transaction(self.connection)

    # === SEALING === #

    def become_the_one(self) -> None:
        """Wait until no other sealer works on this database."""
        with self._transaction() as cr:
            cr.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,))
            if cr.fetchone()[0]:
                return
        _logger.info("Another sealer is at work; waiting for it to end")
        with self._transaction() as cr:
            cr.execute("SELECT pg_advisory_lock(%s)", (LOCK,))

    def seal_waiting(self) -> int:
        """Seal all that waits; return the number.

        :raise ChainMoved: the table's end is not what was sealed or exported last
        """
        sealed = 0
        if self.tail is None:
            self._check_exported()
        while count := self._seal_batch():
            sealed += count
        return sealed

    def _seal_batch(self) -> int:
        with self._transaction() as cr:
            count, tail = seal_batch(
                cr,
                self.row_ring,
                self.chain_ring,
                expected=self.tail,
                schema=self.schema,
            )
        self.tail = tail
        return count

    def _check_exported(self) -> None:
        """Compare the table's end with the heads outside; then it is ours to go on."""
        with self._transaction() as cr:
            tail = read_tail(cr, self.schema)
            for place in self.places:
                heads, problem = place.read(self._public_keys())
                if problem:
                    raise ChainMoved(f"exported heads: {problem}")
                if not heads or not heads[-1].seq:
                    continue
                head = heads[-1]
                cr.execute(
                    f"""SELECT FROM {self.schema}.entry
                    WHERE seq = %s AND mac = decode(%s, 'hex')""",
                    (head.seq, head.mac.decode()),
                )
                if cr.fetchone() is None:
                    raise ChainMoved(
                        f"entry {head.seq} was exported at {head.at}; the table ends "
                        f"at {tail.seq} or holds another entry there"
                    )
        self.tail = tail

    def _public_keys(self) -> set[str]:
        return self.chain_ring.each(lambda secret: Signer(secret).public)

    # === HEADS === #

    def export_head(self, resumed: str = "") -> int:
        """Write the head to every place; return how many have it."""
        with self._transaction() as cr:
            tail = read_tail(cr, self.schema)
        written = 0
        for place in self.places:
            try:
                place.append(self.signer, tail, resumed)
                written += 1
            except OSError:
                _logger.exception("No head in %s", place.directory)
        with self._transaction() as cr:
            # the schema is the operator's setting, no user's text
            cr.execute(  # pylint: disable=sql-injection
                f"""INSERT INTO {self.schema}.head (seq, mac, signed_at, places)
                VALUES (%s, decode(%s, 'hex'), %s, %s)""",
                (tail.seq, tail.mac.decode(), utc_stamp(), written),
            )
        return written

    def resume(self, reason: str) -> Tail:
        """Let the chain go on from its present end; the places keep the reason."""
        self.export_head(resumed=reason)
        with self._transaction() as cr:
            self.tail = read_tail(cr, self.schema)
        return self.tail

    # === VERIFICATION === #

    def verify(self) -> Result:
        """Verify the whole chain now and record the verdict."""
        self._begin_verification()
        while (result := self._verify_slice()) is None:
            pass
        return result

    def _begin_verification(self) -> None:
        heads, problems = [], []
        for place in self.places:
            found, problem = place.read(self._public_keys())
            heads += found
            problems.append(problem)
        problems += self._missing_logs()
        self._verifier = Verifier(self.row_ring, self.chain_ring, heads, problems)
        self._archives = self._read_archives()
        self._archived = archived_lines(self._archives, self.directory)
        self._verify_started = time.monotonic()

    def _read_archives(self) -> list:
        with self._transaction() as cr:
            return read_archives(cr, self.schema)

    def _missing_logs(self) -> list[str]:
        """Places whose files are behind those of another place: lines were removed."""
        last = {place: place.last_head_seq() for place in self.places}
        most = max(last.values(), default=0)
        return [
            f"{place.directory.name}: ends at entry {seq}, another place at {most}"
            for place, seq in last.items()
            if seq < most
        ]

    def _verify_slice(self) -> Result | None:
        """Verify a slice; return the verdict after the last one."""
        verifier = self._verifier
        if feed_archived(verifier, self._archived):
            return None
        if not verifier.is_broken:
            with self._transaction() as cr:
                rows = read_slice(cr, verifier.seq, schema=self.schema)
            if rows and verifier.feed(rows):
                return None
        if verifier.is_broken and self._read_archives() != self._archives:
            self._begin_verification()  # entries were archived on the way
            return None
        self._verifier = None
        result = verifier.result()
        self._record(result, time.monotonic() - self._verify_started)
        return result

    def _record(self, result: Result, seconds: float) -> None:
        with self._transaction() as cr:
            cr.execute(
                f"""INSERT INTO {self.schema}.verification (verified_at, ok, checked,
                    first_broken, reason, detail, unproven, seconds)
                VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
                (utc_stamp(), *result, seconds),
            )
        if result.ok:
            _logger.info("%s entries, intact, %.1f s", result.checked, seconds)
        else:
            _logger.error("BROKEN at %s: %s", result.first_broken, result.text())

    # === ARCHIVE === #

    def archive(self, until: datetime.date) -> Archived:
        """Move all entries sealed before ``until`` to a file.

        The file is verified with all keys before an entry leaves the table; the table's
        owner checks both ends again (`remove_archived`).

        :raise NothingToArchive: no entry is old enough
        :raise ArchiveBroken: chain or file are not intact; nothing was removed
        """
        if until > datetime.datetime.now(datetime.UTC).date():
            raise NothingToArchive("the month is not over")
        before = self.verify()
        if not before.ok:
            raise ArchiveBroken(f"entry {before.first_broken}: {before.text()}")
        database = self.connection.get_dsn_parameters()["dbname"]
        with self._transaction() as cr:
            number = write_entries(cr, until, self.directory, database, self.schema)
            # the function is called with the record's id, the schema is a setting
            cr.execute(  # pylint: disable=sql-injection
                f"SELECT {self.schema}.remove_archived(%s)", (number,)
            )
            # taken back with the transaction when the rest does not follow the file
            self._check_whole(cr)
        return self._read_archives()[-1]

    def _check_whole(self, cr) -> None:
        verifier = Verifier(self.row_ring, self.chain_ring)
        result = verify_all(cr, verifier, self.schema, self.directory)
        if not result.ok:
            raise ArchiveBroken(f"entry {result.first_broken}: {result.text()}")

    # === PROCESS === #

    def run(self, is_stopping: typing.Callable[[], bool]) -> None:
        """Work until ``is_stopping``."""
        self.become_the_one()
        with self._transaction() as cr:
            # a constant; LISTEN takes no parameters
            cr.execute(f"LISTEN {NOTIFICATION}")  # pylint: disable=sql-injection
        next_head = next_verify = time.monotonic()
        while not is_stopping():
            now = time.monotonic()
            worked = self._seal_or_halt()
            if now >= next_head and not self._halted:
                self.export_head()
                next_head = now + HEAD_EVERY
            if self._verifier is not None:
                self._verify_slice()
                continue
            if now >= next_verify or self._is_asked():
                next_verify = now + VERIFY_EVERY
                self._begin_verification()
            elif not worked:
                self._wait(HALT_WAIT if self._halted else POLL)
        # What was sealed since the last head must not be without one while we are away.
        self._seal_or_halt()
        if not self._halted:
            self.export_head()

    def _seal_or_halt(self) -> bool:
        """Seal a batch. Where the chain's end is not ours, nothing is sealed: a new
        entry would cover the gap. A verification names the place."""
        try:
            if self.tail is None:
                self._check_exported()
            worked = bool(self._seal_batch())
        except ChainMoved as error:
            if not self._halted:
                _logger.error("Sealing stopped: %s", error)
                self._export_own_tail()
                self._begin_verification()
            self._halted = str(error)
            return False
        self._halted = ""
        return worked

    def _export_own_tail(self) -> None:
        """Put what this sealer sealed last outside: evidence that outlives it."""
        if self.tail is None:
            return
        for place in self.places:
            try:
                place.append(self.signer, self.tail)
            except OSError:
                _logger.exception("No head in %s", place.directory)

    def _is_asked(self) -> bool:
        self.connection.poll()
        asked = bool(self.connection.notifies)
        self.connection.notifies.clear()
        return asked

    def _wait(self, seconds: float) -> None:
        select.select([self.connection], [], [], seconds)


class _Transaction:
    def __init__(self, connection):
        self._connection = connection

    def __enter__(self):
        self._cursor = self._connection.cursor()
        return self._cursor

    def __exit__(self, kind, _error, _trace):
        self._cursor.close()
        if kind is None:
            self._connection.commit()
        elif not self._connection.closed:
            self._connection.rollback()
