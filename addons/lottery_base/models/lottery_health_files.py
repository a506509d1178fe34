import requests

from odoo import api, models

from ..tools.object_store import object_store


class LotteryHealth(models.AbstractModel):
    _inherit = "lottery.health"

    @api.model
    def _health_checks(self):
        """The object store answers, where there is one (PF-OPS-01, PF-OPS-03)."""
        checks = super()._health_checks()
        if store := object_store():
            try:
                store.has("health")
                checks["files"] = {"ok": True, "detail": "storage answers"}
            except requests.RequestException:
                checks["files"] = {"ok": False, "detail": "storage does not answer"}
        return checks
