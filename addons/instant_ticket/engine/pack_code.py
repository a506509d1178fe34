"""What a scanned label says.

Pack label ``<game code>-<7 digits>``, carton label ``<game code>-C<6 digits>``, order
number ``T<yymmdd>-<6 digits>``. A scanner that types through a Chinese input method
sends full-width characters; they count as their plain twins.
"""

import re
import unicodedata
from dataclasses import dataclass

PACK_DIGITS = 7
CARTON_DIGITS = 6
MAX_CODE_LENGTH = 64

_PACK = re.compile(r"(?P<game>[A-Z0-9][A-Z0-9._/-]*?)-(?P<number>\d{7})")
_CARTON = re.compile(r"(?P<game>[A-Z0-9][A-Z0-9._/-]*?)-C(?P<number>\d{6})")
_ORDER = re.compile(r"T\d{6}-\d{6,}")


@dataclass(frozen=True, slots=True)
class Label:
    """One scanned label.

    ``kind`` is ``pack``, ``carton`` or ``order``; ``number`` the serial of a pack or
    carton; ``text`` the label as it is printed.
    """

    kind: str
    text: str
    game: str = ""
    number: int = 0


def normalize(raw):
    """Return the characters of a scan as they are printed.

    >>> normalize(" ｊ0112-０００００１２\\r\\n")
    'J0112-0000012'
    """
    text = unicodedata.normalize("NFKC", str(raw or ""))
    text = text.replace("—", "-").replace("–", "-")
    # neither spaces nor control characters stand on a label
    printed = "".join(char for char in text if char.isprintable() and char != " ")
    return printed.upper()[:MAX_CODE_LENGTH]


def parse_label(raw):
    """Return the :class:`Label` of a scan, or None when it is none of ours.

    >>> parse_label("J0112-0000012").number
    12
    >>> parse_label("J0112-C000003").kind
    'carton'
    >>> parse_label("T261121-000001").kind
    'order'
    >>> parse_label("6901234567892") is None
    True
    """
    text = normalize(raw)
    if _ORDER.fullmatch(text):
        return Label("order", text)
    for kind, pattern in (("carton", _CARTON), ("pack", _PACK)):
        match = pattern.fullmatch(text)
        if match:
            return Label(kind, text, match["game"], int(match["number"]))
    return None


def pack_label(game_code, serial):
    """
    >>> pack_label("J0112", 12)
    'J0112-0000012'
    """
    return f"{game_code}-{serial:0{PACK_DIGITS}d}"


def carton_label(game_code, number):
    """
    >>> carton_label("J0112", 3)
    'J0112-C000003'
    """
    return f"{game_code}-C{number:0{CARTON_DIGITS}d}"
