"""One text for one content, so that a MAC over it means something."""

import datetime
import decimal
import json

# What JSON has no word for, in the spelling the journal keeps.
_SPELLINGS = (
    (datetime.datetime, lambda value: value.isoformat(sep=" ")),
    (datetime.date, datetime.date.isoformat),
    (decimal.Decimal, str),
    (frozenset, sorted),
    (set, sorted),
)


def canonical(values: dict) -> str:
    """Return ``values`` as JSON: keys sorted, no blanks, non-ASCII text as it is.

    :raise TypeError: for content that has no spelling (bytes, records, …)
    :raise ValueError: for NaN and infinity

    >>> canonical({"b": decimal.Decimal("1.50"), "a": "票"})
    '{"a":"票","b":"1.50"}'
    >>> canonical({"on": datetime.date(2026, 7, 1), "ids": {3, 1}})
    '{"ids":[1,3],"on":"2026-07-01"}'
    >>> canonical({"lone": chr(0xD800)})
    '{"lone":"\\\\ud800"}'
    """
    text = _dump(values, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        # A lone surrogate has no UTF-8; a business event must not fail over it.
        text = _dump(values, ensure_ascii=True)
    return text


def _dump(values, ensure_ascii):
    return json.dumps(
        values,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=ensure_ascii,
        allow_nan=False,
        default=_spell,
    )


def _spell(value):
    for kind, spelling in _SPELLINGS:
        if isinstance(value, kind):
            return spelling(value)
    raise TypeError(f"The journal can't keep a {type(value).__name__}: {value!r}")
