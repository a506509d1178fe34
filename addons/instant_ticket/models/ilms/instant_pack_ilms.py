from odoo import models


class InstantPack(models.Model):
    _inherit = "instant.pack"

    def _move_to(self, state, **options):
        """Lost, damaged and stolen packs are ILMS's business too."""
        result = super()._move_to(state, **options)
        if self and state in ("lost", "damaged", "stolen"):
            self.env["lottery.outbox.channel.ilms"]._ask_loss(self, state)
        return result
