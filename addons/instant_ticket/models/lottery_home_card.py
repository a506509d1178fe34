from odoo import api, models
from odoo.fields import Domain

from odoo.addons.lottery_reconcile.const import OPEN_STATES
from odoo.addons.lottery_workbench.engine.home import HomeCard, HomeChart

from ..const import VOID_STATES

LEADERS = ("lottery_base.group_centre_leader", "lottery_base.group_branch_head")
DESK = ("lottery_base.group_order_desk", *LEADERS)
ORDER_ACTION = "instant_ticket.instant_order_action"
DELIVERY_ACTION = "instant_ticket.instant_order_action_delivery"


class LotteryHomeCard(models.AbstractModel):
    """Orders, delivery and stock on the home page (PF-WRK-03)."""

    _inherit = "lottery.home.card"

    @api.model
    def _get_home_cards(self):
        return [
            *super()._get_home_cards(),
            *self._get_order_cards(),
            *self._get_trouble_cards(),
        ]

    @api.model
    def _get_order_cards(self):
        return [
            HomeCard(
                "instant_ticket.ordered_today",
                self.env._("Ordered today"),
                "instant.order",
                Domain("submitted_at", ">=", "today")
                & Domain("state", "not in", VOID_STATES),
                roles=DESK,
                measure="amount:sum",
                unit=self.env._("yuan"),
                action=ORDER_ACTION,
                icon="fa-shopping-cart",
            ),
            HomeCard(
                "instant_ticket.to_pick",
                self.env._("Orders to pick"),
                "instant.order",
                Domain("state", "in", ("locked", "picking")),
                tone="wait",
                action=ORDER_ACTION,
                icon="fa-cubes",
            ),
            HomeCard(
                "instant_ticket.in_delivery",
                self.env._("In delivery"),
                "instant.order",
                Domain("state", "=", "shipped"),
                action=DELIVERY_ACTION,
                icon="fa-truck",
            ),
            HomeCard(
                "instant_ticket.overdue",
                self.env._("Delivery overdue"),
                "instant.order",
                Domain("sla_state", "=", "overdue"),
                tone="bad",
                action=DELIVERY_ACTION,
                icon="fa-clock-o",
            ),
        ]

    @api.model
    def _get_trouble_cards(self):
        return [
            HomeCard(
                "instant_ticket.exceptions",
                self.env._("Orders stopped"),
                "instant.order",
                Domain("state", "=", "exception"),
                roles=DESK,
                tone="bad",
                action=ORDER_ACTION,
                icon="fa-exclamation-triangle",
            ),
            HomeCard(
                "instant_ticket.claims",
                self.env._("Complaints to handle"),
                "instant.order.claim",
                Domain("state", "=", "new"),
                roles=(*DESK, "lottery_base.group_specialist"),
                tone="wait",
                action="instant_ticket.instant_order_claim_action",
                icon="fa-comment-o",
            ),
            HomeCard(
                "instant_ticket.sold_out",
                self.env._("Games out of stock"),
                "instant.availability",
                Domain("available", "<=", 0) & Domain("game_id.state", "=", "on_sale"),
                roles=("lottery_base.group_warehouse_keeper", *DESK),
                tone="bad",
                action="instant_ticket.instant_availability_action",
                icon="fa-archive",
            ),
            HomeCard(
                "instant_ticket.differences",
                self.env._("Differences in my hands"),
                "lottery.reconcile.difference",
                Domain("user_id", "=", self.env.uid)
                & Domain("state", "in", OPEN_STATES),
                tone="wait",
                action="lottery_reconcile.lottery_reconcile_difference_action",
                icon="fa-exchange",
            ),
        ]

    @api.model
    def _get_home_charts(self):
        return [
            *super()._get_home_charts(),
            HomeChart(
                "instant_ticket.orders_by_day",
                self.env._("Orders of 30 days"),
                "instant.order",
                "submitted_at:day",
                Domain("state", "not in", VOID_STATES),
                days=30,
                action=ORDER_ACTION,
            ),
            HomeChart(
                "instant_ticket.open_by_state",
                self.env._("Open orders by state"),
                "instant.order",
                "state",
                Domain(
                    "state",
                    "in",
                    ("submitted", "locked", "picking", "shipped", "exception"),
                ),
                kind="doughnut",
                action=ORDER_ACTION,
            ),
            HomeChart(
                "instant_ticket.amount_by_unit",
                self.env._("Ordered in 30 days by unit"),
                "instant.order",
                "branch_id",
                Domain("submitted_at", ">=", "-30d")
                & Domain("state", "not in", VOID_STATES),
                roles=LEADERS,
                measure="amount:sum",
                unit=self.env._("yuan"),
                action=ORDER_ACTION,
            ),
        ]
