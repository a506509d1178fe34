from odoo import api, models
from odoo.fields import Domain

from odoo.addons.lottery_workbench.engine.home import HomeCard, HomeChart


class LotteryHomeCard(models.AbstractModel):
    """Outlets on the home page (PF-WRK-03)."""

    _inherit = "lottery.home.card"

    @api.model
    def _get_home_cards(self):
        return [
            *super()._get_home_cards(),
            HomeCard(
                "outlet_channel.active",
                self.env._("Outlets in business"),
                "lottery.outlet",
                Domain("state", "=", "active"),
                tone="ok",
                action="outlet_channel.lottery_outlet_action",
                icon="fa-home",
            ),
            HomeCard(
                "outlet_channel.papers",
                self.env._("Papers expired or expiring"),
                "lottery.outlet",
                Domain("state", "in", ("opening", "active", "suspended"))
                & Domain("papers_state", "in", ("expiring", "expired")),
                roles=(
                    "lottery_base.group_branch_admin",
                    "lottery_base.group_branch_head",
                    "lottery_base.group_specialist",
                ),
                tone="wait",
                action="outlet_channel.lottery_outlet_action",
                icon="fa-id-card-o",
            ),
        ]

    @api.model
    def _get_home_charts(self):
        return [
            *super()._get_home_charts(),
            HomeChart(
                "outlet_channel.by_state",
                self.env._("Outlets by state"),
                "lottery.outlet",
                "state",
                kind="doughnut",
                action="outlet_channel.lottery_outlet_action",
            ),
        ]
