"""Short transactions at READ COMMITTED for rows many people want at once.

Odoo's own transactions are REPEATABLE READ: who had to wait for a row lock there reads
a snapshot older than the lock and fails. See docs/decisions/001-first-slice.md.
"""

from contextlib import contextmanager

from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

from odoo.modules import module
from odoo.sql_db import Cursor

# A caller that already holds a row wanted here would wait for itself for ever, without
# PostgreSQL seeing a deadlock: the other end waits in Python. Odoo's `retrying` takes
# the resulting error for a lost race.
LOCK_TIMEOUT = "15s"


@contextmanager
def read_committed(env):
    """Yield ``env`` (same user, context, superuser mode) on a READ COMMITTED cursor.

    The transaction is committed when the block ends and rolled back when it raises;
    post-commit hooks registered inside run at that commit. Nothing the caller has not
    committed is visible inside, and rows the caller has locked must not be touched.
    Afterwards the caller's own snapshot is older than what was written: use what the
    block returned, or `invalidate_all` in a new transaction.

    While a test or a module installation owns the cursor the block is a savepoint of
    it: other cursors would not see the records made there.
    """
    if _is_shared_cursor(env):
        with env.cr.savepoint():
            yield env
        return
    with env.registry.cursor() as cr:
        cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)
        cr.execute("SET LOCAL lock_timeout = %s", [LOCK_TIMEOUT])
        yield env(cr=cr)


def _is_shared_cursor(env):
    """Whether the cursor's uncommitted records are what the block has to work on."""
    if not env.registry.ready or not isinstance(env.cr, Cursor):
        return True
    test = module.current_test
    return bool(test) and env.cr is getattr(test, "cr", None)
