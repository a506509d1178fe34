"""ID-card and bank-card numbers: what a valid one looks like, how it is shown."""

import re
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_ID_CARD = re.compile(r"^[1-9]\d{16}[\dX]$")
_BANK_CARD = re.compile(r"^\d{12,19}$")


def normalize_id_card(raw):
    """Return the 18 characters of a resident ID number (GB 11643), or None.

    The date of birth must exist and the ISO 7064 check character must fit.

    >>> normalize_id_card(" 11010519491231002x ")
    '11010519491231002X'
    >>> normalize_id_card("110105194912310021") is None  # check character
    True
    >>> normalize_id_card("11010519490230002X") is None  # 30 February
    True
    """
    number = re.sub(r"[\s-]", "", raw or "").upper()
    if not _ID_CARD.match(number):
        return None
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    total = sum(int(c) * w for c, w in zip(number, _WEIGHTS, strict=False))
    return number if _CHECK_DIGITS[total % 11] == number[-1] else None


def normalize_bank_card(raw):
    """Return 12-19 digits, or None.

    >>> normalize_bank_card("6217 0000 1234 5678 901")
    '6217000012345678901'
    >>> normalize_bank_card("6217-x") is None
    True
    """
    number = re.sub(r"[\s-]", "", raw or "")
    return number if _BANK_CARD.match(number) else None


def mask(number, head, tail):
    """Hide the middle of a number, keeping its length.

    >>> mask("11010519491231002X", 3, 4)
    '110***********002X'
    >>> mask("1234", 3, 4)  # too short to show anything of it
    '****'
    """
    hidden = len(number) - head - tail
    if hidden <= 0:
        return "*" * len(number)
    return number[:head] + "*" * hidden + number[-tail:]
