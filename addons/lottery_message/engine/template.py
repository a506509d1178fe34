"""The request that a generic HTTP provider wants, as data.

A template is JSON whose texts may hold placeholders: ``{phone}`` (E.164),
``{national}`` (11 digits), ``{body}``, ``{ref}`` (the same for every try of a message)
and ``{secret.NAME}`` (from the environment). Values are put into the parsed structure,
never into the JSON text, so a body can't break out of its place.
"""

import json
import re

_PLACEHOLDER = re.compile(r"\{([a-z]+(?:\.[A-Z0-9_]+)?)\}")
NAMES = ("phone", "national", "body", "ref")
SECRET_PREFIX = "secret."


class BadTemplate(Exception):
    """The argument says what is wrong, in English, for the log; callers translate the
    case by ``args[0]``."""


def find_placeholders(value):
    """Return the names of all placeholders in a parsed template.

    >>> sorted(find_placeholders({"to": "{phone}", "a": ["{secret.KEY}", 1]}))
    ['phone', 'secret.KEY']
    """
    if isinstance(value, str):
        return set(_PLACEHOLDER.findall(value))
    if isinstance(value, dict):
        return set().union(*map(find_placeholders, value.values()))
    if isinstance(value, list):
        return set().union(*map(find_placeholders, value))
    return set()


def parse_template(text):
    """Return the parsed template (a JSON object).

    :raise BadTemplate: ``("json",)``, ``("object",)`` or ``("name", placeholder)``

    >>> parse_template('{"to": "{phone}"}')
    {'to': '{phone}'}
    >>> parse_template('{"to": "{mobile}"}')
    Traceback (most recent call last):
    ...
    odoo.addons.lottery_message.engine.template.BadTemplate: ('name', 'mobile')
    """
    try:
        value = json.loads(text or "{}")
    except ValueError as error:
        raise BadTemplate("json") from error
    if not isinstance(value, dict):
        raise BadTemplate("object")
    for name in sorted(find_placeholders(value)):
        if name not in NAMES and not name.startswith(SECRET_PREFIX):
            raise BadTemplate("name", name)
    return value


def fill_template(value, values):
    """Return the template with its placeholders replaced, in one pass: a value that
    looks like a placeholder stays as it is.

    >>> fill_template({"to": "+{phone}", "n": [1, "{body}"]},
    ...     {"phone": "86", "body": "{phone}"})
    {'to': '+86', 'n': [1, '{phone}']}
    """
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), value)
    if isinstance(value, dict):
        return {key: fill_template(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [fill_template(item, values) for item in value]
    return value


def read_path(data, path):
    """Return what a dotted path names in parsed JSON, None when there is nothing.

    >>> answer = {"result": [{"code": 0}], "id": "7"}
    >>> read_path(answer, "result.0.code"), read_path(answer, "result.1.code")
    (0, None)
    >>> read_path(answer, "id.x") is None
    True
    """
    for part in path.split("."):
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        else:
            return None
    return data


def matches(found, expected):
    """Tell whether an answer's value is the expected text; numbers and booleans compare
    as JSON writes them.

    >>> matches(0, "0"), matches("OK", "OK"), matches(True, "true"), matches(None, "")
    (True, True, True, False)
    """
    if found is None:
        return False
    text = found if isinstance(found, str) else json.dumps(found)
    return text == expected
