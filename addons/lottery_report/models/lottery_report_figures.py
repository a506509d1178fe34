from odoo import api, models
from odoo.tools import SQL

from ..engine.period import label, parts
from ..engine.spec import AGGREGATES

MAX_ROWS = 1_000  # on the screen; a file has them all


class LotteryReport(models.AbstractModel):
    """The figures of a report: one statement, grouped, with totals and comparison."""

    _inherit = "lottery.report"

    @api.model
    @api.readonly
    def get_report(self, options):
        """Return the figures.

        :param dict options: ``period dimensions measures granularity comparison
            branch_id sort`` as `_parse_options` knows them
        :return: ``{"options", "period", "compared", "rows", "totals", "truncated", …}``;
            a row is ``{"key", "labels", "now", "before"}``, figures in the order of the
            measures, None where there is no data
        """
        self._check_report_access()
        options = self._parse_options(options)
        result = self._get_figures(options, MAX_ROWS + 1)
        rows = result["rows"]
        result["truncated"] = len(rows) > MAX_ROWS
        result["rows"] = rows[:MAX_ROWS]
        return result

    def _get_figures(self, options, limit=None):
        period, today = self._make_period(options)
        comparison = options["comparison"]
        before, way = period.shifted(comparison, today) if comparison else (None, None)
        query = self._get_figures_sql(options, period, before, way, limit)
        dimensions = options["dimensions"]
        rows, totals = [], None
        for is_total, *values in self.env.execute_query(query):
            key = values[: len(dimensions)]
            figures = values[len(dimensions) :]
            row = {"key": key, **self._split_figures(figures, options)}
            if is_total:
                totals = {**row, "key": []}
            else:
                rows.append(row)
        self._add_labels(rows, options)
        self._sort_rows(rows, options)
        return {
            "options": options,
            "title": self._get_title(),
            "period": self._describe_period(period),
            "compared": before and self._describe_period(before),
            "columns": self._get_column_labels(options),
            "rows": [self._to_json(row) for row in rows],
            "totals": totals and self._to_json(totals),
            "parts": self._get_parts(options, period),
            "overlap": self._overlaps(options),
        }

    def _describe_period(self, period):
        return [period.start.isoformat(), period.last.isoformat()]

    def _get_column_labels(self, options):
        return [
            self._spell(self._report_dimensions[code].label)
            for code in options["dimensions"]
        ]

    def _get_parts(self, options, period):
        """Names of all parts of the period, so that a chart shows empty ones."""
        code = options["dimensions"][0]
        if not self._is_date(self._report_dimensions[code].path):
            return False
        unit = options["granularity"]
        return [label(unit, day) for day in parts(period, unit)]

    # === SQL === #

    def _get_figures_sql(self, options, period, before, way, limit):
        domain = self._get_domain(options)
        dates = [
            f"d_{code}"
            for code, dimension in self._report_dimensions.items()
            if self._is_date(dimension.path)
        ]
        sources = [
            SQL(
                "SELECT *, TRUE AS is_now FROM (%s) s",
                self._report_source(period, domain),
            )
        ]
        if before:
            sources.append(
                SQL(
                    "SELECT %s, FALSE AS is_now FROM (%s) s",
                    self._get_shifted_columns(dates, way),
                    self._report_source(before, domain),
                )
            )
        keys = [
            self._get_key_sql(f"d_{code}", options, f"d_{code}" in dates)
            for code in options["dimensions"]
        ]
        figures = [
            figure
            for code in self._get_base_measures(options)
            for figure in self._get_measure_sql(code, bool(before))
        ]
        names = [SQL.identifier(f"k{n}") for n in range(len(keys))]
        rows = SQL(
            "SELECT *, %s FROM (%s) u",
            SQL(", ").join(
                SQL("%s AS %s", key, name)
                for key, name in zip(keys, names, strict=True)
            ),
            SQL(" UNION ALL ").join(sources),
        )
        group = self._get_linked_sql if self._overlaps(options) else self._group_rows
        return SQL(
            "%s ORDER BY is_total DESC, %s %s",
            group(options, rows, figures),
            self._get_order_sql(options, names),
            SQL("LIMIT %s", limit + 1) if limit else SQL(),
        )

    def _overlaps(self, options):
        """Whether a record may count in several rows."""
        return any(map(self._is_multi, options["dimensions"]))

    def _group_rows(self, options, rows, figures):
        """Return SELECT of the total and of the groups, in one pass over the rows."""
        keys = [SQL.identifier(f"k{n}") for n in range(len(options["dimensions"]))]
        return SQL(
            """SELECT GROUPING(%(keys)s) > 0 AS is_total, %(keys)s, %(figures)s
                 FROM (%(rows)s) source
             GROUP BY GROUPING SETS ((%(keys)s), ())""",
            keys=SQL(", ").join(keys),
            figures=SQL(", ").join(figures),
            rows=rows,
        )

    def _get_shifted_columns(self, dates, way):
        """Columns of the earlier rows, their dates moved to the present period."""
        names = [
            "row_id",
            "row_day",
            *(f"d_{code}" for code in self._report_dimensions),
        ]
        names += [
            f"m_{code}" for code, m in self._report_measures.items() if not m.ratio
        ]
        step = SQL(
            "make_interval(years => %s, months => %s, days => %s)",
            way.years,
            way.months,
            way.days,
        )
        return SQL(", ").join(
            SQL(
                "(%s + %s)::date AS %s",
                SQL.identifier(name),
                step,
                SQL.identifier(name),
            )
            if name in dates
            else SQL.identifier(name)
            for name in names
        )

    def _get_key_sql(self, name, options, is_date):
        value = SQL.identifier("u", name)
        if not is_date:
            return value
        unit = options["granularity"]
        if unit == "half":
            return SQL(
                """(date_trunc('year', %s) + CASE WHEN EXTRACT(MONTH FROM %s) > 6
                    THEN interval '6 months' ELSE interval '0' END)::date""",
                value,
                value,
            )
        return SQL("date_trunc(%s, %s)::date", unit, value)

    def _get_base_measures(self, options):
        """Codes of the aggregates needed, those below ratios included."""
        codes = []
        for code in options["measures"]:
            codes += self._report_measures[code].ratio or (code,)
        return list(dict.fromkeys(codes))

    def _get_measure_sql(self, code, compared):
        yield self._get_aggregate_sql(code, SQL("is_now"))
        if compared:
            yield self._get_aggregate_sql(code, SQL("NOT is_now"))

    def _get_aggregate_sql(self, code, condition):
        """An aggregate; what counts nothing is NULL: no data, not a zero."""
        aggregate = self._report_measures[code].aggregate
        column = SQL.identifier("source", f"m_{code}")
        figure = SQL(
            "%s FILTER (WHERE %s)", SQL(AGGREGATES[aggregate], column), condition
        )
        if aggregate in ("count", "count_distinct"):
            return SQL("NULLIF(%s, 0)", figure)
        return figure

    def _get_order_sql(self, options, names):
        """Order in SQL counts where rows are cut; the rest is sorted by label."""
        code, descending = options["sort"] or (None, False)
        measures = self._get_base_measures(options)
        if code in measures:
            position = measures.index(code) * (2 if options["comparison"] else 1)
            number = 2 + len(names) + position
            return SQL(
                "%s", SQL(f"{number} {'DESC' if descending else 'ASC'} NULLS LAST")
            )
        return SQL(", ").join(SQL("%s NULLS LAST", name) for name in names)

    # === ROWS === #

    def _split_figures(self, figures, options):
        codes = self._get_base_measures(options)
        step = 2 if options["comparison"] else 1
        now = dict(zip(codes, figures[::step], strict=True))
        before = dict(zip(codes, figures[1::step], strict=True)) if step == 2 else {}
        return {
            "now": [self._get_value(code, now) for code in options["measures"]],
            "before": [self._get_value(code, before) for code in options["measures"]]
            if step == 2
            else None,
        }

    def _get_value(self, code, figures):
        ratio = self._report_measures[code].ratio
        if not ratio:
            return _number(figures.get(code))
        above, below = (_number(figures.get(part)) for part in ratio)
        return above / below if above is not None and below else None

    def _add_labels(self, rows, options):
        for position, code in enumerate(options["dimensions"]):
            values = {row["key"][position] for row in rows}
            labels = self._get_labels(code, values, options)
            for row in rows:
                row.setdefault("labels", []).append(labels[row["key"][position]])

    def _get_labels(self, code, values, options):
        field = self._get_field(self._report_dimensions[code].path)
        none = self.env._("None")
        if field.type in ("date", "datetime"):
            unit = options["granularity"]
            return {day: label(unit, day) if day else none for day in values}
        if field.type in ("many2one", "many2many"):
            # names beside figures that the reader may see, as a list shows them
            records_sudo = (
                self.env[field.comodel_name].sudo().browse(filter(None, values))
            )
            names = {record.id: record.display_name for record in records_sudo}
            return {value: names.get(value, none) for value in values}
        if field.type == "selection":
            names = dict(field._description_selection(self.env))
            return {value: names.get(value, value or none) for value in values}
        if field.type == "boolean":
            words = {True: self.env._("Yes")}
            return {value: words.get(value, self.env._("No")) for value in values}
        return {value: none if value in (None, "") else str(value) for value in values}

    def _sort_rows(self, rows, options):
        code, descending = options["sort"] or (None, False)
        if code in options["measures"]:
            position = options["measures"].index(code)
            known = [row for row in rows if row["now"][position] is not None]
            known.sort(key=lambda row: row["now"][position], reverse=bool(descending))
            rows[:] = known + [row for row in rows if row["now"][position] is None]
            return
        first = (
            options["dimensions"].index(code) if code in options["dimensions"] else 0
        )
        rows.sort(key=lambda row: _label_key(row, first), reverse=bool(descending))

    def _to_json(self, row):
        return {
            **row,
            "key": [
                value.isoformat() if hasattr(value, "isoformat") else value
                for value in row["key"]
            ],
        }


def _number(value):
    if value is None or isinstance(value, int):
        return value
    number = float(value)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _label_key(row, first):
    labels = row["labels"]
    return [(row["key"][n] is None, labels[n]) for n in (first, *range(len(labels)))]
