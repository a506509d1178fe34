from odoo import api, models
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from odoo.addons.lottery_report.engine.spec import Dimension, Measure

from ..const import VOID_STATES

_lt = LazyTranslate(__name__)


class InstantOrderReport(models.AbstractModel):
    """Orders by day, unit, game and channel (PF-RPT-01), from the lines of orders."""

    _name = "instant.order.report"
    _inherit = ["lottery.report"]
    _description = "Ticket Orders"

    _report_name = _lt("Ticket Orders")
    _report_model = "instant.order.line"
    _report_date = "order_id.submitted_at"
    _report_dimensions = {
        "day": Dimension(_lt("Day"), "order_id.submitted_at"),
        "unit": Dimension(_lt("Unit"), "branch_id"),
        "game": Dimension(_lt("Game"), "game_id"),
        "face_value": Dimension(_lt("Face Value"), "game_id.face_value"),
        "channel": Dimension(_lt("Channel"), "order_id.channel"),
        "state": Dimension(_lt("State"), "order_id.state"),
        "outlet": Dimension(_lt("Outlet"), "order_id.outlet_id"),
        "specialist": Dimension(_lt("Specialist"), "order_id.specialist_id"),
    }
    _report_measures = {
        "amount": Measure(_lt("Amount (¥)"), "amount", kind="money"),
        "packs": Measure(_lt("Packs"), "quantity"),
        "orders": Measure(_lt("Orders"), "order_id", aggregate="count_distinct"),
        "average": Measure(
            _lt("Average Order (¥)"), ratio=("amount", "orders"), kind="money"
        ),
    }
    _report_options = {
        "period": {"kind": "month"},
        "dimensions": ["day"],
        "comparison": "previous",
    }

    @api.model
    def _report_domain(self):
        """Orders that were placed and stand."""
        return Domain("order_id.state", "not in", VOID_STATES)

    @api.model
    def _report_open(self, domain):
        """Figures of lines open their orders."""
        orders = Domain("line_ids", "any", domain)
        return {
            **super()._report_open(orders),
            "res_model": "instant.order",
        }
