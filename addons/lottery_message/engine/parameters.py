"""Parameters of a provider's template: JSON whose texts hold placeholders.

``{"code": "{code}"}`` for who names them, ``["{code}", "5"]`` for who counts them.
"""

import json

from . import placeholder


class BadParameters(Exception):
    """The argument says what is wrong: ``json``, ``kind``."""


def parse(text, kind):
    """Return the parsed parameters.

    :param type kind: ``dict`` or ``list``
    :raise BadParameters: no JSON, or of another kind, or values that are no texts

    >>> parse('{"code": "{code}"}', dict)
    {'code': '{code}'}
    >>> parse('["{code}"]', dict)
    Traceback (most recent call last):
    ...
    odoo.addons.lottery_message.engine.parameters.BadParameters: kind
    >>> parse('{"a": 1}', dict)
    Traceback (most recent call last):
    ...
    odoo.addons.lottery_message.engine.parameters.BadParameters: kind
    """
    try:
        value = json.loads(text or ("{}" if kind is dict else "[]"))
    except ValueError as error:
        raise BadParameters("json") from error
    if not isinstance(value, kind):
        raise BadParameters("kind")
    texts = value.values() if kind is dict else value
    if not all(isinstance(item, str) for item in texts):
        raise BadParameters("kind")
    return value


def find_names(value):
    """Return the names of all placeholders.

    :raise placeholder.BadPlaceholder: a brace that belongs to no name

    >>> sorted(find_names(["{a}", "{b} {a}"]))
    ['a', 'b']
    """
    texts = value.values() if isinstance(value, dict) else value
    return set().union(*map(placeholder.find_names, texts))


def fill(value, values):
    """Return the parameters with their placeholders replaced.

    :raise KeyError: a name without a value

    >>> fill({"code": "{code}"}, {"code": "123456"})
    {'code': '123456'}
    """
    if isinstance(value, dict):
        return {key: placeholder.fill(text, values) for key, text in value.items()}
    return [placeholder.fill(text, values) for text in value]
