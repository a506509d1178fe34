from odoo import models
from odoo.tools.translate import LazyTranslate

from odoo.addons.lottery_report.engine.spec import Dimension, Measure

_lt = LazyTranslate(__name__)


class LotteryLogLoginReport(models.AbstractModel):
    """Logins, failures and locks by day, result and unit (PF-AUD-01, PF-RPT-01)."""

    _name = "lottery.log.login.report"
    _inherit = ["lottery.report"]
    _description = "Logins"

    _report_name = _lt("Logins")
    _report_model = "lottery.log.login"
    _report_date = "created_at"
    _report_dimensions = {
        "day": Dimension(_lt("Day"), "created_at"),
        "result": Dimension(_lt("Result"), "result"),
        "kind": Dimension(_lt("Kind"), "kind"),
        "unit": Dimension(_lt("Unit"), "branch_id"),
        "user": Dimension(_lt("User"), "user_id"),
        "address": Dimension(_lt("Address"), "address"),
        "platform": Dimension(_lt("Device"), "platform"),
    }
    _report_measures = {
        "entries": Measure(_lt("Logins and Tries"), aggregate="count"),
        "users": Measure(_lt("Users"), "user_id", aggregate="count_distinct"),
        "addresses": Measure(_lt("Addresses"), "address", aggregate="count_distinct"),
    }
    _report_options = {
        "period": {"kind": "day", "count": 30},
        "dimensions": ["day", "result"],
    }
