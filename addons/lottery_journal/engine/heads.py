"""Signed heads in places outside the database.

A chain alone does not show a cut tail, a dropped chain or a rewrite with the key. So the
sealer writes the chain's head each minute to append-only files in two places or more.
A line holds the hash of the line before it and an Ed25519 signature; whoever keeps the
last line of a file can prove what the file said.
"""

import hashlib
import hmac
import json
import os
import pathlib
import typing

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from .mac import utc_stamp
from .sealing import Tail

NO_LINE = "0" * 64
MAX_LINE = 8192  # bytes; a line has about 450, more with an operator's reason


class Head(typing.NamedTuple):
    """``mac`` in hexadecimal digits; ``resumed``: why an operator let the chain go on
    from here (else empty)."""

    seq: int
    mac: bytes
    at: str
    place: str
    resumed: str = ""


class Signer:
    """Signs heads with a key derived from the chain key."""

    def __init__(self, chain_secret: bytes):
        seed = hmac.digest(chain_secret, b"lottery-journal head signature", "sha256")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw().hex()

    def line(self, database: str, tail: Tail, prev: str, resumed: str = "") -> str:
        content = {
            "at": utc_stamp(),
            "db": database,
            "key": self.public,
            "mac": tail.mac.decode(),
            "prev": prev,
            "seq": tail.seq,
        }
        if resumed:
            content["resumed"] = resumed
        content["sig"] = self._key.sign(_text(content).encode()).hex()
        return _text(content)


def _text(content: dict) -> str:
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def line_hash(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


class Place:
    """The head files of one database in one directory, a file a month."""

    def __init__(self, directory: str, database: str):
        self.directory = pathlib.Path(directory)
        self.database = database

    def files(self) -> list[pathlib.Path]:
        return sorted(self.directory.glob(f"{self.database}-heads-*.jsonl"))

    def last_line(self) -> str:
        """:return: the last whole line, "" where there is none"""
        for path in reversed(self.files()):
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - MAX_LINE))
                lines = file.read().decode(errors="replace").splitlines()
            for line in reversed(lines):
                if _parse(line):
                    return line
        return ""

    def last_head_seq(self) -> int:
        """:return: entry of the last head, 0 where there is none"""
        content = _parse(self.last_line())
        return content["seq"] if content else 0

    def append(self, signer: Signer, tail: Tail, resumed: str = "") -> str:
        """Write the head and wait until it is on the disk.

        :raise OSError: the place can't be written
        """
        last = self.last_line()
        prev = line_hash(last) if last else NO_LINE
        line = signer.line(self.database, tail, prev, resumed)
        self.directory.mkdir(parents=True, exist_ok=True)
        month = utc_stamp()[:7]
        path = self.directory / f"{self.database}-heads-{month}.jsonl"
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            # Begins with a line end: a line torn by a full disk stays by itself.
            os.write(descriptor, f"\n{line}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return line

    def read(self, public: set[str] | None = None) -> tuple[list[Head], str]:
        """Return the heads and what is wrong with the files ("" when nothing is).

        A place that can't be read is wrong too.

        :param public: keys a line may be signed with; without them the signature only
            has to fit the key named in the line
        """
        heads, last, name = [], "", ""
        for path in self.files():
            try:
                text = path.read_text(encoding="utf-8", errors="replace")
            except OSError as error:
                return heads, f"{path.name}: {error.strerror}"
            for line in text.splitlines():
                content = _parse(line)
                if content is None:
                    continue  # empty, or torn while it was written
                if content["prev"] != (line_hash(last) if last else NO_LINE):
                    return (
                        heads,
                        f"{path.name}: lines are missing before {content['at']}",
                    )
                resumed = content.get("resumed", "")
                if resumed and not _is_signed(line, public):
                    return heads, f"{path.name}: wrong signature at {content['at']}"
                last, name = line, path.name
                heads.append(
                    Head(
                        content["seq"],
                        content["mac"].encode(),
                        content["at"],
                        str(self.directory),
                        resumed,
                    )
                )
        # The last line's signature covers all before it through their hashes.
        if last and not _is_signed(last, public):
            return heads, f"{name}: wrong signature in the last line"
        return heads, ""


def _parse(line: str) -> dict | None:
    """Return the content of a whole line, None for anything else."""
    try:
        content = json.loads(line)
        bytes.fromhex(content["mac"])
        whole = isinstance(content["seq"], int) and content["sig"] and content["key"]
        return content if whole and content["at"] and content["prev"] else None
    except (ValueError, KeyError, TypeError):
        return None


def _is_signed(line: str, public: set[str] | None) -> bool:
    content = json.loads(line)
    try:
        signature = bytes.fromhex(content.pop("sig"))
        key = content["key"]
        if public is not None and key not in public:
            return False
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            signature, _text(content).encode()
        )
    except (InvalidSignature, KeyError, ValueError, TypeError):
        return False
    return True


def places_from(environ: typing.Mapping[str, str], database: str) -> list[Place]:
    """Return the places named by LOTTERY_JOURNAL_HEAD_DIRS, separated by colons."""
    text = environ.get("LOTTERY_JOURNAL_HEAD_DIRS", "")
    return [Place(path, database) for path in text.split(":") if path]
