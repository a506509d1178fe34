"""What may stand in a log."""

import re

SECRET = re.compile(
    r"pass|secret|token|sign|cipher|authori[sz]ation|cookie|api_?key", re.I
)
PERSON = re.compile(r"phone|mobile|id_?card|id_?number|bank_?account", re.I)
MASK = "***"


def mask(data):
    """Return ``data`` (as in JSON) without secrets, persons' numbers shortened.

    >>> mask({"sign": "abc", "orders": [{"phone": "15400001234", "packs": 3}]})
    {'sign': '***', 'orders': [{'phone': '154***34', 'packs': 3}]}
    >>> mask({"token": {"value": 1}})
    {'token': '***'}
    """
    if isinstance(data, dict):
        return {key: _mask_item(str(key), value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [mask(value) for value in data]
    return data


def _mask_item(key, value):
    if value in (None, "", False):
        return value
    if SECRET.search(key):
        return MASK
    if PERSON.search(key) and isinstance(value, str | int):
        text = str(value)
        return f"{text[:3]}{MASK}{text[-2:]}" if len(text) > 6 else MASK
    return mask(value)
