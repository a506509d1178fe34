from odoo import api, models

from ..engine import secret


class LotteryHealth(models.AbstractModel):
    _inherit = "lottery.health"

    @api.model
    def _health_checks(self):
        checks = super()._health_checks()
        checks["sms"] = self._check_sms()
        checks["otp"] = self._check_otp()
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
