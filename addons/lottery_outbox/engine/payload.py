"""JSON of messages: strict, because the other side has to understand it."""

import datetime
import decimal
import json


def dump(payload) -> str:
    """
    >>> dump({"on": datetime.date(2026, 7, 1), "amount": decimal.Decimal("1.50")})
    '{"on": "2026-07-01", "amount": "1.50"}'
    >>> dump({"what": object})
    Traceback (most recent call last):
        ...
    TypeError: A message can't hold a type.
    """
    return json.dumps(payload, default=_spell)


def _spell(value):
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    raise TypeError(f"A message can't hold a {type(value).__name__}.")
