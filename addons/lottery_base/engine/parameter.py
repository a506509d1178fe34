"""The text a parameter is stored as, and the value it stands for. No `env`."""

import math
from datetime import date

TYPES = ("boolean", "integer", "float", "char", "selection", "date")
TRUE, FALSE = "true", "false"


class ParameterError(ValueError):
    """A text that is no value of its parameter.

    :ivar str code: one of ``not_yes_no not_a_number not_whole not_a_choice
        not_a_date too_small too_large too_short too_long``
    :ivar details: what the message names (``limit``, ``choices``).
    """

    def __init__(self, code, **details):
        super().__init__(code)
        self.code = code
        self.details = details


def parse_value(kind, text, *, minimum="", maximum="", choices=()):
    """Return the typed value of ``text``.

    Limits are texts of the same kind; of a text they limit the length.

    :raise ParameterError: the text is no value of this kind, or outside the limits

    >>> parse_value("integer", " 12 ", maximum="20")
    12
    >>> parse_value("boolean", "false")
    False
    >>> parse_value("date", "2026-03-31", minimum="2026-01-01")
    datetime.date(2026, 3, 31)
    >>> parse_value("float", "0.5", minimum="1")
    Traceback (most recent call last):
    ...
    odoo.addons.lottery_base.engine.parameter.ParameterError: too_small
    """
    value = _PARSERS[kind](text.strip(), choices)
    measure, words = (
        (len(value), ("too_short", "too_long"))
        if kind == "char"
        else (value, ("too_small", "too_large"))
    )
    scale = "integer" if kind == "char" else kind
    if minimum and measure < _PARSERS[scale](minimum.strip(), choices):
        raise ParameterError(words[0], limit=minimum)
    if maximum and measure > _PARSERS[scale](maximum.strip(), choices):
        raise ParameterError(words[1], limit=maximum)
    return value


def format_value(value):
    """Return the one text of a typed value.

    >>> format_value(True), format_value(7), format_value(0.50), format_value("a")
    ('true', '7', '0.5', 'a')
    >>> format_value(22.0)
    '22'
    """
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def parse_choices(text):
    """Return ``{code: label}`` of lines ``code=Label``.

    >>> parse_choices("fast=Fast lane\\nslow = Slow lane\\nplain")
    {'fast': 'Fast lane', 'slow': 'Slow lane', 'plain': 'plain'}
    """
    choices = {}
    for line in (text or "").splitlines():
        code, _separator, label = line.partition("=")
        if code.strip():
            choices[code.strip()] = label.strip() or code.strip()
    return choices


def _parse_boolean(text, _choices):
    if text in (TRUE, FALSE):
        return text == TRUE
    raise ParameterError("not_yes_no")


def _parse_float(text, _choices):
    try:
        value = float(text)
    except ValueError:
        raise ParameterError("not_a_number") from None
    if not math.isfinite(value):
        raise ParameterError("not_a_number")
    return value


def _parse_integer(text, choices):
    try:
        return int(text)
    except ValueError:
        _parse_float(text, choices)
        raise ParameterError("not_whole") from None


def _parse_selection(text, choices):
    if text in choices:
        return text
    raise ParameterError("not_a_choice", choices=list(dict(choices).values()))


def _parse_date(text, _choices):
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ParameterError("not_a_date") from None


_PARSERS = {
    "boolean": _parse_boolean,
    "integer": _parse_integer,
    "float": _parse_float,
    "char": lambda text, _choices: text,
    "selection": _parse_selection,
    "date": _parse_date,
}
