import gzip
import os
import pathlib
import tempfile
from datetime import datetime
from unittest.mock import patch

from psycopg2 import errors

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.lottery_base.tests.common import BranchFixture

from ..engine.archive import ArchiveBroken


@tagged("post_install", "-at_install")
class TestLogArchive(BranchFixture, TransactionCase):
    """PF-AUD-03: closed months move to files with their digest, and are read back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls.admin = cls.env.ref("base.user_admin")
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)
        cls.startClassPatcher(
            patch.dict(os.environ, {"LOTTERY_ARCHIVE_DIR": directory.name})
        )
        cls.log = cls.env["lottery.log.operation"]
        cls.env.cr.execute(
            SQL(
                """INSERT INTO lottery_log_operation
                    (created_at, operation, model, record_name, user_id, changes)
                SELECT at, 'write', 'res.partner', 'Record ' || n, %s, '{"a":["票",1]}'
                FROM (VALUES (%s, 1), (%s, 2), (%s, 3), (%s, 4)) AS row (at, n)""",
                cls.admin.id,
                datetime(2020, 2, 29, 23, 59),
                datetime(2020, 3, 1),
                datetime(2020, 3, 31, 23, 59, 59),
                datetime(2020, 4, 1),
            )
        )

    def _archive(self):
        archives = self.env["lottery.log.archive"].with_user(self.admin)
        archive = archives.create({"source": "operation", "month": "2020-03-15"})
        archive.action_start()
        self.assertEqual(archive.state, "queued")
        archive._write_file()
        return archive

    def _count(self):
        return self.log.search_count([("record_name", "=like", "Record _")])

    def test_month_moves_to_a_file(self):
        archive = self._archive()
        self.assertEqual((archive.state, archive.row_count), ("written", 2))
        self.assertEqual(self._count(), 4)
        archive._remove_rows()
        self.assertEqual((archive.state, archive.removed_count), ("done", 2))
        self.assertEqual(self._count(), 2)
        self.assertTrue(archive.intact)
        event = self.env["lottery.journal"].search(
            [("event", "=", "log.archived"), ("res_id", "=", archive.id)]
        )
        self.assertIn(archive.sha256, event.body)
        # once it is done, the record opens the table no more
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.InsufficientPrivilege),
            self.env.cr.savepoint(flush=False),
        ):
            self.env.cr.execute("DELETE FROM lottery_log_operation")

    def test_batches(self):
        archive = self._archive()
        with patch(
            "odoo.addons.lottery_journal.models.lottery_log_archive.REMOVED_AT_ONCE", 1
        ):
            archive._remove_rows()
            self.assertEqual((archive.state, archive.progress), ("written", 50))
            archive._remove_rows()
            archive._remove_rows()
        self.assertEqual((archive.state, self._count()), ("done", 2))

    def test_read_back(self):
        archive = self._archive()
        archive._remove_rows()
        readers = self.env["lottery.log.archive.reader"].with_user(self.admin)
        reader = readers.create({"archive_id": archive.id, "text": "record 3"})
        reader.action_search()
        [line] = reader.line_ids
        self.assertEqual(line.user_name, self.admin.name)
        self.assertIn("票", line.content)
        reader.write({"text": False, "day_to": "2020-03-01"})
        reader.action_search()
        self.assertEqual(len(reader.line_ids), 1)

    def test_changed_file_is_named(self):
        archive = self._archive()
        path = self.directory / archive.file_name
        content = gzip.decompress(path.read_bytes())
        path.write_bytes(gzip.compress(content.replace(b"Record 3", b"Record 9")))
        archive.action_verify()
        self.assertFalse(archive.intact)
        self.assertIn(archive.file_name, archive.finding)
        with self.assertRaisesRegex(UserError, archive.file_name):
            archive._search_file("3")
        with self.assertRaises(ArchiveBroken):
            archive._remove_rows()
        self.assertEqual(self._count(), 4)
        path.unlink()
        archive.action_verify()
        self.assertIn(archive.file_name, archive.finding)

    def test_open_month_and_stranger(self):
        archives = self.env["lottery.log.archive"]
        with self.assertRaises(ValidationError):
            archives.create({"source": "login", "month": "2099-01-01"})
        head = self._create_user("t_head", self.north, "branch_head")
        with self.assertRaises(AccessError):
            archives.with_user(head).create({"source": "login", "month": "2020-01-01"})
        archive = self._archive()
        with self.assertRaises(UserError):
            archive.unlink()
        with self.assertRaises(UserError):
            archive.month = "2020-01-01"
