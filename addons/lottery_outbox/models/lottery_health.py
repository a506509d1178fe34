from odoo import api, models
from odoo.tools import SQL

OVERDUE_LIMIT = 300  # seconds a message may be due without anybody sending it


class LotteryHealth(models.AbstractModel):
    _inherit = "lottery.health"

    @api.model
    def _health_checks(self):
        return super()._health_checks() | {"outbox": self._check_outbox()}

    def _check_outbox(self):
        """Fail when nobody sends: a remote side that is away is not this node's fault."""
        channels = {
            row.pop("channel"): row
            for row in self.env.execute_query_dict(self._outbox_query())
        }
        overdue = [
            channel
            for channel, row in channels.items()
            if row["overdue_seconds"] > OVERDUE_LIMIT
        ]
        interrupted = [
            channel for channel, row in channels.items() if row["circuit"] != "closed"
        ]
        words = [
            f"{word}: {', '.join(found)}"
            for word, found in (("not sent", overdue), ("interrupted", interrupted))
            if found
        ]
        return {
            "ok": not overdue,
            "detail": "; ".join(words) or "sending",
            "channels": channels,
        }

    def _outbox_query(self):
        return SQL(
            """WITH clock AS (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS utc),
            item AS (
                SELECT channel,
                    COUNT(*) FILTER (WHERE state IN ('pending', 'running')) AS waiting,
                    COUNT(*) FILTER (WHERE state = 'parked') AS parked,
                    MIN(create_date) FILTER (WHERE state IN ('pending', 'running'))
                        AS oldest,
                    MIN(next_attempt_at) FILTER (WHERE state IN ('pending', 'running')
                        AND %s) AS due
                FROM lottery_outbox item
                WHERE state IN ('pending', 'running', 'parked') GROUP BY channel)
            SELECT COALESCE(item.channel, c.channel) AS channel,
                COALESCE(waiting, 0) AS waiting, COALESCE(parked, 0) AS parked,
                COALESCE(EXTRACT(EPOCH FROM utc - oldest), 0)::int AS oldest_seconds,
                CASE WHEN c.paused THEN 'paused' ELSE COALESCE(c.state, 'closed') END
                    AS circuit,
                CASE WHEN c.paused THEN 0 ELSE COALESCE(GREATEST(0, EXTRACT(EPOCH FROM
                    utc - GREATEST(due, c.until)))::int, 0) END AS overdue_seconds
            FROM clock CROSS JOIN (item FULL JOIN lottery_outbox_circuit c
                ON c.channel = item.channel)""",
            self.env["lottery.outbox"]._unblocked_sql(),
        )
