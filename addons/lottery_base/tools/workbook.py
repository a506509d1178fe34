"""Writing of plain XLSX tables in constant memory."""

import io

from xlsxwriter import Workbook

WIDTH = 18


def make_workbook(headers, rows, comments=()):
    """Return an XLSX file as bytes.

    :param headers: texts of the first row.
    :param rows: iterable of lists; strings stay text (nothing is taken for a formula
        or a link, whoever typed it), numbers stay numbers.
    :param comments: notes on the header cells.
    """
    stream = io.BytesIO()
    options = {
        "in_memory": False,
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(stream, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(headers) - 1, 0), WIDTH, text)
        for column, comment in enumerate(comments):
            if comment:
                sheet.write_comment(0, column, comment)
        sheet.write_row(0, 0, headers, bold)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, column, value, text)
                else:
                    sheet.write(number, column, value)
    return stream.getvalue()
