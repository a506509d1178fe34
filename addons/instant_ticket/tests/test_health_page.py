"""What the suite says of itself at one address (PF-OPS-03, IT-ILM-02)."""

import os
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from .ilms_common import SECRETS

ENVIRON = {**SECRETS, "LOTTERY_ILMS_URL": "https://ilms.example.org"}


@tagged("post_install", "-at_install")
class TestHealthPage(HttpCase):
    def _read(self, **environ):
        self.env.flush_all()
        with patch.dict(os.environ, {**ENVIRON, **environ}):
            checks = self.url_open("/lottery/health").json()["checks"]
        self.env.invalidate_all()
        return checks

    def test_database_jobs_outbox_and_ilms(self):
        """PF-OPS-03: over HTTP and without login: depth of the outbox, ILMS's circuit."""
        outbox = self.env["lottery.outbox"]
        outbox.search([("channel", "=", "ilms")]).unlink()
        circuit = self.env["lottery.outbox.circuit"]._lock("ilms")
        circuit.action_resume()
        checks = self._read()
        self.assertLessEqual({"database", "jobs", "outbox", "ilms"}, set(checks))
        self.assertEqual(checks["ilms"]["link"], "up")
        self.assertEqual(checks["outbox"]["channels"]["ilms"]["waiting"], 0)

        for number in range(3):
            outbox._enqueue("ilms", "games", {}, key=f"health:{number}")
        circuit._update_state("open")
        checks = self._read()
        self.assertEqual((checks["ilms"]["ok"], checks["ilms"]["link"]), (True, "down"))
        channel = checks["outbox"]["channels"]["ilms"]
        self.assertEqual((channel["waiting"], channel["circuit"]), (3, "open"))

        checks = self._read(LOTTERY_ILMS_SIGN_SECRET="")
        self.assertEqual(checks["ilms"]["link"], "unset")
        self.assertIn("LOTTERY_ILMS_SIGN_SECRET", checks["ilms"]["detail"])
        secret = SECRETS["LOTTERY_ILMS_APP_SECRET"]
        self.assertNotIn(secret, str(checks))
