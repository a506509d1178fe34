from odoo import models
from odoo.tools.translate import LazyTranslate

from odoo.addons.lottery_report.engine.spec import Dimension, Measure

_lt = LazyTranslate(__name__)


class LotteryLogMenuReport(models.AbstractModel):
    """How often menus are opened and how long people stay (PF-AUD-01, PF-RPT-01)."""

    _name = "lottery.log.menu.report"
    _inherit = ["lottery.report"]
    _description = "Use of Menus"

    _report_name = _lt("Use of Menus")
    _report_model = "lottery.log.menu"
    _report_date = "created_at"
    _report_dimensions = {
        "menu": Dimension(_lt("Menu"), "menu_id"),
        "role": Dimension(_lt("Role"), "role_id"),
        "unit": Dimension(_lt("Unit"), "branch_id"),
        "user": Dimension(_lt("User"), "user_id"),
        "day": Dimension(_lt("Day"), "created_at"),
    }
    _report_measures = {
        "opens": Measure(_lt("Times Opened"), "opens"),
        "time": Measure(_lt("Time Used"), "seconds", kind="duration"),
        "stay": Measure(_lt("Time Each"), ratio=("time", "opens"), kind="duration"),
        "users": Measure(_lt("Users"), "user_id", aggregate="count_distinct"),
    }
    _report_options = {
        "period": {"kind": "day", "count": 30},
        "dimensions": ["menu"],
        "sort": ["opens", True],
    }
