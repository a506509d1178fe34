"""Envelope of the ILMS open platform (IT-ILM-01): what is sealed, signed and bound.

A message is a JSON object of five members::

    {"requestId": str, "timestamp": ms since 1970, "cipher": "aes-gcm" | "sm4-cbc",
     "data": base64(nonce + encrypted JSON), "sign": hex}

``sign`` covers the direction, the application, the call, its version, the request
id, the time, the cipher and ``data``. So nothing can be changed, a request cannot be
sent back as an answer, and an answer belongs to one request only.

No Odoo in here: the connector and the simulator share this file.
"""

import base64
import binascii
import hmac as _hmac
import json
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

REQUEST = "request"
ANSWER = "answer"
TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
GCM_NONCE = 12
SM4_BLOCK = 16


class ProtocolError(Exception):
    """A message that is malformed, tampered with or meant for something else."""


# === CIPHERS === #


def seal_aes_gcm(key: bytes, plain: bytes, bound: bytes, nonce: bytes = b"") -> bytes:
    """Encrypt with AES-GCM; returns nonce + ciphertext + tag.

    :param bound: authenticated with the text, not contained in it
    :param nonce: 12 bytes; only known-answer tests pass one
    """
    nonce = nonce or os.urandom(GCM_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def open_aes_gcm(key: bytes, blob: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(blob[:GCM_NONCE], blob[GCM_NONCE:], bound)
    except (InvalidTag, ValueError) as error:
        raise ProtocolError("the data cannot be decrypted") from error


def seal_sm4_cbc(key: bytes, plain: bytes, bound: bytes, nonce: bytes = b"") -> bytes:
    """Encrypt with SM4-CBC and PKCS#7; returns IV + ciphertext.

    CBC authenticates nothing: ``bound`` is covered by the signature, which is checked
    before anything is decrypted.
    """
    nonce = nonce or os.urandom(SM4_BLOCK)
    padder = padding.PKCS7(SM4_BLOCK * 8).padder()
    encryptor = Cipher(algorithms.SM4(key), modes.CBC(nonce)).encryptor()
    padded = padder.update(plain) + padder.finalize()
    return nonce + encryptor.update(padded) + encryptor.finalize()


def open_sm4_cbc(key: bytes, blob: bytes, bound: bytes) -> bytes:
    try:
        mode = modes.CBC(blob[:SM4_BLOCK])
        decryptor = Cipher(algorithms.SM4(key), mode).decryptor()
        padded = decryptor.update(blob[SM4_BLOCK:]) + decryptor.finalize()
        unpadder = padding.PKCS7(SM4_BLOCK * 8).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise ProtocolError("the data cannot be decrypted") from error


def _keyed_hash(algorithm: hashes.HashAlgorithm, key: bytes, text: bytes) -> bytes:
    digest = hmac.HMAC(key, algorithm)
    digest.update(text)
    return digest.finalize()


def hmac_sha256(key: bytes, text: bytes) -> bytes:
    return _keyed_hash(hashes.SHA256(), key, text)


def hmac_sm3(key: bytes, text: bytes) -> bytes:
    return _keyed_hash(hashes.SM3(), key, text)


@dataclass(frozen=True)
class Suite:
    """One pair of cipher and signature."""

    key_sizes: tuple[int, ...]
    seal: Callable[..., bytes]
    open: Callable[[bytes, bytes, bytes], bytes]
    sign: Callable[[bytes, bytes], bytes]


SUITES = {
    "aes-gcm": Suite((16, 24, 32), seal_aes_gcm, open_aes_gcm, hmac_sha256),
    "sm4-cbc": Suite((16,), seal_sm4_cbc, open_sm4_cbc, hmac_sm3),
}


# === CREDENTIALS === #


@dataclass(frozen=True)
class Credentials:
    """What both sides share; the secrets never show in a log or a traceback."""

    appid: str
    app_secret: bytes = field(repr=False)
    sign_secret: bytes = field(repr=False)
    cipher: str = "aes-gcm"

    def __post_init__(self):
        if not TOKEN.fullmatch(self.appid):
            raise ValueError("the APPID is empty or has forbidden characters")
        if self.cipher not in SUITES:
            raise ValueError(f"unknown cipher; known are {', '.join(SUITES)}")
        if len(self.app_secret) not in SUITES[self.cipher].key_sizes:
            sizes = " or ".join(str(size) for size in SUITES[self.cipher].key_sizes)
            raise ValueError(f"APP_SECRET must have {sizes} bytes for {self.cipher}")
        if len(self.sign_secret) < 16:
            raise ValueError("SIGN_SECRET must have at least 16 bytes")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Credentials":
        """Read ``LOTTERY_ILMS_`` + ``APPID APP_SECRET SIGN_SECRET CIPHER``.

        Secrets are hexadecimal.

        :raise ValueError: naming what is missing or wrong, never its value
        """
        values = {}
        for name in ("APP_SECRET", "SIGN_SECRET"):
            try:
                values[name] = bytes.fromhex(environ.get(f"LOTTERY_ILMS_{name}", ""))
            except ValueError:
                raise ValueError(f"LOTTERY_ILMS_{name} is not hexadecimal") from None
        missing = [name for name, value in values.items() if not value]
        if not environ.get("LOTTERY_ILMS_APPID"):
            missing.insert(0, "APPID")
        if missing:
            names = ", ".join(f"LOTTERY_ILMS_{name}" for name in missing)
            raise ValueError(f"not set: {names}")
        return cls(
            environ["LOTTERY_ILMS_APPID"],
            values["APP_SECRET"],
            values["SIGN_SECRET"],
            environ.get("LOTTERY_ILMS_CIPHER") or "aes-gcm",
        )


# === MESSAGES === #


@dataclass(frozen=True)
class Call:
    """Which call a message belongs to."""

    api: str
    version: str
    request_id: str

    def __post_init__(self):
        for name in ("api", "version", "request_id"):
            value = getattr(self, name)
            if not isinstance(value, str) or not TOKEN.fullmatch(value):
                raise ProtocolError(f"{name} is empty or has forbidden characters")


def canonical(payload) -> bytes:
    """The one spelling of a JSON value; what is compared and encrypted.

    >>> canonical({"b": 1, "a": "票"}).decode()
    '{"a":"票","b":1}'
    """
    return json.dumps(
        payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def _bound(
    direction: str, appid: str, call: Call, timestamp: int, cipher: str
) -> bytes:
    # No part can contain a line break, so the joined text has one reading only.
    parts = (
        direction,
        appid,
        call.api,
        call.version,
        call.request_id,
        str(timestamp),
        cipher,
    )
    return "\n".join(parts).encode()


def seal(
    credentials: Credentials,
    direction: str,
    call: Call,
    payload: dict,
    timestamp: int | None = None,
) -> dict:
    """Encrypt and sign ``payload``; returns the message to send."""
    timestamp = int(time.time() * 1000) if timestamp is None else timestamp
    suite = SUITES[credentials.cipher]
    bound = _bound(direction, credentials.appid, call, timestamp, credentials.cipher)
    blob = suite.seal(credentials.app_secret, canonical(payload), bound)
    data = base64.b64encode(blob).decode()
    sign = suite.sign(credentials.sign_secret, bound + b"\n" + data.encode())
    return {
        "requestId": call.request_id,
        "timestamp": timestamp,
        "cipher": credentials.cipher,
        "data": data,
        "sign": sign.hex(),
    }


def unseal(
    credentials: Credentials,
    direction: str,
    call: Call,
    message,
    window_ms: int | None = None,
    now_ms: int | None = None,
) -> dict:
    """Check and decrypt a message; the signature is checked before all else.

    :param call: the call it has to belong to
    :param window_ms: refuse what is further from ``now_ms`` than this
    :raise ProtocolError: nothing of the message may be used
    """
    timestamp, data, sign = _check_shape(message)
    if message["requestId"] != call.request_id:
        raise ProtocolError("the message belongs to another request")
    if message["cipher"] != credentials.cipher:
        raise ProtocolError("the message uses another cipher than agreed")
    suite = SUITES[credentials.cipher]
    bound = _bound(direction, credentials.appid, call, timestamp, credentials.cipher)
    expected = suite.sign(credentials.sign_secret, bound + b"\n" + data.encode())
    if not _hmac.compare_digest(expected.hex(), sign):
        raise ProtocolError("the signature is wrong")
    if window_ms is not None:
        now_ms = int(time.time() * 1000) if now_ms is None else now_ms
        if abs(now_ms - timestamp) > window_ms:
            raise ProtocolError("the message is too old or from the future")
    return _decode(suite, credentials, data, bound)


def _check_shape(message) -> tuple[int, str, str]:
    if not isinstance(message, dict):
        raise ProtocolError("the message is no JSON object")
    for name in ("requestId", "cipher", "data", "sign"):
        value = message.get(name)
        if not isinstance(value, str) or not value.isascii():
            raise ProtocolError(f"{name} is missing or no text")
    if type(message.get("timestamp")) is not int:
        raise ProtocolError("timestamp is missing or no integer")
    return message["timestamp"], message["data"], message["sign"]


def _decode(suite: Suite, credentials: Credentials, data: str, bound: bytes) -> dict:
    try:
        blob = base64.b64decode(data, validate=True)
        payload = json.loads(suite.open(credentials.app_secret, blob, bound))
    except (binascii.Error, ValueError) as error:
        raise ProtocolError("the data is not what was agreed") from error
    if not isinstance(payload, dict):
        raise ProtocolError("the data is no JSON object")
    return payload
