r"""What is authenticated, field by field (PF-AUD-02).

An entry is one line: its columns as PostgreSQL's COPY prints them (tab between columns,
backslash escapes, ``\N`` for NULL). No two different entries give the same line, and
nothing has to be converted between the table and the MAC: verification runs at the speed
of COPY and SHA-256.

Row MAC, version 1, made by Odoo with the row key when the business transaction inserts
the row: HMAC-SHA256 over the columns of `Row`.
Chain MAC, version 1, made by the sealer with a key Odoo does not have: HMAC-SHA256 over
all columns of the entry, the MAC before it included, but its own MAC.

A change of the format needs a new version number; versions are stored with each entry
and old ones stay here.
"""

import datetime
import functools
import hashlib
import typing

ROW_VERSION = 1
CHAIN_VERSION = 1
GENESIS = b"0" * 64
BLOCK = 64  # of SHA-256, bytes
ROW_PREFIX = b"lottery-journal row 1\t"
CHAIN_PREFIX = b"lottery-journal chain 1\t"
NULL = b"\\N"
HEX = b"\\\\x"  # how COPY begins a bytea

ROW_COLUMNS = (
    "uid", "created_at", "event", "model", "res_id", "branch_id", "user_id", "body",
)  # fmt: skip
PROOF_COLUMNS = ("mac_version", "key_id", "row_mac")
ENTRY_COLUMNS = (
    "seq", "staging_id", *ROW_COLUMNS, *PROOF_COLUMNS,
    "row_ok", "sealed_at", "chain_version", "chain_key_id", "prev_mac", "mac",
)  # fmt: skip
STAGING_ID = 1
ROW = slice(2, 10)  # the row's columns in an entry
MAC_VERSION, KEY_ID, ROW_MAC, ROW_OK = 10, 11, 12, 13
CHAIN_VERSION_AT, CHAIN_KEY_ID, PREV_MAC, MAC = 15, 16, 17, 18

_ESCAPES = str.maketrans(
    {
        "\\": "\\\\",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\v": "\\v",
    }
)


class Row(typing.NamedTuple):
    """What the business transaction says. `created_at` as `utc_stamp` writes it."""

    uid: str
    created_at: str
    event: str
    model: str | None
    res_id: int | None
    branch_id: int | None
    user_id: int | None
    body: str


def utc_stamp() -> str:
    """Return now as PostgreSQL prints a timestamp: no zeros at the end."""
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    text = now.isoformat(sep=" ", timespec="microseconds")
    return text.rstrip("0").rstrip(".")


def encode(value) -> bytes:
    r"""Return ``value`` as COPY prints it.

    >>> encode(None), encode(7), encode(True)
    (b'\\N', b'7', b't')
    >>> encode("a\tb\\N")
    b'a\\tb\\\\N'
    """
    match value:
        case None:
            return NULL
        case bool():
            return b"t" if value else b"f"
        case bytes():
            return value
        case int():
            return b"%d" % value
    return value.translate(_ESCAPES).encode()


def row_line(row: Row) -> bytes:
    return b"\t".join(map(encode, row))


def row_mac(secret: bytes, line: bytes, version: int = ROW_VERSION) -> bytes:
    """Return the MAC of a row's columns.

    :raise ValueError: for a version nobody knows
    """
    if version != ROW_VERSION:
        raise ValueError(f"unknown row MAC version {version}")
    return _hmac(secret, ROW_PREFIX, line)


def chain_mac(secret: bytes, line: bytes) -> bytes:
    """Return the MAC of an entry's line; ``line`` ends before its own MAC."""
    return _hmac(secret, CHAIN_PREFIX, line)


def _hmac(secret: bytes, prefix: bytes, line: bytes) -> bytes:
    """Return HMAC-SHA256 of prefix and line.

    >>> import hmac
    >>> _hmac(b"k" * 64, b"a", b"b") == hmac.digest(b"k" * 64, b"ab", "sha256")
    True
    >>> _hmac(b"k" * 65, b"a", b"b") == hmac.digest(b"k" * 65, b"ab", "sha256")
    True
    """
    inner, outer = _states(secret, prefix)
    inner, outer = inner.copy(), outer.copy()
    inner.update(line)
    outer.update(inner.digest())
    return outer.digest()


@functools.lru_cache(maxsize=16)
def _states(secret: bytes, prefix: bytes):
    """Return HMAC's two hashes (RFC 2104), the key and the prefix already in them.

    Copying them takes half the time of beginning anew, which is most of a verification.
    """
    if len(secret) > BLOCK:
        secret = hashlib.sha256(secret).digest()
    block = secret.ljust(BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + prefix)
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
    return inner, outer
