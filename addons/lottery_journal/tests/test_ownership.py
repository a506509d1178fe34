from psycopg2 import errors

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install", "security")
class TestOwnership(TransactionCase):
    """PF-AUD-02: Odoo may insert into staging and read, nothing else."""

    def setUp(self):
        super().setUp()
        self.journal = self.env["lottery.journal"]
        self.journal._append([{"event": "test.ownership"}])

    def _assert_refused(self, query):
        with (
            self.subTest(query),
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.InsufficientPrivilege),
            self.env.cr.savepoint(flush=False),
        ):
            self.env.cr.execute(query)

    def test_changes_are_refused(self):
        """By missing rights where `owner.sql` was run, else by triggers."""
        for table in ("entry", "head", "verification", "staging"):
            self._assert_refused(f"DELETE FROM journal.{table}")
            self._assert_refused(f"TRUNCATE journal.{table}")
        for table in ("entry", "staging"):
            self._assert_refused(f"UPDATE journal.{table} SET body = ''")

    def test_in_a_role_of_its_own_nothing_can_be_switched_off(self):
        if self.journal._owns_tables():
            # The fallback says so where the operator looks.
            detail = self.env["lottery.health"]._health_checks()["journal"]["detail"]
            self.assertIn("fallback", detail)
            return
        for query in (
            "INSERT INTO journal.entry SELECT * FROM journal.entry",
            "ALTER TABLE journal.entry DISABLE TRIGGER ALL",
            "DROP TABLE journal.entry",
            "DROP SCHEMA journal CASCADE",
            "ALTER SCHEMA journal RENAME TO gone",
            "ALTER TABLE journal.staging OWNER TO CURRENT_USER",
            "GRANT ALL ON journal.entry TO CURRENT_USER",
            "SET ROLE lottery_journal",
        ):
            if query.startswith("GRANT"):
                continue  # PostgreSQL only warns; the rights stay as they are
            self._assert_refused(query)

    def test_update_of_the_addon_keeps_the_tables(self):
        before = self.journal.search_count([])
        self.journal.init()
        self.assertEqual(self.journal.search_count([]), before)
