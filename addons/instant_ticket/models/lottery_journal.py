from odoo import api, models

from ..const import ORDER_STATES


class LotteryJournal(models.Model):
    _inherit = "lottery.journal"

    @api.model
    def _get_event_names(self):
        """Name the events of orders (IT-DSK-03) in the words of their states."""
        states = self.env["instant.order"]._fields["state"]
        names = dict(states._description_selection(self.env))
        return {
            **super()._get_event_names(),
            **{
                f"order.{state}": self.env._("Order: %(state)s", state=names[state])
                for state, _label in ORDER_STATES
            },
            "order.call_ended": self.env._("Order: call ended"),
        }
