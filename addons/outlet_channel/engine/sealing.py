"""Sealing of identity numbers with a key that the database never sees.

``LOTTERY_IDENTITY_KEY`` (32 bytes in hex) comes from the server's environment. Two keys
are derived from it: one seals (AES-256-GCM), one makes a keyed digest, so that a number
can be found and kept unique without being readable.
"""

import base64
import hashlib
import hmac
import os
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_NAME = "LOTTERY_IDENTITY_KEY"
VERSION = "v1"
_NONCE_BYTES = 12


class KeyMissing(Exception):
    """The environment holds no usable key."""


class SealBroken(Exception):
    """The text was sealed by another key or for another purpose, or was altered."""


def _derived_key(label):
    try:
        master = bytes.fromhex(os.environ.get(KEY_NAME, ""))
    except ValueError:
        master = b""
    if len(master) != 32:
        raise KeyMissing(KEY_NAME)
    return hmac.digest(master, f"outlet_channel:{VERSION}:{label}".encode(), "sha256")


def seal(text, purpose):
    """Return ``v1:<base64>``; the purpose must be given again to open it.

    :raise KeyMissing: without a key
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(_derived_key("seal")).encrypt(
        nonce, text.encode(), purpose.encode()
    )
    return f"{VERSION}:{base64.b64encode(nonce + sealed).decode()}"


def unseal(sealed, purpose):
    """Open what :func:`seal` made.

    :raise KeyMissing: without a key
    :raise SealBroken: when it can't be opened with this key and purpose
    """
    key = _derived_key("seal")
    version, _, body = sealed.partition(":")
    try:
        raw = base64.b64decode(body, validate=True)
        if version != VERSION:
            raise SealBroken(version)
        nonce, cipher = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
        return AESGCM(key).decrypt(nonce, cipher, purpose.encode()).decode()
    except (ValueError, InvalidTag) as error:
        raise SealBroken(purpose) from error


def digest(text, purpose):
    """Return the keyed digest (hex) of a number, for look-up and uniqueness.

    :raise KeyMissing: without a key
    """
    message = f"{purpose}:{text}".encode()
    return hmac.new(_derived_key("digest"), message, hashlib.sha256).hexdigest()
