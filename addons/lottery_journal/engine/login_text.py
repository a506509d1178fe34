"""What a log may keep of a login that nobody has."""

import re

MAX_LOGIN = 64
_CLASSES = (r"[a-z]", r"[A-Z]", r"\d", r"[^\w@.+-]")


def mask_login(text):
    """Return what was typed as login, masked when it looks like a password.

    People type their password into the wrong field; the log must not keep it.

    >>> mask_login("li.na"), mask_login("zhang@example.com"), mask_login("15400000801")
    ('li.na', 'zhang@example.com', '15400000801')
    >>> mask_login("Woaini1314!"), mask_login("Abcd1234")
    ('Wo***', 'Ab***')
    >>> mask_login("") is None
    True
    """
    text = "".join(filter(str.isprintable, text or ""))[:MAX_LOGIN]
    if sum(bool(re.search(pattern, text)) for pattern in _CLASSES) >= 3:
        return f"{text[:2]}***"
    return text or None
