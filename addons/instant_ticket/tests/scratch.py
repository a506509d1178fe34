"""A copy of the database for tests whose threads must see each other's commits."""

import threading
from contextlib import closing, contextmanager
from unittest.mock import patch

from psycopg2 import sql

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name
from odoo.tools import config

JOIN_SECONDS = 120


class ScratchCase(BaseCase):
    """Works on a copy that is dropped afterwards: nothing has to be cleaned up.

    Append-only tables refuse deletion, so committed records could not be taken back
    from the database under test.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        source = get_db_name()
        cls.scratch = f"{source}_scratch"
        cls._run_on_server("DROP DATABASE IF EXISTS {}", cls.scratch)
        # a template must have no session, and other threads open new ones
        cls._run_on_server("ALTER DATABASE {} ALLOW_CONNECTIONS false", source)
        try:
            cls._run_on_server("CREATE DATABASE {} TEMPLATE {}", cls.scratch, source)
        finally:
            cls._run_on_server("ALTER DATABASE {} ALLOW_CONNECTIONS true", source)
        cls.addClassCleanup(cls._drop_scratch)
        # loading a registry would run the addons' own tests on the copy
        with patch.dict(config.options, {"test_enable": False}):
            cls.scratch_registry = Registry(cls.scratch)

    @classmethod
    def _run_on_server(cls, statement, *names):
        for name in names:
            sql_db.close_db(name)
        with closing(sql_db.db_connect("postgres").cursor()) as cr:
            cr._cnx.autocommit = True
            for name in names:
                cls._end_sessions(cr, name)
            cr._obj.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    @staticmethod
    def _end_sessions(cr, name):
        """End the suite's own sessions.

        An autovacuum worker belongs to the superuser: ending it is refused and would leave
        the others running; CREATE and DROP DATABASE send it away themselves.
        """
        cr._obj.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = %s AND pid != pg_backend_pid() AND usesysid IS NOT NULL
                  AND pg_has_role(usesysid, 'MEMBER')""",
            [name],
        )

    @classmethod
    def _drop_scratch(cls):
        Registry.delete(cls.scratch)
        cls._run_on_server("DROP DATABASE IF EXISTS {}", cls.scratch)

    @classmethod
    @contextmanager
    def _committed(cls, user=None):
        """An environment whose work is committed at the end."""
        with cls.scratch_registry.cursor() as cr:
            yield api.Environment(cr, user or SUPERUSER_ID, {})

    @classmethod
    def _call(cls, user, method):
        """Run ``method(env)`` as a request of ``user``: retried like one, committed."""
        with cls.scratch_registry.cursor() as cr:
            env = api.Environment(cr, user, {})
            return retrying(lambda: method(env), env)

    @classmethod
    def _race(cls, *calls):
        """Run ``(user id, method)`` at one moment in threads.

        :return: what each returned, or the exception it raised
        """
        start = threading.Barrier(len(calls))
        results = [None] * len(calls)

        def run(index, user, method):
            start.wait(JOIN_SECONDS)
            try:
                results[index] = cls._call(user, method)
            except Exception as error:
                results[index] = error

        threads = [
            threading.Thread(target=run, args=(index, *call))
            for index, call in enumerate(calls)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(JOIN_SECONDS)
        return results
