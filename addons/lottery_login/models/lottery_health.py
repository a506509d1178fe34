from odoo import api, models

# So many locked people at once are no coincidence.
ATTACK_LIMIT = 20


class LotteryHealth(models.AbstractModel):
    _inherit = "lottery.health"

    @api.model
    def _health_checks(self):
        return super()._health_checks() | {"logins": self._check_logins()}

    def _check_logins(self):
        """Somebody tries passwords, or locks people out (PF-SEC-05)."""
        attempts_sudo = self.env["lottery.login.attempt"].sudo()  # a number only
        locked = attempts_sudo.search(
            [("is_locked", "=", True), ("user_id", "!=", False)]
        )
        count = len(locked.user_id)
        return {
            "ok": count < ATTACK_LIMIT,
            "detail": f"{count} accounts locked",
            "locked": count,
        }
