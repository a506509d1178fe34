import gzip
import os
import pathlib
import tempfile
from datetime import datetime
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import SQL, mute_logger

from odoo.addons.lottery_base.tests.common import BranchFixture, WebClientDoor

ARCHIVES = "lottery.log.archive"
READER = "lottery.log.archive.reader"
QUIET = ("odoo.http", "odoo.addons.base.models.ir_rule")


@tagged("post_install", "-at_install", "security")
class TestLogArchiveDoors(BranchFixture, WebClientDoor, HttpCase):
    """PF-AUD-03: what people of the centre do with archives, by the web client's calls."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls._create_user("t_arc_admin", cls.centre, "admin", lang="en_US")
        cls._create_user("t_arc_leader", cls.centre, "centre_leader", lang="en_US")
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)
        cls.startClassPatcher(
            patch.dict(os.environ, {"LOTTERY_ARCHIVE_DIR": directory.name})
        )
        cls.env.cr.execute(
            SQL(
                """INSERT INTO lottery_log_login
                    (created_at, login, kind, result, user_id, address)
                SELECT at, 'visitor-' || n, 'web', 'failed', %s, '192.0.2.7'
                FROM (VALUES (%s, 1), (%s, 2)) AS row (at, n)""",
                cls.env.ref("base.user_admin").id,
                datetime(2020, 3, 1),
                datetime(2020, 3, 31, 23, 59),
            )
        )

    def setUp(self):
        super().setUp()
        self._log_in("t_arc_admin")

    def _log_in(self, login):
        self.authenticate(login, f"{login}-Passw0rd!")

    def _call(self, model, method, *args, **kwargs):
        kwargs.setdefault("context", {"lang": "en_US"})
        return super()._call(model, method, *args, **kwargs)

    def _refuse(self, words, *args, **kwargs):
        with mute_logger(*QUIET), self.assertRaisesRegex(JsonRpcException, words):
            self._call(*args, **kwargs)

    def _create(self):
        """Save the form, press *Archive*; jobs run here."""
        values = {"source": "login", "month": "2020-03-15"}
        [row] = self._call(ARCHIVES, "web_save", [], values, specification={"id": {}})
        self._call(ARCHIVES, "action_start", [row["id"]])
        archive = self.env[ARCHIVES].with_user(self._get_user("t_arc_admin"))
        return archive.browse(row["id"])

    def _get_user(self, login):
        return self.env["res.users"].search([("login", "=", login)])

    def _archive(self):
        archive = self._create()
        archive._write_file()
        archive._remove_rows()
        self.env.flush_all()
        return archive

    def _search(self, archive, text):
        """Open the reader, type and press *Search*; return what the form shows."""
        action = self._call(ARCHIVES, "action_read", archive.ids)
        shown = {"line_ids": {"fields": {"content": {}, "address": {}}}}
        [row] = self._call(
            READER,
            "web_save",
            [],
            {"text": text, "archive_id": action["context"]["default_archive_id"]},
            specification={},
        )
        self._call(READER, "action_search", [row["id"]])
        [form] = self._call(READER, "web_read", [row["id"]], specification=shown)
        return form["line_ids"]

    def _verify(self, archive):
        self._call(ARCHIVES, "action_verify", archive.ids)
        shown = {"finding": {}, "intact": {}, "state": {}}
        [form] = self._call(ARCHIVES, "web_read", archive.ids, specification=shown)
        return form

    def test_month_is_archived_and_read_back(self):
        archive = self._archive()
        logs = "lottery.log.login"
        self.assertEqual(
            self._call(logs, "search_count", [["login", "like", "visitor-"]]), 0
        )
        for login in ("t_arc_admin", "t_arc_leader"):
            self._log_in(login)
            [line] = self._search(archive, "VISITOR-2")
            self.assertIn("login: visitor-2", line["content"])
            self.assertEqual(line["address"], "192.0.2.7")
            form = self._verify(archive)
            self.assertEqual((form["intact"], form["state"]), (True, "done"))

    def test_changed_and_missing_file_are_named(self):
        archive = self._archive()
        path = self.directory / archive.file_name
        content = gzip.decompress(path.read_bytes())
        path.write_bytes(gzip.compress(content.replace(b"visitor-2", b"visitor-9")))
        words = f"{archive.file_name} was changed"
        with self.assertRaisesRegex(JsonRpcException, words), mute_logger(*QUIET):
            self._search(archive, "visitor")
        form = self._verify(archive)
        self.assertFalse(form["intact"])
        self.assertIn(words, form["finding"])
        path.unlink()
        words = f"{archive.file_name} is missing"
        with self.assertRaisesRegex(JsonRpcException, words), mute_logger(*QUIET):
            self._search(archive, "visitor")
        self.assertIn(words, self._verify(archive)["finding"])

    def test_what_was_written_is_nobodys_to_change(self):
        """Who changes a file can't fit the recorded digest to it."""
        archive = self._archive()
        for values in (
            {"sha256": "0" * 64},
            {"state": "written", "removed_count": 1},
            {"file_name": "../another"},
        ):
            with self.subTest(values=values):
                self._refuse(
                    "only log and month", ARCHIVES, "write", archive.ids, values
                )
        forged = {"source": "menu", "month": "2020-03-01", "state": "written"}
        self._refuse("only log and month", ARCHIVES, "create", [forged])
        self._refuse("it stays", ARCHIVES, "unlink", archive.ids)

    def test_failed_job_is_tried_again(self):
        archive = self._create()
        jobs = self.env["queue.job"].search(
            [("model_name", "=", ARCHIVES), ("method_name", "=", "_write_file")],
            order="id desc",
            limit=1,
        )
        self._call(ARCHIVES, "action_retry", archive.ids)
        waiting = [("identity_key", "=", jobs.identity_key)]
        self.assertEqual(self.env["queue.job"].search_count(waiting), 1)
        jobs.state = "failed"
        self._call(ARCHIVES, "action_retry", archive.ids)
        self.env.invalidate_all()
        states = self.env["queue.job"].search(waiting).mapped("state")
        self.assertCountEqual(states, ["failed", "pending"])
        self._log_in("t_arc_leader")
        for method in ("action_start", "action_retry"):
            self._refuse("not allowed", ARCHIVES, method, archive.ids)
