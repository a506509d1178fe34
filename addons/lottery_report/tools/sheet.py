"""Tables as XLSX in constant memory, with real types."""

from datetime import date, datetime

from xlsxwriter import Workbook

FORMATS = {
    "text": "@",
    "integer": "#,##0",
    "float": "#,##0.00",
    "money": "#,##0.00",
    "percent": "0.0%",
    "duration": "[h]:mm:ss",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm",
}
WIDTHS = {"text": 24, "date": 12, "datetime": 17}
DAY = 86_400  # seconds: a sheet counts time in days
MAX_ROWS = 1_048_576  # of a sheet, by the format


class Sheets:
    """Writes rows to one sheet after another; rows leave memory as they come."""

    def __init__(self, path, title, columns, notes=(), workdir=None):
        self._book = Workbook(
            path,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "tmpdir": workdir,
            },
        )
        self._title, self._columns, self._notes = title, columns, notes
        self._heading = self._book.add_format({"bold": True, "font_size": 14})
        self._faint = self._book.add_format({"font_color": "#565d6b"})
        self._head = self._book.add_format(
            {"bold": True, "bg_color": "#f4f5f7", "bottom": 1, "text_wrap": True}
        )
        self._scales = [DAY if column.kind == "duration" else 1 for column in columns]
        self._formats = [self._format(column.kind) for column in columns]
        self._bold = [self._format(column.kind, bold=True) for column in columns]
        self._sheets = 0
        self._begin()

    def __enter__(self):
        return self

    def __exit__(self, error, *_args):
        if error is None:
            self._sheet.autofilter(
                self._top, 0, max(self._row - 1, self._top), len(self._columns) - 1
            )
        self._book.close()

    def _format(self, kind, **more):
        return self._book.add_format({"num_format": FORMATS[kind], **more})

    def _begin(self):
        self._sheets += 1
        name = self._title[:24].translate(str.maketrans("", "", "[]:*?/\\'")) or "1"
        if self._sheets > 1:
            name = f"{name} {self._sheets}"
        self._sheet = sheet = self._book.add_worksheet(name)
        for number, column in enumerate(self._columns):
            width = column.width or WIDTHS.get(column.kind, 14)
            sheet.set_column(number, number, width)
        sheet.write_string(0, 0, self._title, self._heading)
        for number, note in enumerate(self._notes, start=1):
            sheet.write_string(number, 0, note, self._faint)
        self._top = len(self._notes) + 2
        for number, column in enumerate(self._columns):
            sheet.write_string(self._top, number, column.label, self._head)
        sheet.freeze_panes(self._top + 1, 1)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(self._top)
        self._row = self._top + 1

    def write(self, row, bold=False):
        """Write one row; numbers and dates keep their type, nothing is a formula."""
        if self._row >= MAX_ROWS:
            self._begin()
        formats = self._bold if bold else self._formats
        sheet, line = self._sheet, self._row
        for number, value in enumerate(row):
            form = formats[number]
            if value is None or value is False:
                continue
            if isinstance(value, str):
                sheet.write_string(line, number, value[:32_767], form)
            elif isinstance(value, datetime):
                sheet.write_datetime(line, number, value.replace(tzinfo=None), form)
            elif isinstance(value, date):
                sheet.write_datetime(line, number, value, form)
            else:
                scale = self._scales[number]
                sheet.write_number(line, number, value / scale, form)
        self._row += 1
