"""Reading of tables that users upload: XLSX and CSV, row by row, without an `env`.

Memory does not grow with the number of rows (shared texts of a workbook excepted,
which the size limits bound). Every refusal is a `TableError` with a code; the import
mixin has the words for each.
"""

import csv
import io
import logging
import zipfile
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from pathlib import PurePath

from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

_logger = logging.getLogger(__name__)

MAX_BYTES = 32 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELL_CHARS = 32_767  # what a spreadsheet cell can hold
# A workbook of real data packs about 1 : 10; beyond these it is built to hurt.
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_RATIO = 200
MAX_PARTS = 2_000

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_MARK = "EncryptedPackage".encode("utf-16-le")
ZIP_MAGIC = b"PK\x03\x04"
DELIMITERS = ",\t;"
REQUIRED_MARK = "*"
# Spreadsheets take a text that begins so for a formula.
FORMULA_STARTS = ("=", "+", "-", "@")


class TableError(ValueError):
    """A file that cannot be read as a table.

    :ivar str code: one of ``too_large too_many_rows too_many_columns old_xls
        encrypted damaged unknown_type empty no_header duplicate_header encoding
        cell_too_long``
    :ivar dict details: what the message names (``limit``, ``row``, ``column``).
    """

    def __init__(self, code, **details):
        super().__init__(code)
        self.code = code
        self.details = details


def read_table(data, filename, max_rows=MAX_ROWS):
    """Yield ``(row_number, {header: value})`` for every row below the header.

    :param bytes data: the file.
    :param str filename: only its ending is looked at, and only where the content does
        not tell the type.
    :return: an iterator; row numbers are those the spreadsheet shows (the header is
        the first row that is not blank). Values of an XLSX are ``str``, ``int``,
        ``float``, ``bool``, ``datetime`` or None, those of a CSV ``str`` or None.
        Blank rows are left out. A ``*`` behind a header is dropped.
    :raise TableError: see the class; possibly after some rows.
    """
    if len(data) > MAX_BYTES:
        raise TableError("too_large", limit=MAX_BYTES // 1024 // 1024)
    if not data.strip():
        raise TableError("empty")
    rows = _as_dicts(_pick_reader(data, filename)(data))
    for count, row in enumerate(rows, start=1):
        if count > max_rows:
            raise TableError("too_many_rows", limit=max_rows)
        yield row


def _pick_reader(data, filename):
    if data.startswith(OLE_MAGIC):
        raise TableError("encrypted" if ENCRYPTED_MARK in data else "old_xls")
    if data.startswith(ZIP_MAGIC):
        return _read_xlsx
    ending = PurePath(filename or "").suffix.lower()
    if ending in (".xlsx", ".xlsm"):
        raise TableError("damaged")
    if ending in (".csv", ".txt", ".tsv"):
        return _read_csv
    raise TableError("unknown_type")


def _as_dicts(numbered_rows):
    headers = None
    for number, cells in numbered_rows:
        if not any(cell is not None for cell in cells):
            continue
        if headers is None:
            headers = _clean_headers(cells)
            continue
        # a row may end before the header does
        cells += [None] * (len(headers) - len(cells))
        pairs = zip(headers, cells, strict=False)
        yield number, {header: cell for header, cell in pairs if header}
    if headers is None:
        raise TableError("empty")


def _clean_headers(cells):
    """Return header texts; None where a column has none.

    >>> _clean_headers(["Code *", " Name", None])
    ['Code', 'Name', None]
    """
    headers = []
    for cell in cells:
        header = str(cell).strip().rstrip(REQUIRED_MARK).strip() if cell else None
        if header and header in headers:
            raise TableError("duplicate_header", column=header)
        headers.append(header or None)
    if not any(headers):
        raise TableError("no_header")
    return headers


def _clean_cell(value, row, index):
    if isinstance(value, str):
        if len(value) > MAX_CELL_CHARS:
            raise TableError("cell_too_long", row=row, column=index + 1)
        value = value.replace("\x00", "").strip()
        return value or None
    return value


def _clean_row(number, cells):
    while cells and cells[-1] in (None, ""):
        cells.pop()
    if len(cells) > MAX_COLUMNS:
        raise TableError("too_many_columns", limit=MAX_COLUMNS)
    return number, [_clean_cell(cell, number, i) for i, cell in enumerate(cells)]


# === XLSX === #


def _read_xlsx(data):
    _check_archive(data)
    try:
        book = load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
        sheet = book.active
        if sheet is None or not hasattr(sheet, "reset_dimensions"):
            raise TableError("empty")
        # some writers declare "A1" as the used range of a full sheet
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            if number > 1_048_576:  # rows of a sheet; a forged number ends here
                raise TableError("damaged")
            yield _clean_row(number, list(cells))
    except TableError:
        raise
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        etree.XMLSyntaxError,
        AttributeError,
        EOFError,
        IndexError,
        KeyError,
        OSError,
        SyntaxError,
        TypeError,
        ValueError,
    ) as error:
        # openpyxl raises whatever its parser stumbles over
        _logger.info("Unreadable workbook: %r", error)
        raise TableError("damaged") from error


