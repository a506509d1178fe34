import os

from odoo import api, models

from ...engine.ilms_client import Settings


class LotteryHealth(models.AbstractModel):
    _inherit = "lottery.health"

    @api.model
    def _health_checks(self):
        return {**super()._health_checks(), "ilms": self._check_ilms()}

    @api.model
    def _check_ilms(self):
        """The link to ILMS: ``up``, ``down`` or ``unset``.

        Always ``ok``: while ILMS is away orders wait here, and taking this node out of
        service would only stop the outlets from ordering.
        """
        try:
            Settings.from_environment(os.environ)
        except ValueError as error:
            return {"ok": True, "link": "unset", "detail": str(error)}
        if self.env["instant.order"]._is_ilms_up():
            return {"ok": True, "link": "up", "detail": "answers"}
        return {"ok": True, "link": "down", "detail": "orders wait for ILMS"}
