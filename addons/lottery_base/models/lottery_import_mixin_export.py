import csv
import io

from odoo import api, fields, models

from ..engine.tabular import FORMULA_STARTS
from ..tools.workbook import make_workbook

PREFETCH = 1_000


class LotteryImportMixin(models.AbstractModel):
    """Export in the very columns of the import (PF-ORG-03): the file comes back in
    unchanged.

    A wizard that offers it names the model in ``_export_model`` and defines
    `_export_values`.
    """

    _inherit = "lottery.import.mixin"

    _export_model = None

    can_export = fields.Boolean(compute="_compute_can_export")

    @api.depends_context("uid")
    def _compute_can_export(self):
        model = self._export_model
        self.can_export = bool(model) and not self.env[model]._get_unexportable()

    # === HOOKS === #

    @api.model
    def _export_domain(self):
        """Return which records there are to export; rules come on top."""
        return []

    @api.model
    def _export_values(self, record):
        """Return the cells of a record by column name."""
        raise NotImplementedError

    @api.model
    def _on_exported(self, records, columns):
        """Hook: ``records`` left the system in a file with ``columns``."""

    # === DOORS === #

    def action_export(self):
        """Offer everything there is as a file to start from."""
        return self._open_export(self._search_export([]))

    @api.model
    def _open_export(self, records):
        self._check_export()
        wizard = self.env["lottery.table.export"].create(
            {
                "import_model": self._name,
                "record_ids": records.ids,
                "row_count": len(records),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Export"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _check_export(self):
        model = self.env[self._export_model]
        model.check_access("read")
        model._check_export_right()

    @api.model
    def _search_export(self, domain):
        records = self.env[self._export_model].with_context(active_test=False)
        return records.search([*self._export_domain(), *domain])

    # === FILE === #

    @api.model
    def _export_file(self, ids, file_format):
        """Return the records the user may read as bytes of a file.

        :param file_format: ``xlsx`` or ``csv``
        """
        self._check_export()
        records = self._search_export([("id", "in", ids)])
        columns = self._import_columns()
        headers = [
            column.label + (" *" if column.required else "") for column in columns
        ]
        rows = self._export_table(records, columns)
        write = self._write_csv if file_format == "csv" else make_workbook
        content = write(headers, rows)
        self._on_exported(records, columns)
        return content

    def _export_table(self, records, columns):
        for start in range(0, len(records), PREFETCH):
            batch = records[start : start + PREFETCH]
            for record in batch:
                values = self._export_values(record)
                yield [_as_cell(column, values.get(column.name)) for column in columns]
            batch.invalidate_recordset()

    @staticmethod
    def _write_csv(headers, rows):
        """A text that looks like a formula gets a mark `engine.tabular` takes off."""
        stream = io.StringIO()
        writer = csv.writer(stream)
        writer.writerow(headers)
        for row in rows:
            writer.writerow(
                f"'{cell}"
                if isinstance(cell, str) and cell.startswith(FORMULA_STARTS)
                else cell
                for cell in row
            )
        return stream.getvalue().encode("utf-8-sig")


def _as_cell(column, value):
    if value in (None, False):
        return ""
    return column.choices.get(value, value) if column.choices else value
