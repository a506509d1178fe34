"""Placeholders of notification texts: names in braces and nothing else.

``{applicant}`` is replaced by a value that the sender gives. There are no attributes,
indexes, conversions or expressions, so a text written in the web client can't reach
into the server (``str.format`` would).
"""

import re

_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_BRACED = re.compile(r"\{[^{}]*\}|[{}]")


class BadPlaceholder(Exception):
    """The argument is the piece of text that is no placeholder."""


def find_names(text):
    """Return the names in a text.

    :raise BadPlaceholder: a brace that belongs to no name

    >>> sorted(find_names("{record}：{applicant} 已提交"))
    ['applicant', 'record']
    >>> find_names("{user.password}")
    Traceback (most recent call last):
    ...
    odoo.addons.lottery_message.engine.placeholder.BadPlaceholder: {user.password}
    >>> find_names("{a!r}")
    Traceback (most recent call last):
    ...
    odoo.addons.lottery_message.engine.placeholder.BadPlaceholder: {a!r}
    >>> find_names("50 % }")
    Traceback (most recent call last):
    ...
    odoo.addons.lottery_message.engine.placeholder.BadPlaceholder: }
    """
    names = set()
    for piece in _BRACED.findall(text or ""):
        match = _NAME.fullmatch(piece)
        if not match:
            raise BadPlaceholder(piece)
        names.add(match[1])
    return names


def fill(text, values):
    """Return the text with its names replaced, in one pass: a value that looks like a
    placeholder stays as it is.

    :raise KeyError: a name without a value

    >>> fill("{a} → {b}", {"a": "{b}", "b": 2})
    '{b} → 2'
    """
    return _NAME.sub(lambda match: str(values[match[1]]), text or "")


def split_names(text):
    """Return the names in a list that a person typed.

    >>> split_names("applicant, deadline  reason，unit")
    ['applicant', 'deadline', 'reason', 'unit']
    """
    return [name for name in re.split(r"[\s,，、;；]+", text or "") if name]
