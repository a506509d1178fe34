from psycopg2 import errors

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine.heads import Head
from ..engine.keys import KeyRing
from ..engine.sealing import ChainMoved, Tail, read_tail
from .common import CHAIN_KEY, ROW_KEY, SCHEMA, ScratchCase, make_row


@tagged("post_install", "-at_install")
class TestVerify(ScratchCase):
    """PF-AUD-02: `verify` names the first broken entry after any edit, delete, insert,
    reorder or truncation done directly in SQL."""

    def _head(self, seq):
        self.env.cr.execute(
            f"SELECT encode(mac, 'hex') FROM {SCHEMA}.entry WHERE seq = %s", [seq]
        )
        return Head(seq, self.env.cr.fetchone()[0].encode(), "08:00", "outside")

    def _assert_broken(self, seq, *reasons, **options):
        result = self.verify(**options)
        self.assertFalse(result.ok)
        self.assertEqual(result.first_broken, seq)
        self.assertIn(result.reason, reasons)

    def test_intact(self):
        tail = self.fill(10)
        result = self.verify(heads=[self._head(4), self._head(10)])
        self.assertEqual((result.ok, result.checked, result.unproven), (True, 10, 0))
        self.assertEqual(tail.seq, 10)

    def test_edit(self):
        self.fill(10)
        self.sql("UPDATE entry SET body = replace(body, '4.00', '9.00') WHERE seq = 5")
        self._assert_broken(5, "changed")

    def test_delete(self):
        self.fill(10)
        self.sql("DELETE FROM entry WHERE seq = 4")
        self._assert_broken(4, "missing")

    def test_delete_and_close_the_gap(self):
        self.fill(10)
        self.sql("DELETE FROM entry WHERE seq = 4")
        self.sql("UPDATE entry SET seq = seq - 1 WHERE seq > 4 AND seq < 6")
        self.sql("UPDATE entry SET seq = seq - 1 WHERE seq > 5")
        self._assert_broken(4, "link", "changed")

    def test_insert(self):
        self.fill(10)
        self.sql("UPDATE entry SET seq = -seq WHERE false")
        self.sql(
            """INSERT INTO entry SELECT 11, 999, gen_random_uuid(), created_at, event,
                model, res_id, branch_id, user_id, body, mac_version, key_id, row_mac,
                row_ok, sealed_at, chain_version, chain_key_id, mac, mac
            FROM entry WHERE seq = 10"""
        )
        self._assert_broken(11, "changed")

    def test_reorder(self):
        self.fill(10)
        self.sql("UPDATE entry SET seq = 100 WHERE seq = 3")
        self.sql("UPDATE entry SET seq = 3 WHERE seq = 7")
        self.sql("UPDATE entry SET seq = 7 WHERE seq = 100")
        self._assert_broken(3, "link")

    def test_cut_tail(self):
        """The chain alone does not tell; the head outside does."""
        self.fill(10)
        heads = [self._head(6), self._head(9)]
        self.sql("DELETE FROM entry WHERE seq > 7")
        self.assertTrue(self.verify().ok)
        self._assert_broken(8, "cut", heads=heads)

    def test_dropped_chain(self):
        self.fill(10)
        heads = [self._head(10)]
        self.sql("TRUNCATE entry")
        self.assertTrue(self.verify().ok)
        self._assert_broken(1, "cut", heads=heads)

    def test_rewrite_with_the_keys(self):
        """Who has all keys and seals a chain of his own meets the exported heads."""
        self.fill(10)
        heads = [self._head(4), self._head(10)]
        self.env.cr.execute(f"SELECT * FROM {SCHEMA}.entry WHERE seq > 6")
        self.sql("DELETE FROM entry WHERE seq > 6")
        self.stage(*map(make_row, range(50, 56)))
        self.seal()
        self.assertTrue(self.verify().ok)
        self._assert_broken(5, "rewritten", heads=heads)

    def test_rewrite_without_the_chain_key(self):
        """What Odoo's own administrator could do: the row key is there, the other not."""
        self.fill(3)
        self.sql("DELETE FROM entry WHERE seq = 3")
        self.stage(make_row(9))
        forged = KeyRing("another chain key".ljust(32, "."))
        real, self.chain_ring = self.chain_ring, forged
        self.seal()
        self.chain_ring = real
        self._assert_broken(3, "unknown_key")
        self.sql("UPDATE entry SET chain_key_id = %s WHERE seq = 3", real.current.id)
        self._assert_broken(3, "changed")

    def test_without_the_chain_key_contents_are_still_checked(self):
        """Odoo's own button."""
        self.fill(5)
        self.sql("UPDATE entry SET user_id = 1 WHERE seq = 2")
        verifier_ring = self.chain_ring
        self.chain_ring = None
        self._assert_broken(2, "content")
        self.chain_ring = verifier_ring

    def test_rotated_keys(self):
        self.fill(3)
        self.row_ring = KeyRing("next row key".ljust(32, "."), [ROW_KEY])
        self.chain_ring = KeyRing("next chain key".ljust(32, "."), [CHAIN_KEY])
        self.fill(3)
        self.assertTrue(self.verify().ok)
        self._assert_broken(4, "unknown_key", chain_ring=KeyRing(CHAIN_KEY))

    def test_unproven(self):
        """A row put into staging by hand is sealed, marked and counted."""
        self.stage(make_row(1), ring=KeyRing("not Odoo's key".ljust(32, ".")))
        self.stage(make_row(2))
        self.stage(make_row(3))
        self.env.cr.execute(
            f"""INSERT INTO {SCHEMA}.staging (uid, created_at, event, body, mac_version,
                key_id, row_mac) SELECT gen_random_uuid(), created_at, event, body,
                mac_version, key_id, row_mac FROM {SCHEMA}.staging
                ORDER BY id DESC LIMIT 1"""
        )
        self.assertEqual(self.seal()[0], 4)
        result = self.verify()
        self.assertEqual((result.ok, result.unproven), (True, 2))
        self.env.cr.execute(f"SELECT row_ok FROM {SCHEMA}.entry ORDER BY seq")
        self.assertEqual(
            [ok for (ok,) in self.env.cr.fetchall()], [False, True, True, False]
        )

    def test_replayed_row_does_not_stop_the_sealer(self):
        row = make_row()
        self.stage(row)
        self.seal()
        self.stage(row)
        self.stage(make_row(1))
        self.assertEqual(self.seal()[0], 2)
        self.assertEqual(self.verify().unproven, 1)

    def test_sequence_has_no_gaps(self):
        for _batch in range(3):
            self.stage(*map(make_row, range(7)))
            with (
                self.assertRaises(ZeroDivisionError),
                self.env.cr.savepoint(flush=False),
            ):
                self.stage(make_row(99))
                raise ZeroDivisionError
            while self.seal(limit=3)[0]:
                pass
        self.env.cr.execute(f"SELECT array_agg(seq ORDER BY seq) FROM {SCHEMA}.entry")
        self.assertEqual(self.env.cr.fetchone()[0], list(range(1, 22)))

    def test_sealer_notices_a_tail_that_is_not_its_own(self):
        tail = self.fill(3)
        self.stage(make_row(9))
        with self.assertRaises(ChainMoved):
            self.seal(expected=Tail(4, tail.mac))
        self.sql("DELETE FROM entry WHERE seq = 3")
        with self.assertRaises(ChainMoved):
            self.seal(expected=tail)
        self.assertEqual(read_tail(self.env.cr, SCHEMA).seq, 2)

    def test_tables_refuse_changes(self):
        """Even their owner has to switch a trigger off first."""
        self.fill(3)
        self.stage(make_row(9))
        for query in (
            "UPDATE {}.entry SET body = ''",
            "DELETE FROM {}.entry",
            "TRUNCATE {}.entry",
            "UPDATE {}.staging SET body = ''",
            "DELETE FROM {}.staging",
            "TRUNCATE {}.staging",
            "DELETE FROM {}.head",
            "DELETE FROM {}.verification",
        ):
            with (
                self.subTest(query),
                mute_logger("odoo.sql_db"),
                self.assertRaises(errors.InsufficientPrivilege),
                self.env.cr.savepoint(flush=False),
            ):
                self.env.cr.execute(query.format(SCHEMA))
