from odoo import models
from odoo.tools.translate import LazyTranslate

from odoo.addons.lottery_report.engine.spec import Dimension, Measure

_lt = LazyTranslate(__name__)


class LotterySmsReport(models.AbstractModel):
    """Short messages by day, purpose, provider and state (PF-RPT-01)."""

    _name = "lottery.sms.report"
    _inherit = ["lottery.report"]
    _description = "Short Messages"

    _report_name = _lt("Short Messages")
    _report_model = "lottery.sms.message"
    _report_dimensions = {
        "day": Dimension(_lt("Day"), "create_date"),
        "purpose": Dimension(_lt("Purpose"), "purpose"),
        "provider": Dimension(_lt("Provider"), "provider_id"),
        "state": Dimension(_lt("State"), "state"),
        "failure": Dimension(_lt("Failure"), "failure"),
        "unit": Dimension(_lt("Unit"), "branch_id"),
    }
    _report_measures = {
        "messages": Measure(_lt("Messages"), aggregate="count"),
        "parts": Measure(_lt("Billed Parts"), "parts"),
    }
    _report_options = {"period": {"kind": "day", "count": 30}, "dimensions": ["day"]}
