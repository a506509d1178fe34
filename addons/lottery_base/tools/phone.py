"""Mobile numbers of mainland China in one spelling (PF-USR-01)."""

import re

import phonenumbers

REGION = "CN"
COUNTRY_CODE = 86
# Carriers open new prefixes faster than number plans are published, so only the shape
# is judged: 11 digits, 1, then 3 to 9.
MOBILE = re.compile(r"1[3-9]\d{9}")


def normalize_mobile(raw):
    """Return ``raw`` as E.164 or None where it is no mainland mobile.

    Accepts what people type: spaces, dashes, full-width digits, +86, 0086.

    >>> normalize_mobile("154 0000-1234")
    '+8615400001234'
    >>> normalize_mobile("+86 15400001234")
    '+8615400001234'
    >>> normalize_mobile("１５４００００１２３４")
    '+8615400001234'
    >>> normalize_mobile("008615400001234")
    '+8615400001234'
    >>> normalize_mobile("0871-65000000") is None
    True
    >>> normalize_mobile("+1 202 555 0100") is None
    True
    >>> normalize_mobile("") is None
    True
    """
    if not raw:
        return None
    try:
        number = phonenumbers.parse(str(raw), REGION)
    except phonenumbers.NumberParseException:
        return None
    national = str(number.national_number)
    if number.country_code != COUNTRY_CODE or number.extension:
        return None
    if not MOBILE.fullmatch(national):
        return None
    return f"+{COUNTRY_CODE}{national}"
