from datetime import date

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine.period import Period, part_of


class LotteryReport(models.AbstractModel):
    """Every figure opens its records."""

    _inherit = "lottery.report"

    @api.model
    def open_records(self, options, key=None, before=False):
        """Return the action that lists the records of a figure.

        :param list key: the row's values of the dimensions; without it all records
        :param bool before: whether the figure is of the compared period
        """
        self._check_report_access()
        options = self._parse_options(options)
        period, today = self._make_period(options)
        way = None
        if before and options["comparison"]:
            period, way = period.shifted(options["comparison"], today)
        domain = self._get_domain(options) & self._get_period_domain(period)
        for code, value in zip(options["dimensions"], key or (), strict=False):
            domain &= self._get_key_domain(code, value, options, way)
        return {"name": self._get_title(), **self._report_open(domain)}

    def _get_key_domain(self, code, value, options, way):
        path = self._report_dimensions[code].path
        if not self._is_date(path):
            if value is None:
                return Domain(path, "=", False)
            return Domain(path, "in", [value])
        if not value:
            return Domain(path, "=", False)
        try:
            part = part_of(options["granularity"], date.fromisoformat(value))
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("The report has no such row.")) from error
        if way:
            part = Period(part.start - way, part.stop - way, part.step)
        return self._get_range_domain(path, part)
