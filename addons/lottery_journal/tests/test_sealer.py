"""The sealer at work on real connections, in a schema made for the test."""

import os
import pathlib
import signal
import tempfile
import threading
import time

import psycopg2

from odoo import sql_db
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

from ..engine.chain import Verifier, verify_all
from ..engine.keys import KeyRing
from ..engine.sealer import Sealer
from ..engine.sealing import ChainMoved
from .common import CHAIN_KEY, ROW_KEY, make_row, stage

SCHEMA = "journal_sealer_test"
WRITERS = 32


class SealerCase(BaseCase):
    def setUp(self):
        super().setUp()
        registry = Registry(get_db_name())
        with registry.cursor() as cr:
            cr.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
            cr.execute(f"CREATE SCHEMA {SCHEMA}")
            Environment(cr, SUPERUSER_ID, {})["lottery.journal"]._create_tables(SCHEMA)
        self.registry = registry
        self.addCleanup(self._drop)
        self.row_ring, self.chain_ring = KeyRing(ROW_KEY), KeyRing(CHAIN_KEY)
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directories = [pathlib.Path(directory.name, name) for name in "ab"]
        self.environ = {
            "LOTTERY_JOURNAL_HEAD_DIRS": ":".join(map(str, self.directories))
        }

    def _drop(self):
        with self.registry.cursor() as cr:
            cr.execute(f"DROP SCHEMA {SCHEMA} CASCADE")

    def connect(self):
        _name, parameters = sql_db.connection_info_for(get_db_name())
        connection = psycopg2.connect(**parameters)
        self.addCleanup(connection.close)
        return connection

    def make_sealer(self):
        return Sealer(
            self.connect(), self.row_ring, self.chain_ring, self.environ, SCHEMA
        )

    def write(self, connection, count):
        for number in range(count):
            with connection, connection.cursor() as cr:
                stage(cr, self.row_ring, [make_row(number)], SCHEMA)

    def execute(self, query):
        with self.registry.cursor() as cr:
            cr.execute(f"SET LOCAL search_path = {SCHEMA}")
            for table in ("entry", "staging"):
                cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cr.execute(query)
            for table in ("entry", "staging"):
                cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@tagged("post_install", "-at_install")
