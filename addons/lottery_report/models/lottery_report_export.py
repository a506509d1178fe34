from odoo import api, models
from odoo.tools import SQL

from ..engine.spec import Column


class Total(tuple):
    """A row that sums up the others."""

    is_total = True


class LotteryReport(models.AbstractModel):
    """A report as a file: its figures, or the records below them."""

    _inherit = "lottery.report"

    @api.model
    def start_export(self, options, detail=False):
        """Make an XLSX file; see `lottery.export.job._start`.

        :param bool detail: the records instead of the figures
        """
        self._check_report_access()
        params = {"options": self._parse_options(options), "detail": bool(detail)}
        return self.env["lottery.export.job"]._start(self._name, params)

    @api.model
    def start_print(self, options):
        """Note that the figures leave the system on paper or as PDF (PF-AUD-01).

        The browser prints what is on the screen; the right to do so is that of files.
        """
        self._check_report_access()
        params = {"options": self._parse_options(options), "detail": False}
        self._check_export(params)
        self._log_export(
            params, len(self._get_figures(params["options"])["rows"]), "pdf"
        )
        return True

    # === PRODUCER === #

    def _export_title(self, params):
        title = self._get_title()
        if params["detail"]:
            return self.env._("%(report)s, details", report=title)
        return title

    def _export_notes(self, params):
        options = params["options"]
        period, today = self._make_period(options)
        notes = [
            self.env._(
                "Period: %(first)s to %(last)s", first=period.start, last=period.last
            )
        ]
        if options["comparison"] and not params["detail"]:
            before, _way = period.shifted(options["comparison"], today)
            notes.append(
                self.env._(
                    "Compared with: %(first)s to %(last)s",
                    first=before.start,
                    last=before.last,
                )
            )
        if options["branch_id"]:
            unit = self.env["lottery.branch"].browse(options["branch_id"])
            notes.append(self.env._("Unit: %(unit)s", unit=unit.display_name))
        if not params["detail"] and self._overlaps(options):
            notes.append(
                self.env._(
                    "What has several values counts in the row of each; the total "
                    "counts it once."
                )
            )
        return notes

    def _export_source(self, params):
        period, _today = self._make_period(params["options"])
        domain = self._get_domain(params["options"]) & self._get_period_domain(period)
        return self._report_model, list(domain)

    def _export_paths(self, params):
        if params["detail"]:
            specs = [
                *self._report_dimensions.values(),
                *self._get_detail_measures().values(),
            ]
        else:
            options = params["options"]
            specs = [self._report_dimensions[code] for code in options["dimensions"]]
            measures = self._get_base_measures(options)
            specs += [self._report_measures[code] for code in measures]
        return [spec.path.replace(".", "/") for spec in specs]

    def _may_export(self, options):
        """Whether the screen offers files of the figures."""
        paths = self._export_paths({"options": options, "detail": False})
        return not self.env[self._report_model]._get_unexportable(paths)

    def _export_columns(self, params):
        if params["detail"]:
            return self._get_detail_columns()
        options = params["options"]
        columns = [Column(name) for name in self._get_column_labels(options)]
        for code in options["measures"]:
            measure = self._report_measures[code]
            name = self._spell(measure.label)
            columns.append(Column(name, measure.kind))
            if options["comparison"]:
                columns += [
                    Column(self.env._("%(name)s, before", name=name), measure.kind),
                    Column(self.env._("%(name)s, change", name=name), measure.kind),
                    Column(self.env._("%(name)s, change %%", name=name), "percent"),
                ]
        return columns

    def _export_count(self, params):
        options = params["options"]
        if not params["detail"]:
            return len(self._get_figures(options)["rows"])
        source = self._get_detail_sql(options)
        [(count,)] = self.env.execute_query(SQL("SELECT count(*) FROM (%s) s", source))
        return count

    def _produce_rows(self, params):
        if params["detail"]:
            yield from self._get_detail_rows(params["options"])
            return
        result = self._get_figures(params["options"])
        for row in result["rows"]:
            yield (*row["labels"], *self._get_cells(row))
        if result["totals"]:
            blanks = [""] * (len(result["columns"]) - 1)
            cells = self._get_cells(result["totals"])
            yield Total((self.env._("Total"), *blanks, *cells))

    @staticmethod
    def _get_cells(row):
        if row["before"] is None:
            return row["now"]
        cells = []
        for now, before in zip(row["now"], row["before"], strict=True):
            both = now is not None and before is not None
            change = now - before if both else None
            cells += [
                now,
                before,
                change,
                change / abs(before) if both and before else None,
            ]
        return cells

    # === DETAILS === #

    def _get_detail_sql(self, options):
        period, _today = self._make_period(options)
        return self._report_source(period, self._get_domain(options))

    def _get_detail_columns(self):
        columns = [Column(self.env._("Day"), "date")]
        for dimension in self._report_dimensions.values():
            kind = "date" if self._is_date(dimension.path) else "text"
            columns.append(Column(self._spell(dimension.label), kind))
        columns += [
            Column(self._spell(measure.label), measure.kind)
            for measure in self._get_detail_measures().values()
        ]
        return columns

    def _get_detail_measures(self):
        """Measures that a single record has: not counts and ratios."""
        return {
            code: measure
            for code, measure in self._report_measures.items()
            if not measure.ratio and not measure.aggregate.startswith("count")
        }

    def _get_detail_rows(self, options):
        codes = list(self._report_dimensions)
        columns = [
            SQL.identifier("row_day"),
            *(
                self._get_linked_names_sql(code)
                if self._is_multi(code)
                else SQL.identifier(f"d_{code}")
                for code in codes
            ),
            *(SQL.identifier(f"m_{code}") for code in self._get_detail_measures()),
        ]
        query = SQL(
            "SELECT %s FROM (%s) s ORDER BY row_day, row_id",
            SQL(", ").join(columns),
            self._get_detail_sql(options),
        )
        labels = [_Labels(self, code) for code in codes]
        for day, *values in self._stream(query):
            named = [
                label.name(value) for label, value in zip(labels, values, strict=False)
            ]
            figures = (
                value if value is None or isinstance(value, int) else float(value)
                for value in values[len(codes) :]
            )
            yield (day, *named, *figures)


class _Labels(dict):
    """Names of a dimension's values, each looked up once; days stay days."""

    def __init__(self, report, code):
        super().__init__()
        self._report, self._code = report, code
        self._plain = report._is_date(report._report_dimensions[code].path)

    def name(self, value):
        """Return the name of a value, of several ones in a row."""
        if isinstance(value, list):
            return ", ".join(self[part] for part in value)
        return self[value]

    def __missing__(self, value):
        if self._plain:
            return value
        found = self._report._get_labels(self._code, {value}, {})
        self[value] = found[value]
        return self[value]
