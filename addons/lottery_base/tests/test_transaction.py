import threading
from contextlib import contextmanager
from unittest.mock import patch

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, TransactionCase, get_db_name, tagged

from ..tools import transaction
from ..tools.transaction import read_committed

KEY = "lottery_base.test_counter"


@tagged("post_install", "-at_install")
class TestReadCommitted(BaseCase):
    """docs/decisions/001, choice 1: on real cursors, against real concurrency."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.open_env() as env:
            env["ir.config_parameter"].set_param(KEY, "0")
        self.addCleanup(self._clean)

    def _clean(self):
        with self.open_env() as env:
            env["ir.config_parameter"].search([("key", "=", KEY)]).unlink()

    @contextmanager
    def open_env(self):
        with self.registry.cursor() as cr:
            yield Environment(cr, SUPERUSER_ID, {"marker": 1})

    def _value(self):
        with self.open_env() as env:
            env.cr.execute(
                "SELECT value FROM ir_config_parameter WHERE key = %s", [KEY]
            )
            return int(env.cr.fetchone()[0])

    def _increment(self, env):
        env.cr.execute(
            "SELECT value FROM ir_config_parameter WHERE key = %s FOR UPDATE", [KEY]
        )
        env.cr.execute(
            "UPDATE ir_config_parameter SET value = value::int + 1 WHERE key = %s",
            [KEY],
        )

    def test_waiting_for_a_lock_is_no_failure(self):
        """Eight writers of one row: each waits, none fails, nothing is lost."""
        errors = []
        start = threading.Barrier(8)

        def work():
            try:
                with self.open_env() as env:
                    env.cr.execute("SELECT 1")  # the caller's snapshot is older
                    start.wait(10)
                    for _turn in range(5):
                        with read_committed(env) as inner:
                            self._increment(inner)
            except Exception as error:  # noqa: BLE001 - reported below
                errors.append(error)

        threads = [threading.Thread(target=work) for _i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(errors, [])
        self.assertEqual(self._value(), 40)

    def test_same_user_and_context(self):
        with self.open_env() as env, read_committed(env) as inner:
            self.assertIsNot(inner.cr, env.cr)
            self.assertEqual((inner.uid, inner.su), (env.uid, env.su))
            self.assertEqual(inner.context.get("marker"), 1)
            inner.cr.execute("SHOW transaction_isolation")
            self.assertEqual(inner.cr.fetchone()[0], "read committed")
        with self.open_env() as env:
            env.cr.execute("SHOW transaction_isolation")
            self.assertEqual(env.cr.fetchone()[0], "repeatable read")

    def test_error_rolls_back_and_callers_work_stays(self):
        with self.open_env() as env:
            with self.assertRaises(ZeroDivisionError):
                with read_committed(env) as inner:
                    self._increment(inner)
                    raise ZeroDivisionError
            self._increment(env)
        self.assertEqual(self._value(), 1)

    def test_committed_although_caller_fails(self):
        with self.assertRaises(ZeroDivisionError), self.open_env() as env:
            with read_committed(env) as inner:
                self._increment(inner)
            raise ZeroDivisionError
        self.assertEqual(self._value(), 1)

    def test_waiting_for_oneself_ends(self):
        """A caller that holds the row gets an error instead of waiting for ever."""
        with self.open_env() as env:
            self._increment(env)
            with (
                patch.object(transaction, "LOCK_TIMEOUT", "200ms"),
                self.assertRaisesRegex(Exception, "lock timeout"),
                self.assertLogs("odoo.sql_db", "ERROR"),
                read_committed(env) as inner,
            ):
                self._increment(inner)
            env.cr.rollback()


@tagged("post_install", "-at_install")
class TestReadCommittedInTests(TransactionCase):
    def test_shares_the_tests_cursor(self):
        """Records a test made are there, and an error takes back the block only."""
        partner = self.env["res.partner"].create({"name": "Before"})
        with self.assertRaises(ZeroDivisionError):
            with read_committed(self.env) as env:
                env["res.partner"].browse(partner.id).name = "Inside"
                env.flush_all()
                raise ZeroDivisionError
        self.assertEqual(partner.name, "Before")
        with read_committed(self.env) as env:
            env["res.partner"].browse(partner.id).name = "Inside"
        self.assertEqual(partner.name, "Inside")
