from odoo import api, models
from odoo.tools import SQL

from ..engine import secret

HELD_LIMIT = 1800  # seconds after quiet hours that nobody passed a row on


class LotteryHealth(models.AbstractModel):
    _inherit = "lottery.health"

    @api.model
    def _health_checks(self):
        checks = super()._health_checks()
        checks["sms"] = self._check_sms()
        checks["otp"] = self._check_otp()
        checks["notifications"] = self._check_notifications()
        return checks

    @api.model
    def _check_sms(self):
        provider = self.env["lottery.sms.provider"].sudo().search([], limit=1)
        if not provider:
            return {"ok": False, "detail": "no provider is active"}
        if provider.missing_secrets:
            return {"ok": False, "detail": f"secrets of {provider.key} are missing"}
        return {"ok": True, "detail": provider.code}

    @api.model
    def _check_otp(self):
        try:
            secret.derive_key("health")
            secret.derive_key("health", "LOTTERY_ALTCHA_KEY")
        except secret.KeyMissing as error:
            return {"ok": False, "detail": f"{error.args[0]} is missing"}
        policy = self.env["lottery.otp.policy"]._get_policy()
        # Paused is a decision, not a fault: the node must stay in the balancer.
        return {
            "ok": True,
            "detail": policy.state,
            "sent_today": policy.sent_today,
        }

    @api.model
    def _check_notifications(self):
        """Fail when nobody passes on what quiet hours held back; failures of providers
        are counted, they are not this node's fault."""
        [(held, overdue, failed)] = self.env.execute_query(
            SQL(
                """SELECT
                    (SELECT count(*) FROM lottery_notification
                     WHERE state = 'waiting' AND release_at IS NOT NULL),
                    (SELECT COALESCE(EXTRACT(EPOCH FROM
                        now() AT TIME ZONE 'UTC' - MIN(release_at)), 0)::int
                     FROM lottery_notification
                     WHERE state = 'waiting' AND release_at IS NOT NULL),
                    (SELECT count(*) FROM lottery_notification
                     WHERE state = 'failed' AND create_date >
                        now() AT TIME ZONE 'UTC' - interval '1 day')"""
            )
        )
        late = overdue > HELD_LIMIT
        return {
            "ok": not late,
            "detail": "not passed on after quiet hours" if late else "passed on",
            "held": held,
            "failed_today": failed,
        }
