"""What a one-time code is: six digits, known only as a keyed digest."""

import secrets
import unicodedata

from ..const import CODE_DIGITS
from . import secret


def draw_code():
    """Return six digits from the system's random source, leading zeros kept.

    >>> code = draw_code()
    >>> len(code), code.isdigit()
    (6, True)
    """
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def clean_code(raw):
    """Return the six digits that a person typed or pasted, else an empty text.

    Full-width digits and blanks come from Chinese keyboards and from copying.

    >>> clean_code(" 123 456 "), clean_code("１２３４５６"), clean_code("12345x")
    ('123456', '123456', '')
    >>> clean_code(None), clean_code("1234567")
    ('', '')
    """
    if not isinstance(raw, str) or len(raw) > 32:
        return ""
    text = "".join(unicodedata.normalize("NFKC", raw).split())
    if len(text) == CODE_DIGITS and text.isascii() and text.isdigit():
        return text
    return ""


def code_digest(code, challenge, phone, purpose):
    """Return the digest that proves a code for this challenge, phone and purpose.

    :raise secret.KeyMissing: without a pepper
    """
    return secret.keyed_digest("code", challenge, phone, purpose, code)


def phone_digest(phone):
    """Return the digest under which requests of one phone are counted."""
    return secret.keyed_digest("phone", phone)


def device_digest(device):
    """Return the digest of a browser's random mark."""
    return secret.keyed_digest("device", device)
