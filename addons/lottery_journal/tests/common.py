"""A journal of the test's own: Odoo's role may not seal the real one."""

import uuid

from psycopg2.extras import execute_values

from odoo.tests import TransactionCase

from ..engine.chain import Verifier, verify_all
from ..engine.keys import KeyRing
from ..engine.mac import (
    PROOF_COLUMNS,
    ROW_COLUMNS,
    ROW_VERSION,
    Row,
    row_line,
    row_mac,
    utc_stamp,
)
from ..engine.sealing import seal_batch

SCHEMA = "journal_scratch"
ROW_KEY, CHAIN_KEY = "row key of the tests".ljust(32, "."), "chain key".ljust(32, ".")


def make_row(number=0, **values):
    row = Row(
        uid=str(uuid.uuid4()),
        created_at=utc_stamp(),
        event="order.submitted",
        model="instant.order",
        res_id=number + 1,
        branch_id=3,
        user_id=7,
        body=f'{{"amount":"{number}.00","outlet":"大理"}}',
    )
    return row._replace(**values)


def stage(cr, ring, rows, schema=SCHEMA):
    """Put rows into staging as Odoo does."""
    key = ring.current
    execute_values(
        getattr(cr, "_obj", cr),
        f"INSERT INTO {schema}.staging ({', '.join(ROW_COLUMNS + PROOF_COLUMNS)}) "
        "VALUES %s",
        [
            (*row, ROW_VERSION, key.id, row_mac(key.secret, row_line(row)))
            for row in rows
        ],
    )


class ScratchCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute(f"CREATE SCHEMA {SCHEMA}")
        cls.env["lottery.journal"]._create_tables(SCHEMA)
        cls.row_ring = KeyRing(ROW_KEY)
        cls.chain_ring = KeyRing(CHAIN_KEY)

    def stage(self, *rows, ring=None):
        stage(self.env.cr, ring or self.row_ring, rows)

    def seal(self, **options):
        options.setdefault("schema", SCHEMA)
        return seal_batch(self.env.cr, self.row_ring, self.chain_ring, **options)

    def fill(self, count):
        self.stage(*map(make_row, range(count)))
        sealed, tail = self.seal()
        self.assertEqual(sealed, count)
        return tail

    def verify(self, *, row_ring=None, chain_ring=None, **options):
        verifier = Verifier(
            row_ring or self.row_ring, chain_ring or self.chain_ring, **options
        )
        return verify_all(self.env.cr, verifier, SCHEMA)

    def sql(self, query, *parameters):
        """What somebody does who owns the tables and has switched the triggers off."""
        # pylint: disable=sql-injection
        self.env.cr.execute(f"SET LOCAL search_path = {SCHEMA}, public")
        for table in ("entry", "staging", "head"):
            self.env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        self.env.cr.execute(query, parameters or None)
        for table in ("entry", "staging", "head"):
            self.env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        self.env.cr.execute("SET LOCAL search_path = public")