class TestSealer(SealerCase):
    def test_32_writers(self):
        """PF-AUD-02: no business failure, everything sealed without gaps."""
        errors, stop = [], threading.Event()

        def write():
            try:
                connection = self.connect()
                connection.set_session(isolation_level="REPEATABLE READ")
                self.write(connection, 15)
            except Exception as error:  # noqa: BLE001 - reported below
                errors.append(error)

        sealer = self.make_sealer()
        sealing = threading.Thread(target=sealer.run, args=(stop.is_set,))
        sealing.start()
        writers = [threading.Thread(target=write) for _n in range(WRITERS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(120)
        deadline = time.monotonic() + 60
        while self._count("staging") and time.monotonic() < deadline:
            stop.wait(0.05)
        stop.set()
        sealing.join(60)
        self.assertEqual(errors, [])
        self.assertEqual(self._count("staging"), 0)
        self.assertEqual(self._count("entry"), WRITERS * 15)
        with self.registry.cursor() as cr:
            result = verify_all(cr, Verifier(self.row_ring, self.chain_ring), SCHEMA)
        self.assertEqual((result.ok, result.unproven), (True, 0))
        # Whoever stops the sealer leaves a head of the last entry in both places.
        self.assertEqual(
            [place.last_head_seq() for place in sealer.places], [WRITERS * 15] * 2
        )

    def test_killed_sealers(self):
        """SIGKILL at ten moments: no row lost, none twice, the chain whole."""
        connection = self.connect()
        for turn in range(10):
            self.write(connection, 5)
            pid = os.fork()
            if not pid:
                self._be_sealer()
            # A little later each time, from before its first batch to after its head.
            time.sleep(0.015 * turn)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        sealer = self.make_sealer()
        sealer.become_the_one()
        sealer.seal_waiting()
        self.assertEqual(self._count("entry"), 50)
        result = sealer.verify()
        self.assertEqual((result.ok, result.checked, result.unproven), (True, 50, 0))

    def _be_sealer(self):
        try:
            _name, parameters = sql_db.connection_info_for(get_db_name())
            Sealer(
                psycopg2.connect(**parameters),
                self.row_ring,
                self.chain_ring,
                self.environ,
                SCHEMA,
            ).run(lambda: False)
        finally:
            os._exit(1)

    def _count(self, table):
        with self.registry.cursor() as cr:
            cr.execute(f"SELECT COUNT(*) FROM {SCHEMA}.{table}")
            return cr.fetchone()[0]

    def test_one_sealer(self):
        first, second = self.make_sealer(), self.make_sealer()
        first.become_the_one()
        waiting = threading.Thread(target=second.become_the_one)
        waiting.start()
        waiting.join(0.3)
        self.assertTrue(waiting.is_alive())
        first.connection.close()
        waiting.join(30)
        self.assertFalse(waiting.is_alive())

    def _seal_some(self, count=4):
        self.write(self.connect(), count)
        sealer = self.make_sealer()
        self.assertEqual(sealer.seal_waiting(), count)
        self.assertEqual(sealer.export_head(), 2)
        return sealer

    def test_cut_tail_stops_the_sealer(self):
        """Sealing on would cover the gap; a verification names it."""
        sealer = self._seal_some()
        self.execute("DELETE FROM entry WHERE seq > 2")
        self.write(self.connect(), 1)
        with self.assertRaises(ChainMoved):
            sealer.seal_waiting()
        with self.assertLogs("odoo.addons.lottery_journal.engine.sealer", "ERROR"):
            result = sealer.verify()
        self.assertEqual((result.first_broken, result.reason), (3, "cut"))

    def test_cut_before_the_next_head(self):
        """A working sealer knows its last entry, exports it as evidence and halts;
        so does the next one."""
        sealer = self._seal_some(2)
        self.write(self.connect(), 2)
        sealer.seal_waiting()
        self.execute("DELETE FROM entry WHERE seq > 2")
        with self.assertLogs("odoo.addons.lottery_journal.engine.sealer", "ERROR"):
            self.assertFalse(sealer._seal_or_halt())
        self.assertEqual([place.last_head_seq() for place in sealer.places], [4, 4])
        self.write(self.connect(), 1)
        self.assertFalse(sealer._seal_or_halt())
        with self.assertRaises(ChainMoved):
            self.make_sealer().seal_waiting()
        with self.assertLogs("odoo.addons.lottery_journal.engine.sealer", "ERROR"):
            result = sealer.verify()
        self.assertEqual((result.first_broken, result.reason), (3, "cut"))

    def test_cut_while_no_sealer_was_there(self):
        self._seal_some().connection.close()
        self.execute("DELETE FROM entry WHERE seq > 2")
        self.write(self.connect(), 3)
        with self.assertRaises(ChainMoved):
            self.make_sealer().seal_waiting()

    def test_resume_after_a_restore(self):
        """An operator takes the loss upon himself; the places keep his word."""
        self._seal_some().connection.close()
        self.execute("DELETE FROM entry WHERE seq > 2")
        sealer = self.make_sealer()
        self.assertEqual(sealer.resume("restored from backup").seq, 2)
        self.write(self.connect(), 3)
        self.assertEqual(sealer.seal_waiting(), 3)
        sealer.export_head()
        self.assertTrue(sealer.verify().ok)
        heads, problem = sealer.places[0].read()
        self.assertEqual(problem, "")
        self.assertEqual(
            [head.resumed for head in heads if head.resumed], ["restored from backup"]
        )

    def test_missing_lines_in_one_place(self):
        sealer = self._seal_some()
        for path in self.directories[0].iterdir():
            path.unlink()
        with self.assertLogs("odoo.addons.lottery_journal.engine.sealer", "ERROR"):
            result = sealer.verify()
        self.assertEqual(result.reason, "places")

    def test_a_place_that_is_away_does_not_stop_the_other(self):
        sealer = self._seal_some()
        blocked = sealer.places[0].directory
        for path in blocked.iterdir():
            path.unlink()
        blocked.rmdir()
        blocked.write_text("no directory")
        with self.assertLogs("odoo.addons.lottery_journal.engine.sealer", "ERROR"):
            self.assertEqual(sealer.export_head(), 1)
        blocked.unlink()

    def test_verdicts_are_kept(self):
        sealer = self._seal_some()
        sealer.verify()
        self.execute("UPDATE entry SET body = '' WHERE seq = 2")
        with self.assertLogs("odoo.addons.lottery_journal.engine.sealer", "ERROR"):
            sealer.verify()
        with self.registry.cursor() as cr:
            cr.execute(
                f"SELECT ok, first_broken, reason FROM {SCHEMA}.verification ORDER BY id"
            )
            self.assertEqual(cr.fetchall(), [(True, None, ""), (False, 2, "changed")])
