import os

import psycopg2

from odoo import api, models
from odoo.sql_db import db_connect
from odoo.tools import SQL

from ..tools.metrics import gauge

SESSION_MINUTES = 15
JOB_STATES = ("wait_dependencies", "pending", "enqueued", "started", "failed")


class LotteryMetrics(models.AbstractModel):
    """What a monitoring system draws curves of (PF-OPS-03). Figures only."""

    _name = "lottery.metrics"
    _description = "Metrics"

    @api.model
    def _get_metrics(self):
        """Return the families of figures; extend by ``super()``.

        Read by machines outside: labels are names of channels and states, never of
        persons, and few.
        """
        return [
            self._get_job_metrics(),
            self._get_check_metrics(),
            *self._get_replica_metrics(),
            *self._get_session_metrics(),
        ]

    @api.model
    def _get_job_metrics(self):
        counts = dict.fromkeys(JOB_STATES, 0) | dict(
            self.env.execute_query(
                SQL(
                    "SELECT state, COUNT(*) FROM queue_job WHERE state IN %s"
                    " GROUP BY state",
                    JOB_STATES,
                )
            )
        )
        return gauge(
            "lottery_jobs",
            "Jobs that are not done.",
            [(count, state) for state, count in counts.items()],
            ["state"],
        )

    @api.model
    def _get_check_metrics(self):
        """Alerts: the checks of the health page."""
        checks = self.env["lottery.health"]._health_checks()
        return gauge(
            "lottery_check_ok",
            "Checks of the health page: 1 passes, 0 is an alert.",
            [(int(check["ok"]), name) for name, check in checks.items()],
            ["check"],
        )

    @api.model
    def _get_replica_metrics(self):
        """Written here and not applied there, in bytes of WAL; nothing without replica."""
        if self.env.registry._db_readonly is None:
            return []
        with self.env.registry.cursor() as cr:
            cr.execute("SELECT pg_current_wal_lsn()")
            (written,) = cr.fetchone()
        try:
            with self.env.registry.cursor(readonly=True) as cr:
                cr.execute(
                    "SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN"
                    " GREATEST(0, pg_wal_lsn_diff(%s, pg_last_wal_replay_lsn())) END",
                    [written],
                )
                is_replica, behind = cr.fetchone()
        except psycopg2.OperationalError:
            is_replica, behind = False, None
        families = [
            gauge(
                "lottery_replica_up",
                "Whether read-only requests find a replica.",
                [(int(is_replica),)],
            )
        ]
        if is_replica:
            families.append(
                gauge(
                    "lottery_replica_lag_bytes",
                    "Written on the primary and not applied on the replica.",
                    [(float(behind),)],
                )
            )
        return families

    @api.model
    def _get_session_metrics(self):
        """Sessions used lately; nothing where they are files of this node."""
        uri = os.environ.get("SESSION_DB_URI")
        if not uri:
            return []
        with db_connect(uri, allow_uri=True).cursor() as cr:
            cr.execute(
                "SELECT COUNT(*) FROM http_sessions WHERE write_date >"
                " now() AT TIME ZONE 'UTC' - %s * interval '1 minute'",
                [SESSION_MINUTES],
            )
            (count,) = cr.fetchone()
        return [
            gauge(
                "lottery_sessions",
                f"Sessions written in the last {SESSION_MINUTES} minutes.",
                [(count,)],
            )
        ]
