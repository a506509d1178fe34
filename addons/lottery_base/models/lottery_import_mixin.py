import base64
from itertools import islice

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.columns import CellError, Column
from ..engine.tabular import TableError, read_table
from ..tools.progress import progress

# What a person works through on a screen; the rest is counted.
MAX_FAULTS_KEPT = 2_000
BATCH = 1_000


class LotteryImportMixin(models.AbstractModel):
    """Import of a table with a dry run (PF-ORG-03).

    *Check* reads the whole file and names row, column, value and reason of every
    fault; *Import* writes all rows, and none while there is one fault.

    A concrete wizard is a transient model that inherits this and defines
    `_import_columns` and `_import_write`, and `_import_check` where rows are judged
    against records. Rows pass through generators: a hook that keeps only what it must
    (a set of keys) reads 100,000 rows in constant memory.
    """

    _name = "lottery.import.mixin"
    _description = "Import"

    file = fields.Binary(attachment=False)
    filename = fields.Char()
    state = fields.Selection(
        selection=[
            ("draft", "File"),
            ("faulty", "Faults"),
            ("ready", "Checked"),
            ("done", "Imported"),
        ],
        default="draft",
        readonly=True,
    )
    row_count = fields.Integer(string="Rows", readonly=True)
    fault_count = fields.Integer(string="Number of Faults", readonly=True)
    created_count = fields.Integer(string="Created", readonly=True)
    updated_count = fields.Integer(string="Updated", readonly=True)
    fault_ids = fields.One2many(
        comodel_name="lottery.import.fault",
        inverse_name="res_id",
        string="Faults",
        readonly=True,
    )

    def write(self, vals):
        if "file" in vals:
            # the check belongs to the file it was made of
            vals = {**vals, "state": "draft", "row_count": 0, "fault_count": 0}
            self.fault_ids.unlink()
        return super().write(vals)

    # === HOOKS === #

    @api.model
    def _import_columns(self):
        """Return the list of `engine.columns.Column` of the file."""
        raise NotImplementedError

    def _import_check(self, rows):
        """Judge rows against the database and against each other; write nothing.

        :param rows: iterator of ``(row_number, values)``, ``values`` keyed by column
            name and parsed; rows with a fault of their own are not in it. It must be
            read to its end.
        :return: iterable of ``(row_number, column_name, value, reason)``.
        """
        for _row in rows:
            pass
        return ()

    def _import_write(self, rows):
        """Write the rows. Called with a file that has just passed the check.

        :param rows: iterator as above.
        :return: ``{"created": int, "updated": int}``.
        """
        raise NotImplementedError

    @api.model
    def _coordinate_columns(self):
        """Return the columns of a place's coordinates in degrees (WGS 84)."""
        return [
            Column(
                "latitude",
                self.env._("Latitude"),
                type="float",
                minimum=-90,
                maximum=90,
                example="43.8256",
            ),
            Column(
                "longitude",
                self.env._("Longitude"),
                type="float",
                minimum=-180,
                maximum=180,
                example="87.6168",
            ),
        ]

    # === ACTIONS === #

    def action_check(self):
        """Dry run; leaves the wizard ``ready`` or ``faulty``."""
        self.ensure_one()
        self._check_import_access()
        self._run_check()
        return self._reopen()

    def action_import(self):
        """Check again and write everything, or show the faults and write nothing."""
        self.ensure_one()
        self._check_import_access()
        if self.state == "done":
            raise UserError(self.env._("This file has been imported already."))
        self._run_check()
        if self.state == "ready":
            with progress(
                self.env, self.env._("Importing rows"), self.row_count
            ) as bar:
                counts = self._import_write(
                    bar.each(self._parsed_rows(lambda *fault: None))
                )
            self.write(
                {
                    "state": "done",
                    "created_count": counts.get("created", 0),
                    "updated_count": counts.get("updated", 0),
                }
            )
        return self._reopen()

    def action_template(self):
        """Download an empty file with the right headers."""
        return {
            "type": "ir.actions.act_url",
            "url": f"/lottery/import/{self._name}/template.xlsx",
            "target": "download",
        }

    def action_export_faults(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/lottery/import/{self._name}/{self.id}/faults.xlsx",
            "target": "download",
        }

    # === WORK === #

    def _check_import_access(self):
        self.check_access("write")

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Import"),
        }

    def _run_check(self):
        self.fault_ids.unlink()
        kept = []
        count = 0

        def report(row, column, value, reason):
            nonlocal count
            count += 1
            if len(kept) < MAX_FAULTS_KEPT:
                kept.append((row, column, value, reason))

        counter = _Counter()
        labels = {column.name: column.label for column in self._import_columns()}
        with progress(self.env, self.env._("Checking rows")) as bar:
            rows = bar.each(self._parsed_rows(report, counter))
            for row, name, value, reason in self._import_check(rows):
                report(row, labels.get(name, name), value, reason)
            for _row in rows:  # whatever the hook left unread has its own faults
                pass
        if not count and not counter.total:
            report(1, "", "", self.env._("The file has no row below the header."))
        self._store_faults(kept)
        self.write(
            {
                "state": "faulty" if count else "ready",
                "row_count": counter.total,
                "fault_count": count,
            }
        )

    def _store_faults(self, faults):
        self.env["lottery.import.fault"].create(
            [
                {
                    "res_model": self._name,
                    "res_id": self.id,
                    "row": row,
                    "column": column,
                    "value": str(value if value is not None else "")[:200],
                    "reason": reason,
                }
                for row, column, value, reason in sorted(
                    faults, key=lambda fault: fault[0]
                )
            ]
        )

    def _parsed_rows(self, report, counter=None):
        """Yield ``(row_number, values)`` of rows without faults; report the others."""
        columns = self._import_columns()
        by_header = None
        raw_rows = self._raw_rows()
        for number, cells in counter.count(raw_rows) if counter else raw_rows:
            if by_header is None:
                by_header = self._match_headers(columns, cells)
            values = {}
            clean = True
            for column in columns:
                raw = cells.get(by_header.get(column.name))
                try:
                    values[column.name] = column.parse(raw)
                except CellError as error:
                    clean = False
                    report(number, column.label, raw, self._cell_reason(error))
            if clean:
                yield number, values

    def _raw_rows(self):
        content = self.with_context(bin_size=False).file
        if not content:
            raise UserError(self.env._("Choose a file first."))
        try:
            yield from read_table(base64.b64decode(content), self.filename)
        except TableError as error:
            raise UserError(self._table_reason(error)) from error

    def _match_headers(self, columns, cells):
        """Return ``{column name: header in the file}``; refuse if one is missing."""
        matched = {}
        for column in columns:
            for header in (column.label, column.name, *column.aliases):
                if header in cells:
                    matched[column.name] = header
                    break
        missing = [
            column.label
            for column in columns
            if column.required and column.name not in matched
        ]
        if missing:
            raise UserError(
                self.env._(
                    "The file lacks the columns %(columns)s. Its first row must hold "
                    "the headers of the template.",
                    columns=", ".join(missing),
                )
            )
        return matched

    @staticmethod
    def _import_batches(rows, size=BATCH):
        """Yield lists of at most ``size`` rows."""
        rows = iter(rows)
        while batch := list(islice(rows, size)):
            yield batch

    # === WORDS === #

    def _cell_reason(self, error):
        details = error.details
        match error.code:
            case "required":
                return self.env._("must be filled")
            case "too_long":
                return self.env._(
                    "longer than %(limit)s characters", limit=details["limit"]
                )
            case "not_a_number":
                return self.env._("not a number")
            case "not_whole":
                return self.env._("not a whole number")
            case "too_small":
                return self.env._("less than %(limit)s", limit=details["limit"])
            case "too_large":
                return self.env._("more than %(limit)s", limit=details["limit"])
            case "not_a_date":
                return self.env._("not a date (example: 2026-03-31)")
            case "not_a_mobile":
                return self.env._("not a mobile number of mainland China")
            case "not_yes_no":
                return self.env._("neither yes nor no")
            case "not_a_choice":
                return self.env._(
                    "none of: %(choices)s", choices=", ".join(details["choices"])
                )
            case "pattern":
                return self.env._(
                    "not written as expected (example: %(example)s)",
                    example=details["example"],
                )
        return error.code

    def _table_reason(self, error):
        details = error.details
        match error.code:
            case "too_large":
                return self.env._("The file is larger than %(limit)s MB.", **details)
            case "too_many_rows":
                return self.env._("The file has more than %(limit)s rows.", **details)
            case "too_many_columns":
                return self.env._(
                    "The file has more than %(limit)s columns.", **details
                )
            case "old_xls":
                return self.env._("This is an old .xls file. Save it as .xlsx first.")
            case "encrypted":
                return self.env._("The file has a password. Save it without one first.")
            case "unknown_type":
                return self.env._("Only .xlsx and .csv files can be imported.")
            case "empty":
                return self.env._("The file is empty.")
            case "no_header":
                return self.env._("The first row has no headers.")
            case "duplicate_header":
                return self.env._("The header “%(column)s” stands twice.", **details)
            case "encoding":
                return self.env._("The text is neither UTF-8 nor GB18030.")
            case "cell_too_long":
                return self.env._(
                    "Row %(row)s, column %(column)s: the text is too long.", **details
                )
        return self.env._("The file is damaged and cannot be read.")


class _Counter:
    """Counts what passes through an iterator."""

    def __init__(self):
        self.total = 0

    def count(self, rows):
        for row in rows:
            self.total += 1
            yield row
