import psycopg2

from odoo import api, http, models
from odoo.tools import SQL

from odoo.addons.queue_job.jobrunner.runner import PG_ADVISORY_LOCK_ID

# Jobs take seconds; who waits this long waits for nobody.
JOB_WAIT_LIMIT = 300

JOBS_QUERY = """
    SELECT count(*) FILTER (WHERE state = 'pending') AS pending,
           count(*) FILTER (WHERE state = 'failed') AS failed,
           coalesce(
               extract(
                   epoch FROM now() AT TIME ZONE 'UTC'
                   - min(greatest(date_created, eta)) FILTER (
                       WHERE state = 'pending'
                   )
               ),
               0
           )::int AS oldest_seconds,
           EXISTS (
               SELECT FROM pg_locks
                WHERE locktype = 'advisory'
                  AND database = (
                      SELECT oid FROM pg_database WHERE datname = current_database()
                  )
                  AND (classid::bigint << 32) | objid::bigint = %s
           ) AS runner
      FROM queue_job
     WHERE state IN ('pending', 'failed')
"""


class LotteryHealth(models.AbstractModel):
    """What a load balancer and an operator ask (PF-OPS-03). Figures only."""

    _name = "lottery.health"
    _description = "Health"

    @api.model
    def _health_checks(self):
        """Return ``{name: {"ok": bool, "detail": str, …}}``; extend by ``super()``.

        Details are read by anybody who reaches the port: no names, numbers of
        persons, or texts of users.
        """
        self.env.cr.execute("SELECT 1")
        return {
            "database": {"ok": True, "detail": "answers"},
            "jobs": self._check_jobs(),
        }

    @api.model
    def _ready_checks(self):
        """Return what a node needs to take requests, in the form of `_health_checks`.

        Late jobs or an old backup are no reason to send users elsewhere.
        """
        self.env.cr.execute("SELECT pg_is_in_recovery()")
        (is_replica,) = self.env.cr.fetchone()
        detail = "is a replica" if is_replica else "answers"
        return {
            "database": {"ok": not is_replica, "detail": detail},
            "sessions": self._check_sessions(),
        }

    @api.model
    def _check_sessions(self):
        """The store answers: who has a session is not asked to log in again."""
        try:
            http.root.session_store.get(http.root.session_store.generate_key())
        except psycopg2.Error:
            return {"ok": False, "detail": "do not answer"}
        return {"ok": True, "detail": "answer"}

    @api.model
    def _check_jobs(self):
        """Judge by what waits: a runner may hold its lock and do nothing."""
        query = SQL(JOBS_QUERY, PG_ADVISORY_LOCK_ID)
        (figures,) = self.env.execute_query_dict(query)
        waited = max(figures["oldest_seconds"], 0)
        figures["oldest_seconds"] = waited
        late = waited > JOB_WAIT_LIMIT
        if late:
            detail = "jobs wait and none is started"
        elif figures["runner"]:
            detail = "runner is alive"
        else:
            detail = "no runner, nothing waits long"
        return {"ok": not late, "detail": detail, **figures}
