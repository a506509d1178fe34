"""The sealer moves closed months to files; verification covers both."""

import gzip
import os
import pathlib
import tempfile
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import psycopg2

from odoo.tests import TransactionCase, tagged

from ..engine.archive import ArchiveBroken, file_digest, write_archive
from ..engine.journal_archive import NothingToArchive, read_archives
from ..engine.mac import ENTRY_COLUMNS
from .common import make_row, stage
from .test_sealer import SCHEMA, SealerCase

QUIET = "odoo.addons.lottery_journal.engine.sealer"


@tagged("post_install", "-at_install")
class TestJournalArchive(SealerCase):
    """PF-AUD-03: the chain stays verifiable across the gap."""

    def setUp(self):
        super().setUp()
        self.environ["LOTTERY_ARCHIVE_DIR"] = str(self.directories[0] / "archive")
        self.directory = pathlib.Path(self.environ["LOTTERY_ARCHIVE_DIR"])
        self.today = datetime.now(UTC).date()
        self._seal(6, timedelta(days=40))
        self._seal(4, timedelta())

    def _seal(self, count, age):
        """Seal entries as if it were some time ago."""
        moment = (datetime.now(UTC) - age).replace(tzinfo=None)
        # as PostgreSQL prints it: no zeros at the end
        stamp = moment.isoformat(sep=" ", timespec="microseconds").rstrip("0")
        connection = self.connect()
        with connection, connection.cursor() as cr:
            rows = [make_row(n, created_at=stamp) for n in range(count)]
            stage(cr, self.row_ring, rows, SCHEMA)
        with patch("odoo.addons.lottery_journal.engine.sealing.utc_stamp") as clock:
            clock.return_value = stamp
            sealer = self.make_sealer()
            self.assertEqual(sealer.seal_waiting(), count)
            sealer.export_head()
            sealer.connection.close()

    def _archive(self):
        return self.make_sealer().archive(self.today - timedelta(days=1))

    def _sequence(self):
        with self.registry.cursor() as cr:
            cr.execute(f"SELECT array_agg(seq ORDER BY seq) FROM {SCHEMA}.entry")
            return cr.fetchone()[0]

    def _assert_broken(self, seq, *words):
        with self.assertLogs(QUIET, "ERROR"):
            result = self.make_sealer().verify()
        self.assertEqual((result.ok, result.first_broken), (False, seq))
        for word in words:
            self.assertIn(word, result.text())

    def test_moves_and_still_verifies(self):
        archive = self._archive()
        self.assertEqual((archive.first_seq, archive.last_seq), (1, 6))
        self.assertEqual(self._sequence(), [7, 8, 9, 10])
        result = self.make_sealer().verify()
        self.assertEqual((result.ok, result.checked), (True, 10))
        # the chain goes on, and so do later archives
        self.write(self.connect(), 2)
        sealer = self.make_sealer()
        self.assertEqual(sealer.seal_waiting(), 2)
        sealer.export_head()
        self.assertEqual(sealer.verify().checked, 12)
        with self.assertRaises(NothingToArchive):
            self._archive()

    def test_missing_and_changed_file_are_named(self):
        archive = self._archive()
        path = self.directory / archive.file
        content = path.read_bytes()
        path.unlink()
        self._assert_broken(1, archive.file)
        text = gzip.decompress(content).replace(b"order.submitted", b"order.cancelled")
        path.write_bytes(gzip.compress(text))
        self._assert_broken(1, archive.file)
        path.write_bytes(content)
        self.assertTrue(self.make_sealer().verify().ok)

    def test_forged_archive_with_its_digest(self):
        """Who also changes the recorded digest meets the chain."""
        archive = self._archive()
        path = self.directory / archive.file
        lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
        lines[3] = lines[3].replace(b"order.submitted", b"order.cancelled")
        path.write_bytes(gzip.compress(b"".join(lines)))
        with self.registry.cursor() as cr:
            cr.execute(f"ALTER TABLE {SCHEMA}.archive DISABLE TRIGGER USER")
            cr.execute(f"UPDATE {SCHEMA}.archive SET sha256 = %s", [file_digest(path)])
        self._assert_broken(4, "changed")

    def test_gap_in_the_table(self):
        self._archive()
        self.execute("DELETE FROM entry WHERE seq = 7")
        self._assert_broken(7)

    def test_nothing_goes_without_its_archive(self):
        """The function compares both ends, and takes the oldest entries only."""
        connection = self.connect()
        values = (
            "(%s, 1, %s, decode(%s, 'hex'), decode(%s, 'hex'), '', 1, now(), now())"
        )
        for last, first_mac, last_mac in (
            (6, "00" * 32, "11" * 32),
            (10, "00" * 32, None),
        ):
            with (
                self.subTest(last),
                self.assertRaises(psycopg2.Error),
                connection,
                connection.cursor() as cr,
            ):
                if last_mac is None:
                    cr.execute(
                        f"SELECT encode(mac, 'hex') FROM {SCHEMA}.entry WHERE seq = 10"
                    )
                    last_mac = cr.fetchone()[0]
                cr.execute(
                    f"""INSERT INTO {SCHEMA}.archive (file, first_seq, last_seq,
                        first_prev_mac, last_mac, sha256, size, sealed_until, written_at)
                    VALUES {values} RETURNING id""",
                    ("x", last, first_mac, last_mac),
                )
                cr.execute(f"SELECT {SCHEMA}.remove_archived(%s)", cr.fetchone())
        for query in (
            "DELETE FROM {}.entry",
            "SET lottery_journal.archive = '1'; DELETE FROM {}.entry",
        ):
            with (
                self.assertRaises(psycopg2.Error),
                connection,
                connection.cursor() as cr,
            ):
                cr.execute(query.format(SCHEMA))
        self.assertEqual(len(self._sequence()), 10)

    def test_broken_chain_is_not_archived(self):
        self.execute("UPDATE entry SET body = '' WHERE seq = 3")
        with self.assertLogs(QUIET, "ERROR"), self.assertRaises(ArchiveBroken):
            self._archive()
        self.assertEqual(len(self._sequence()), 10)
        self.assertFalse(self.directory.exists() and list(self.directory.iterdir()))

    def test_replay_of_an_archived_row(self):
        """Its number is gone from the table; its age gives it away."""
        with self.registry.cursor() as cr:
            cr.execute(f"SELECT * FROM {SCHEMA}.entry WHERE seq = 2")
            cr.execute(
                f"""CREATE TABLE {SCHEMA}.kept AS SELECT uid, created_at, event, model,
                    res_id, branch_id, user_id, body, mac_version, key_id, row_mac
                    FROM {SCHEMA}.entry WHERE seq = 2"""
            )
        self._archive()
        with self.registry.cursor() as cr:
            cr.execute(
                f"""INSERT INTO {SCHEMA}.staging (uid, created_at, event, model, res_id,
                    branch_id, user_id, body, mac_version, key_id, row_mac)
                    SELECT * FROM {SCHEMA}.kept"""
            )
        self.assertEqual(self.make_sealer().seal_waiting(), 1)
        self.assertEqual(self.make_sealer().verify().unproven, 1)

    def test_archived_during_a_verification(self):
        """A walk through the table that loses its entries on the way begins anew."""
        sealer = self.make_sealer()
        sealer._begin_verification()
        self._archive()
        while (result := sealer._verify_slice()) is None:
            pass
        self.assertEqual((result.ok, result.checked), (True, 10))

    def test_read_archives(self):
        self.assertEqual(self._read(), [])
        archive = self._archive()
        self.assertEqual(self._read(), [archive])

    def _read(self):
        with self.registry.cursor() as cr:
            return read_archives(cr, SCHEMA)


@tagged("post_install", "-at_install")
class TestJournalArchiveScreen(TransactionCase):
    """PF-AUD-03: read back in the web client."""

    def test_search(self):
        directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.patch(os, "environ", {**os.environ, "LOTTERY_ARCHIVE_DIR": str(directory)})
        row = dict.fromkeys(ENTRY_COLUMNS, "\\N") | {
            "seq": "3",
            "created_at": "2020-03-01 08:00:00",
            "event": "order.submitted",
            "user_id": "2",
            "body": '{"outlet":"大理"}',
        }
        written = write_archive(directory / "a.jsonl.gz", [list(row.values())])
        archives = self.env["lottery.journal.archive"]
        archive = archives.new({"file": "a.jsonl.gz", "sha256": written.sha256})
        self.assertTrue(archive.intact)
        found, more = archive._search_file("大理")
        self.assertEqual((found[0]["id"], found[0]["user_id"], more), (3, 2, False))
        self.assertEqual(archive._search_file("nothing")[0], [])
        (directory / "a.jsonl.gz").write_bytes(b"x")
        archive.invalidate_recordset()
        self.assertFalse(
            archives.new({"file": "a.jsonl.gz", "sha256": written.sha256}).intact
        )
