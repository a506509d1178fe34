"""What a column of an import accepts, and how its text becomes a value. No `env`."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from ..tools.phone import normalize_mobile

TRUE_WORDS = {"1", "true", "yes", "y", "是", "有", "对", "√"}
FALSE_WORDS = {"0", "false", "no", "n", "否", "无", "错", "×"}
DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")


class CellError(ValueError):
    """A value its column does not accept.

    :ivar str code: one of ``required too_long not_a_number not_whole too_small
        too_large not_a_date not_a_mobile not_yes_no not_a_choice pattern``
    :ivar dict details: what the message names (``limit``, ``choices``).
    """

    def __init__(self, code, **details):
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass(frozen=True)
class Column:
    """One column of an import.

    :param name: key in the rows handed to the hooks.
    :param label: header in the template and in the file, in the user's language.
    :param type: ``char integer float decimal date boolean mobile selection``.
    :param choices: for ``selection``: ``{value: label}``; the file may hold either.
    :param aliases: other headers that are taken for this column.
    :param pattern: for ``char``: a regular expression the whole text must match.
    :param help: line under the header in the template.
    :param example: cell of the template's example row.
    """

    name: str
    label: str
    type: str = "char"
    required: bool = False
    max_length: int = 255
    minimum: float | None = None
    maximum: float | None = None
    choices: dict = field(default_factory=dict)
    aliases: tuple = ()
    pattern: str = ""
    help: str = ""
    example: str = ""

    def parse(self, raw):
        """Return the value of a cell, None where it is blank.

        :raise CellError: the column does not accept it.
        """
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            if self.required:
                raise CellError("required")
            return None
        return getattr(self, f"_parse_{self.type}")(raw)

    def _parse_char(self, raw):
        text = as_text(raw)
        if len(text) > self.max_length:
            raise CellError("too_long", limit=self.max_length)
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise CellError("pattern", example=self.example)
        return text

    def _parse_decimal(self, raw):
        if isinstance(raw, bool):
            raise CellError("not_a_number")
        text = as_text(raw)
        if THOUSANDS.fullmatch(text):
            text = text.replace(",", "")
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise CellError("not_a_number") from None
        if not number.is_finite():
            raise CellError("not_a_number")
        if self.minimum is not None and number < Decimal(str(self.minimum)):
            raise CellError("too_small", limit=self.minimum)
        if self.maximum is not None and number > Decimal(str(self.maximum)):
            raise CellError("too_large", limit=self.maximum)
        return number

    def _parse_float(self, raw):
        return float(self._parse_decimal(raw))

    def _parse_integer(self, raw):
        number = self._parse_decimal(raw)
        if number != number.to_integral_value():
            raise CellError("not_whole")
        return int(number)

    def _parse_date(self, raw):
        if isinstance(raw, datetime):
            return raw.date()
        if isinstance(raw, date):
            return raw
        match = DATE.fullmatch(as_text(raw))
        try:
            return date(*(int(part) for part in match.groups()))
        except (AttributeError, ValueError):
            raise CellError("not_a_date") from None

    def _parse_boolean(self, raw):
        if isinstance(raw, bool):
            return raw
        word = as_text(raw).lower()
        if word in TRUE_WORDS | FALSE_WORDS:
            return word in TRUE_WORDS
        raise CellError("not_yes_no")

    def _parse_mobile(self, raw):
        if mobile := normalize_mobile(as_text(raw)):
            return mobile
        raise CellError("not_a_mobile")

    def _parse_selection(self, raw):
        text = as_text(raw)
        for value, label in self.choices.items():
            if text in (str(value), label):
                return value
        raise CellError("not_a_choice", choices=list(self.choices.values()))


def as_text(raw):
    """Return a cell as the text its author sees.

    A spreadsheet keeps a typed 5301 as a float; nobody means "5301.0".

    >>> as_text(5301.0), as_text(" a "), as_text(0.5)
    ('5301', 'a', '0.5')
    """
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, datetime):
        raw = raw.date() if raw.time() == datetime.min.time() else raw
    return str(raw).strip()
