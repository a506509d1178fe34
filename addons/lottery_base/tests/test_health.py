from datetime import timedelta
from unittest.mock import patch

from psycopg2 import OperationalError

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestHealth(HttpCase):
    """PF-OPS-03: one address tells whether the node works."""

    def _get(self):
        return self.url_open("/lottery/health")

    def test_healthy(self):
        self.env["queue.job"].search([("state", "=", "pending")]).unlink()
        with patch.object(
            type(self.env["lottery.health"]),
            "_health_checks",
            # checks of addons above have tests of their own
            lambda health: {"jobs": health._check_jobs()},
        ):
            response = self._get()
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json()["status"], "ok")
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertEqual(response.json()["checks"]["jobs"]["oldest_seconds"], 0)

    def test_without_login_and_without_names(self):
        """PF-OPS-03: no personal data in it."""
        text = self._get().text
        for word in ("admin", self.env.ref("base.user_admin").name, "@"):
            self.assertNotIn(word, text)

    def test_jobs_that_nobody_runs(self):
        self.env["queue.job"].search([("state", "=", "pending")]).unlink()
        job = self.env["res.partner"].with_delay().create({})
        record = job.db_record()
        self.env.flush_all()
        # the addon does not let anybody change this, not even here
        self.env.cr.execute(
            "UPDATE queue_job SET date_created = date_created - interval '1 hour'"
            " WHERE id = %s",
            record.ids,
        )
        response = self._get()
        self.assertEqual(response.status_code, 503)
        jobs = response.json()["checks"]["jobs"]
        self.assertFalse(jobs["ok"])
        self.assertGreater(jobs["oldest_seconds"], 3000)
        # a job that is to run later is not late
        record.eta = fields.Datetime.now() + timedelta(hours=1)
        self.env.flush_all()
        self.assertTrue(self._get().json()["checks"]["jobs"]["ok"])

    def test_database_down(self):
        """An orderly 503, not a trace."""
        with (
            mute_logger("odoo.addons.lottery_base.controllers.health"),
            patch.object(
                type(self.env["lottery.health"]),
                "_health_checks",
                side_effect=OperationalError("server closed the connection"),
            ),
        ):
            response = self._get()
        self.assertEqual(response.status_code, 503)
        self.assertEqual(
            response.json()["checks"]["database"],
            {"ok": False, "detail": "does not answer"},
        )
        self.assertNotIn("closed", response.text)
