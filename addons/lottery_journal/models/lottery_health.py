from odoo import api, models
from odoo.tools import SQL

STAGING_LIMIT = 60  # seconds a row may wait for the sealer
SILENCE_LIMIT = 300  # seconds without a head
PLACES = 2
UNPROVEN_DAYS = 1  # how long an unproven entry raises the alarm


class LotteryHealth(models.AbstractModel):
    _inherit = "lottery.health"

    @api.model
    def _health_checks(self):
        return super()._health_checks() | {"journal": self._check_journal()}

    def _check_journal(self):
        """Sealing late or silent, the last verdict bad, or rows not from Odoo: fail."""
        journal = self.env["lottery.journal"]
        fallback = journal._owns_tables()
        figures = self._read_journal_figures()
        faults = [
            word
            for word, wrong in (
                ("staging late", figures["waiting_seconds"] > STAGING_LIMIT),
                ("sealer silent", not fallback and figures["silence"] > SILENCE_LIMIT),
                ("heads not exported", not fallback and figures["places"] < PLACES),
                ("chain broken", not figures["intact"]),
                ("unproven entries", bool(figures["unproven"])),
            )
            if wrong
        ]
        mode = "fallback: Odoo's role owns the tables" if fallback else "own role"
        return {
            "ok": not faults,
            "detail": "; ".join([mode, *faults]),
            "waiting": figures["waiting"],
            "waiting_seconds": round(figures["waiting_seconds"], 1),
            "sealed": figures["sealed"],
        }

    def _read_journal_figures(self):
        [row] = self.env.execute_query_dict(
            SQL(
                """
                SELECT s.waiting, s.waiting_seconds,
                       COALESCE(e.seq, 0) AS sealed,
                       COALESCE(EXTRACT(EPOCH FROM
                           clock_timestamp() AT TIME ZONE 'UTC' - h.signed_at
                       )::float, s.waiting_seconds) AS silence,
                       CASE WHEN e.seq IS NULL THEN %s
                            ELSE COALESCE(h.places, 0) END AS places,
                       COALESCE(v.ok, true) AS intact,
                       (SELECT COUNT(*) FROM journal.entry
                        WHERE NOT row_ok AND sealed_at > now() AT TIME ZONE 'UTC'
                            - %s * interval '1 day') AS unproven
                FROM (SELECT COUNT(*) AS waiting, COALESCE(EXTRACT(EPOCH FROM
                          clock_timestamp() - MIN(staged_at)), 0)::float
                          AS waiting_seconds FROM journal.staging) s
                LEFT JOIN (SELECT seq FROM journal.entry
                           ORDER BY seq DESC LIMIT 1) e ON true
                LEFT JOIN (SELECT signed_at, places FROM journal.head
                           ORDER BY id DESC LIMIT 1) h ON true
                LEFT JOIN (SELECT ok FROM journal.verification
                           ORDER BY id DESC LIMIT 1) v ON true
                """,
                PLACES,
                UNPROVEN_DAYS,
            )
        )
        return row
