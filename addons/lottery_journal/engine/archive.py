"""Archive files: gzipped lines of canonical JSON with their digest (PF-AUD-03)."""

import gzip
import hashlib
import json
import os
import pathlib
import typing

from .canonical import canonical

LEVEL = 6
CHUNK = 1 << 20


class Written(typing.NamedTuple):
    count: int
    sha256: str
    size: int


class ArchiveBroken(Exception):
    """The file is not there, or not what was written.

    ``file`` and ``reason`` (``missing``, ``changed`` or ``unreadable``) are for those
    who tell people; the text is the tools'.
    """

    def __init__(self, text: str, file: str = "", reason: str = "unreadable"):
        super().__init__(text)
        self.file, self.reason = file, reason


class _Hashing:
    """A binary file that knows the digest of what went through it."""

    def __init__(self, file):
        self._file = file
        self.hash = hashlib.sha256()
        self.size = 0

    def write(self, data):
        self.hash.update(data)
        self.size += len(data)
        return self._file.write(data)

    def flush(self):
        self._file.flush()


def directory_from(environ, default: str) -> pathlib.Path:
    return pathlib.Path(environ.get("LOTTERY_ARCHIVE_DIR") or default)


def write_archive(
    path: pathlib.Path, rows: typing.Iterable[typing.Any], encode=canonical
) -> Written:
    """Write one line a row; the file appears under its name when it is whole.

    :raise OSError: the place can't be written; nothing is left under the name
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    count = 0
    with part.open("wb") as file:
        hashing = _Hashing(file)
        # no name and no time in the file: the same rows give the same digest
        with gzip.GzipFile("", "wb", LEVEL, hashing, mtime=0) as packed:
            for row in rows:
                packed.write(encode(row).encode() + b"\n")
                count += 1
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return Written(count, hashing.hash.hexdigest(), hashing.size)


def file_digest(path: pathlib.Path) -> str:
    """:raise ArchiveBroken: the file can't be read"""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        raise ArchiveBroken(
            f"{path.name}: {error.strerror}",
            path.name,
            "missing" if missing else "unreadable",
        ) from error


def check_digest(path: pathlib.Path, sha256: str) -> None:
    """:raise ArchiveBroken: the file is missing or was changed"""
    if file_digest(path) != sha256:
        raise ArchiveBroken(
            f"{path.name}: the digest is not the recorded one", path.name, "changed"
        )


def read_archive(path: pathlib.Path) -> typing.Iterator[typing.Any]:
    """Yield the rows.

    :raise ArchiveBroken: the file can't be read
    """
    try:
        with gzip.open(path, "rb") as file:
            for line in file:
                yield json.loads(line)
    except (OSError, EOFError, ValueError) as error:
        text = getattr(error, "strerror", None) or str(error)
        raise ArchiveBroken(f"{path.name}: {text}", path.name) from error
