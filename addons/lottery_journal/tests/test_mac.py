import hmac
import uuid

from odoo.tests import tagged

from ..engine.mac import (
    CHAIN_PREFIX,
    ENTRY_COLUMNS,
    MAC,
    ROW_COLUMNS,
    ROW_PREFIX,
    chain_mac,
    encode,
    row_line,
    row_mac,
)
from ..engine.sealing import copy_lines
from .common import SCHEMA, ScratchCase, make_row

SECRET = b"secret"
# Another value for each column, as SQL.
CHANGES = {
    "seq": "seq + 100",
    "staging_id": "staging_id + 100",
    "uid": f"'{uuid.UUID(int=5)}'",
    "created_at": "created_at + interval '1 microsecond'",
    "event": "event || 'x'",
    "model": "NULL",
    "res_id": "NULL",
    "branch_id": "branch_id + 1",
    "user_id": "user_id + 1",
    "body": "body || ' '",
    "mac_version": "2",
    "key_id": "'other'",
    "row_mac": "sha256(row_mac)",
    "row_ok": "NOT row_ok",
    "sealed_at": "sealed_at + interval '1 day'",
    "chain_version": "2",
    "chain_key_id": "'other'",
    "prev_mac": "sha256(prev_mac)",
    "mac": "sha256(mac)",
}


@tagged("post_install", "-at_install")
class TestMac(ScratchCase):
    """PF-AUD-02: the MAC version is stored and every field is covered."""

    def test_it_is_hmac_sha256(self):
        """As anybody computes it who verifies with other software."""
        line = row_line(make_row())
        for secret in (SECRET, b"k" * 64, b"k" * 65):
            self.assertEqual(
                row_mac(secret, line),
                hmac.digest(secret, ROW_PREFIX + line, "sha256"),
            )
            self.assertEqual(
                chain_mac(secret, line),
                hmac.digest(secret, CHAIN_PREFIX + line, "sha256"),
            )

    def test_every_field_of_a_row_is_covered(self):
        row = make_row()
        others = {
            "uid": str(uuid.uuid4()),
            "created_at": "2026-07-01 08:00:00",
            "event": "order.cancelled",
            "model": None,
            "res_id": 4,
            "branch_id": None,
            "user_id": 8,
            "body": "{}",
        }
        self.assertEqual(set(others), set(ROW_COLUMNS))
        for column, other in others.items():
            changed = row._replace(**{column: other})
            self.assertNotEqual(
                row_mac(SECRET, row_line(row)),
                row_mac(SECRET, row_line(changed)),
                column,
            )

    def test_every_column_of_an_entry_is_covered(self):
        """Each column changed by itself, in SQL, in the middle of the chain."""
        self.assertEqual(set(CHANGES), set(ENTRY_COLUMNS))
        self.fill(5)
        for column, change in CHANGES.items():
            with self.subTest(column):
                savepoint = self.env.cr.savepoint(flush=False)
                self.sql(f"UPDATE entry SET {column} = {change} WHERE seq = 3")
                result = self.verify()
                self.assertFalse(result.ok)
                self.assertEqual(result.first_broken, 3)
                savepoint.rollback()
                savepoint.close(rollback=False)
        self.assertTrue(self.verify().ok)

    def test_fields_do_not_run_into_each_other(self):
        rows = [
            make_row(uid="u", created_at="c", event=event, model=model)
            for event, model in (
                ("a\tb", "c"),
                ("a", "b\tc"),
                ("a\\tb", "c"),
                ("a", None),
                ("a", "\\N"),
                ("a", ""),
            )
        ]
        self.assertEqual(len(set(map(row_line, rows))), len(rows))

    def test_python_and_copy_spell_alike(self):
        """Whatever text a business event holds, the sealer reads what Odoo signed."""
        texts = [
            "\\N",
            "\\.",
            "",
            " ",
            "\t\n\r\b\f\v\\",
            "票 🎫 \x7f\x1f",
            "'\"$%s",
            "\\x41",
        ]
        stamps = [
            "2026-07-01 08:00:00",
            "2026-07-01 08:00:00.5",
            "2026-07-01 08:00:00.123456",
        ]
        rows = [
            make_row(n, event=text, body=text, model=text, created_at=stamps[n % 3])
            for n, text in enumerate(texts)
        ]
        self.stage(*rows)
        lines = copy_lines(
            self.env.cr,
            f"SELECT {', '.join(ROW_COLUMNS)} FROM {SCHEMA}.staging ORDER BY id",
        )
        self.assertEqual(lines, list(map(row_line, rows)))
        self.seal()
        result = self.verify()
        self.assertEqual((result.ok, result.unproven), (True, 0))

    def test_version_is_stored_and_minded(self):
        self.fill(1)
        self.env.cr.execute(
            f"SELECT mac_version, chain_version, length(mac) FROM {SCHEMA}.entry"
        )
        self.assertEqual(self.env.cr.fetchone(), (1, 1, 32))
        with self.assertRaises(ValueError):
            row_mac(SECRET, b"", 2)

    def test_encode(self):
        self.assertEqual(encode(None), b"\\N")
        self.assertEqual(MAC, len(ENTRY_COLUMNS) - 1)