def _check_archive(data):
    """Refuse archives that unpack to more than a workbook ever would."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if (
                len(parts) > MAX_PARTS
                or unpacked > MAX_UNPACKED_BYTES
                or unpacked > MAX_RATIO * max(len(data), 64 * 1024)
            ):
                raise TableError("too_large", limit=MAX_UNPACKED_BYTES // 1024 // 1024)
            if any(part.flag_bits & 0x1 for part in parts):
                raise TableError("encrypted")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as stream:
                        # entities are no part of the format, only of attacks on it
                        if b"<!DOCTYPE" in stream.read(4096):
                            raise TableError("damaged")
    except (zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
        if isinstance(error, TableError):
            raise
        raise TableError("damaged") from error
    except (NotImplementedError, RuntimeError) as error:
        raise TableError("damaged") from error


# === CSV === #


def _read_csv(data):
    stream = io.TextIOWrapper(
        io.BytesIO(data), encoding=_detect_encoding(data), newline=""
    )
    delimiter = _detect_delimiter(stream.readline())
    stream.seek(0)
    try:
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        # `line_num` counts lines of text; cells may hold line breaks
        for number, cells in enumerate(reader, start=1):
            yield _clean_row(number, [_unmark(cell) or None for cell in cells])
    except csv.Error as error:
        raise TableError("damaged") from error


def _unmark(cell):
    """Take off the apostrophe that keeps a text from being taken for a formula.

    >>> _unmark("'=1+1"), _unmark("'quoted'")
    ('=1+1', "'quoted'")
    """
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA_STARTS else cell


def _detect_encoding(data):
    """Return the encoding: a byte order mark tells, else UTF-8 if valid, else GB18030.

    >>> _detect_encoding("机构".encode("gbk"))
    'gb18030'
    >>> _detect_encoding("机构".encode("utf-8-sig"))
    'utf-8-sig'
    """
    if data.startswith(BOM_UTF8):
        candidates = ["utf-8-sig"]
    elif data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8", "gb18030"]
    for encoding in candidates:
        if _decodes(data, encoding):
            return encoding
    raise TableError("encoding")


def _decodes(data, encoding, step=1024 * 1024):
    decoder = getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(data), step):
            chunk = data[start : start + step]
            text = decoder.decode(chunk, final=start + step >= len(data))
            if "\x00" in text:
                return False
    except UnicodeDecodeError:
        return False
    return True


def _detect_delimiter(header):
    """Return the delimiter the header row uses most.

    >>> _detect_delimiter("a;b;c,d")
    ';'
    >>> _detect_delimiter("a")
    ','
    """
    return max(DELIMITERS, key=header.count)
