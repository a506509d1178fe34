from odoo import api, models
from odoo.tools import SQL

from odoo.addons.lottery_base.tools.metrics import gauge

STATES = ("pending", "running", "parked")


class LotteryMetrics(models.AbstractModel):
    _inherit = "lottery.metrics"

    @api.model
    def _get_metrics(self):
        """What waits for each remote side, and whether it is spoken to (PF-OPS-03)."""
        depth = self.env.execute_query(
            SQL(
                "SELECT COUNT(*), channel, state FROM lottery_outbox"
                " WHERE state IN %s GROUP BY channel, state ORDER BY channel, state",
                STATES,
            )
        )
        circuits = self.env.execute_query(
            SQL(
                "SELECT (paused IS TRUE OR state != 'closed')::int, channel"
                " FROM lottery_outbox_circuit ORDER BY channel"
            )
        )
        return super()._get_metrics() + [
            gauge(
                "lottery_outbox_messages",
                "Messages that wait, are being sent or were given up.",
                depth,
                ["channel", "state"],
            ),
            gauge(
                "lottery_outbox_circuit_open",
                "1 while nothing is sent on the channel.",
                circuits,
                ["channel"],
            ),
        ]
