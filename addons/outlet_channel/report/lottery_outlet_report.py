from odoo import models
from odoo.tools.translate import LazyTranslate

from odoo.addons.lottery_report.engine.spec import Dimension, Measure

_lt = LazyTranslate(__name__)


class LotteryOutletReport(models.AbstractModel):
    """Outlets by unit, kind and state, of those opened in a period (PF-RPT-01)."""

    _name = "lottery.outlet.report"
    _inherit = ["lottery.report"]
    _description = "Outlets Opened"

    _report_name = _lt("Outlets Opened")
    _report_model = "lottery.outlet"
    _report_date = "opened_on"
    _report_dimensions = {
        "unit": Dimension(_lt("Unit"), "branch_id"),
        "county": Dimension(_lt("County"), "county"),
        "kind": Dimension(_lt("Kind"), "kind"),
        "state": Dimension(_lt("State"), "state"),
        "specialist": Dimension(_lt("Specialist"), "specialist_id"),
        "opened": Dimension(_lt("Opened On"), "opened_on"),
    }
    _report_measures = {
        "outlets": Measure(_lt("Outlets"), aggregate="count"),
        "deposit": Measure(_lt("Deposits (¥)"), "deposit", kind="money"),
        "distance": Measure(
            _lt("Average Distance (km)"), "distance_km", aggregate="avg", kind="float"
        ),
    }
    _report_options = {
        "period": {"kind": "year"},
        "dimensions": ["unit", "kind"],
        "granularity": "month",
        "comparison": "year",
    }
