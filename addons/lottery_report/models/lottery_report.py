from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..engine.period import COMPARISONS, UNITS, PeriodError, make_period

_lt = LazyTranslate(__name__)

TIMEZONE = "Asia/Shanghai"
MAX_DIMENSIONS = 2
UNIT_LABELS = {
    "day": _lt("Day"),
    "week": _lt("Week"),
    "month": _lt("Month"),
    "quarter": _lt("Quarter"),
    "half": _lt("Half-year"),
    "year": _lt("Year"),
}


class LotteryReport(models.AbstractModel):
    """Frame of a report (PF-RPT-01).

    A report is an abstract model that inherits this and says what it is::

        _report_name = _lt("Ticket Orders")
        _report_model = "instant.order.line"       # its records are counted
        _report_date = "order_id.submitted_at"     # what the period is of
        _report_branch = "branch_id"
        _report_dimensions = {"game": Dimension(_lt("Game"), "game_id"), …}
        _report_measures = {"amount": Measure(_lt("Amount"), "amount", kind="money"), …}

    plus a record of `lottery.report.definition`. Paths go through many2one fields. The
    source is searched as the reader, so that record rules, field groups and the unit
    tree hold. Figures of joined records need a source of their own:
    `_report_source`.
    """

    _name = "lottery.report"
    _inherit = ["lottery.export.producer"]
    _description = "Report"

    _report_name = None
    _report_model = None
    _report_date = "create_date"
    _report_branch = "branch_id"
    _report_dimensions = {}
    _report_measures = {}
    # What the report opens with, where the definition says nothing.
    _report_options = {}

    @api.model
    def _spell(self, text):
        """Return a lazy text of a report's declaration in the reader's language."""
        translate = self.env._
        return translate(text)

    # === HOOKS === #

    @api.model
    def _report_domain(self):
        """Return the domain of the records that the report is about."""
        return Domain.TRUE

    @api.model
    def _report_source(self, period, domain):
        """Return the rows that are grouped, as a SELECT.

        :param period: `engine.period.Period`
        :param domain: of the unit and of `_report_domain`
        :return: SELECT of ``row_id``, ``row_day`` (of the period), the dimensions as
            ``d_<code>`` and the measured fields as ``m_<code>``, in the order of their
            declaration; rules of the reader applied. A many2many dimension is the id
            of the record that has the links
        """
        model = self.env[self._report_model].with_context(active_test=False)
        query = model._search(domain & self._get_period_domain(period))
        table = model._table
        columns = [
            SQL("%s AS row_id", SQL.identifier(table, "id")),
            SQL("%s AS row_day", self._path_to_sql(model, query, self._report_date)),
        ]
        for code, dimension in self._report_dimensions.items():
            value = self._path_to_sql(model, query, dimension.path)
            columns.append(SQL("%s AS %s", value, SQL.identifier(f"d_{code}")))
        for code, measure in self._report_measures.items():
            if not measure.ratio:
                value = self._path_to_sql(model, query, measure.path)
                columns.append(SQL("%s AS %s", value, SQL.identifier(f"m_{code}")))
        return query.select(*columns)

    @api.model
    def _report_open(self, domain):
        """Return the action that lists the records behind a figure."""
        return {
            "type": "ir.actions.act_window",
            "res_model": self._report_model,
            "views": [(False, "list"), (False, "form")],
            "domain": list(domain),
            "context": {"active_test": False},
        }

    # === SETUP === #

    @api.model
    def get_setup(self):
        """Return what the screen needs to offer its choices."""
        definition = self._check_report_access()
        own = self.env["lottery.report.favourite"].search(
            [("report", "=", self._name), ("user_id", "=", self.env.uid)]
        )
        default = own.filtered("is_default")[:1]
        options = {**self._report_options, **(definition.options or {})}
        options = self._parse_options(
            default.options if default else options, strict=False
        )
        return {
            "title": self._get_title(),
            "description": definition.description or "",
            "dimensions": [
                {
                    "code": code,
                    "label": self._spell(dimension.label),
                    "date": self._is_date(dimension.path),
                }
                for code, dimension in self._report_dimensions.items()
            ],
            "measures": [
                {
                    "code": code,
                    "label": self._spell(measure.label),
                    "kind": measure.kind,
                }
                for code, measure in self._report_measures.items()
            ],
            "units": [
                [unit, self._spell(label)] for unit, label in UNIT_LABELS.items()
            ],
            "options": options,
            "favourites": own.read(["name", "options", "is_default"]),
            "can_export": self._may_export(options),
        }

    def _get_title(self):
        return self._get_definition().name or self._spell(self._report_name)

    def _get_definition(self):
        # whether the reader may see it is judged by its roles, just after
        definitions_sudo = self.env["lottery.report.definition"].sudo()
        return definitions_sudo.search([("report", "=", self._name)], limit=1)

    def _check_report_access(self):
        """Refuse who has not one of the report's roles.

        The records below have their own rights; they are searched as the reader.
        """
        definition = self._get_definition()
        if not definition or (
            definition.group_ids
            and not definition.group_ids & self.env.user.all_group_ids
        ):
            raise AccessError(self.env._("Your role may not open this report."))
        self.env[self._report_model].check_access("read")
        return definition

    # === OPTIONS === #

    @api.model
    def _parse_options(self, options, strict=True):
        """Return the options with defaults, all of them known and of their type.

        :param strict: whether what is wrong is refused; else its default is taken
        """
        options = options if isinstance(options, dict) else {}
        dimensions = self._choose(
            options.get("dimensions"), self._report_dimensions, strict
        )
        measures = self._choose(options.get("measures"), self._report_measures, strict)
        period = options.get("period")
        parsed = {
            "period": period if isinstance(period, dict) else {"kind": "month"},
            "dimensions": (dimensions or list(self._report_dimensions)[:1])[
                :MAX_DIMENSIONS
            ],
            "measures": measures or list(self._report_measures),
            "granularity": options.get("granularity") or "day",
            "comparison": options.get("comparison") or False,
            "branch_id": options.get("branch_id") or False,
            "sort": options.get("sort") or False,
            "chart": options.get("chart") or "auto",
        }
        wrong = (
            parsed["granularity"] not in UNITS
            or parsed["comparison"] not in (False, *COMPARISONS)
            or not isinstance(parsed["branch_id"], int)
            or not self._is_sort(parsed["sort"])
        )
        if wrong and strict:
            raise UserError(self.env._("The report has no such option."))
        if wrong:
            parsed |= {"granularity": "day", "comparison": False, "sort": False}
        return parsed

    def _choose(self, codes, known, strict):
        codes = codes if isinstance(codes, list) else []
        if strict and (unknown := [code for code in codes if code not in known]):
            raise UserError(
                self.env._("The report has no “%(code)s”.", code=unknown[0])
            )
        return [code for code in dict.fromkeys(codes) if code in known]

    def _is_sort(self, sort):
        known = (*self._report_dimensions, *self._report_measures)
        return not sort or (
            isinstance(sort, list) and len(sort) == 2 and sort[0] in known
        )

    def _make_period(self, options):
        today = fields.Date.context_today(self.with_context(tz=self._get_tz()))
        try:
            return make_period(options["period"], today), today
        except PeriodError as error:
            words = {
                "missing": self.env._("Period: choose the first and the last day."),
                "order": self.env._("Period: the last day lies before the first."),
            }
            raise UserError(
                words.get(error.code) or self.env._("Period: unknown.")
            ) from error

    def _get_domain(self, options):
        domain = Domain(self._report_domain())
        if options["branch_id"] and self._report_branch:
            domain &= Domain(self._report_branch, "child_of", options["branch_id"])
        return domain

    # === SQL === #

    def _get_tz(self):
        return self.env.user.tz or TIMEZONE

    def _get_field(self, path):
        """Return the field at the end of a path."""
        model = self.env[self._report_model]
        *links, name = path.split(".")
        for link in links:
            model = self.env[model._fields[link].comodel_name]
        return model._fields[name]

    def _is_date(self, path):
        return self._get_field(path).type in ("date", "datetime")

    def _path_to_sql(self, model, query, path):
        """Return the SQL of a field, joined along many2one fields; dates as days."""
        alias = model._table
        *links, name = path.split(".")
        for link in links:
            model, alias = model._fields[link].join(model, alias, query)
            model.check_access("read")
        field = model._fields[name]
        if field.type == "many2many":
            model._check_field_access(field, "read")
            return SQL.identifier(alias, "id")  # see `_get_links_sql`
        value = model._field_to_sql(alias, name, query)
        if field.type == "datetime":
            return SQL(
                "(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", value, self._get_tz()
            )
        if field.translate:
            return SQL("COALESCE(%s->>%s, %s->>'en_US')", value, self.env.lang, value)
        return value

    def _get_period_domain(self, period):
        """Return the domain of the records of a period."""
        return self._get_range_domain(self._report_date, period)

    def _get_range_domain(self, path, period):
        """Return the domain of a date within a period, by days of the reader's clock."""
        start, stop = period.start, period.stop
        if self._get_field(path).type == "datetime":
            zone = ZoneInfo(self._get_tz())
            start, stop = (
                datetime.combine(day, time(), zone).astimezone(UTC).replace(tzinfo=None)
                for day in (start, stop)
            )
        return Domain(path, ">=", start) & Domain(path, "<", stop)
