import json
import os
import pathlib
import tempfile
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestHealthBackup(TransactionCase):
    """PF-OPS-02: the health page tells when the last backup or rehearsal is old."""

    def setUp(self):
        super().setUp()
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.path = pathlib.Path(folder) / "status.json"
        self.enterContext(patch.dict(os.environ, LOTTERY_BACKUP_STATUS=str(self.path)))

    def _write(self, **hours_ago):
        self.path.write_text(
            json.dumps(
                {
                    name: (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
                    for name, hours in hours_ago.items()
                }
            )
        )

    def _check(self):
        return self.env["lottery.health"]._health_checks()["backup"]

    def test_recent(self):
        self._write(backup=3, rehearsal=100)
        check = self._check()
        self.assertTrue(check["ok"])
        self.assertAlmostEqual(check["backup_hours"], 3, delta=0.2)

    def test_old_backup(self):
        self._write(backup=27, rehearsal=1)
        self.assertEqual(self._check()["ok"], False)
        self.assertIn("27 h ago", self._check()["detail"])

    def test_never_rehearsed(self):
        self._write(backup=1, since=24)
        self.assertTrue(self._check()["ok"], "it comes once a week")
        self._write(backup=1, since=24 * 9)
        self.assertFalse(self._check()["ok"])
        self._write(backup=1)
        self.assertFalse(self._check()["ok"])
        self.assertIn("rehearsal never", self._check()["detail"])

    def test_no_backup_and_damage(self):
        self.assertEqual(self._check()["detail"], "no backup yet")
        self.path.write_text("{")
        self.assertIn("unreadable", self._check()["detail"])

    def test_limits_are_parameters(self):
        self._write(backup=27, rehearsal=1)
        self.env.ref("lottery_base.lottery_parameter_backup_hours").value = "48"
        self.assertTrue(self._check()["ok"])

    def test_without_backups_no_check(self):
        with patch.dict(os.environ):
            del os.environ["LOTTERY_BACKUP_STATUS"]
            self.assertNotIn("backup", self.env["lottery.health"]._health_checks())
