"""Keys from the server's environment, and what is made with them.

``LOTTERY_OTP_PEPPER`` keys the codes and the look-up digests of phones;
``LOTTERY_MESSAGE_KEY`` (derived from the pepper when it is not set) seals the bodies of
sensitive messages; ``LOTTERY_ALTCHA_KEY`` (derived likewise) signs the puzzles. None of
them is in the database, so a dump neither opens a body nor proves a code.
"""

import base64
import hmac
import os
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PEPPER = "LOTTERY_OTP_PEPPER"
_MIN_LENGTH = 16
_NONCE_BYTES = 12
_VERSION = "v1"


class KeyMissing(Exception):
    """The environment holds no usable key; the argument is its name."""


class SealBroken(Exception):
    """The text was sealed with another key or for another use, or was altered."""


def _environment_key(name):
    value = os.environ.get(name, "")
    if value and len(value) < _MIN_LENGTH:
        raise KeyMissing(name)
    return value.encode()


def derive_key(label, name=None):
    """Return 32 bytes for one use, from variable ``name`` or else from the pepper.

    :raise KeyMissing: when neither is set
    """
    master = (_environment_key(name) if name else b"") or _environment_key(PEPPER)
    if not master:
        raise KeyMissing(PEPPER)
    return hmac.digest(master, f"lottery_message:{_VERSION}:{label}".encode(), "sha256")


def keyed_digest(label, *parts):
    """Return the hex HMAC of the parts; their lengths are covered, so that moving a
    character from one part to the next changes it.

    :raise KeyMissing: without a pepper
    """
    framed = b"".join(b"%d:%s" % (len(p), p) for p in map(str.encode, parts))
    return hmac.digest(derive_key(label), framed, "sha256").hex()


def seal(text, use):
    """Return ``v1:<base64>`` (AES-256-GCM); the same ``use`` must be given to open it.

    :raise KeyMissing: without a key
    """
    key = derive_key("seal", "LOTTERY_MESSAGE_KEY")
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), use.encode())
    return f"{_VERSION}:{base64.b64encode(nonce + sealed).decode()}"


def unseal(sealed, use):
    """Open what :func:`seal` made.

    :raise KeyMissing: without a key
    :raise SealBroken: when this key and use don't open it
    """
    key = derive_key("seal", "LOTTERY_MESSAGE_KEY")
    version, _, body = (sealed or "").partition(":")
    try:
        raw = base64.b64decode(body, validate=True)
        if version != _VERSION:
            raise SealBroken(use)
        opened = AESGCM(key).decrypt(
            raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], use.encode()
        )
    except (ValueError, InvalidTag) as error:
        raise SealBroken(use) from error
    return opened.decode()
