"""What people upload: judged by its content, never by its name (PF-SEC-06). No `env`.

Pictures are drawn anew (`engine.photo`); everything else is kept byte for byte, after
its kind has been recognised. What a browser would run is no kind at all.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

import magic

from .photo import PhotoError, clean_photo

MEGABYTE = 2**20
HEAD = 8_192
# kind -> ending of the name under which the file is handed out
ENDINGS = {
    "image": ".jpg",
    "pdf": ".pdf",
    "document": ".docx",
    "sheet": ".xlsx",
    "slides": ".pptx",
    "text": ".txt",
    "archive": ".zip",
    "audio": "",
    "video": "",
}
HARMLESS = frozenset(ENDINGS)
TEXT_ENDINGS = (".csv", ".txt", ".tsv", ".log", ".json")
OFFICE = "application/vnd.openxmlformats-officedocument."
OFFICE_KINDS = {
    "word/": ("document", f"{OFFICE}wordprocessingml.document"),
    "xl/": ("sheet", f"{OFFICE}spreadsheetml.sheet"),
    "ppt/": ("slides", f"{OFFICE}presentationml.presentation"),
}
MACRO = "vbaproject.bin"
MAX_PARTS = 5_000
# What makes a browser take a text for a page or a picture that can run scripts.
ACTIVE = re.compile(
    rb"<(!doctype|\?xml|html|head|body|svg|script|iframe|object|embed|math|xsl:)"
    rb"|^\s*mime-version:",
    re.IGNORECASE,
)

CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")


class UploadError(ValueError):
    """An upload that is not taken.

    :ivar str code: one of ``empty too_large not_allowed active macros damaged
        too_many_pixels``
    :ivar dict details: what the message names (``limit`` in MB, ``kind``)
    """

    def __init__(self, code, **details):
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass(frozen=True)
class Upload:
    """A file that may be kept. Capture time and place are those of a photo."""

    kind: str
    mimetype: str
    data: bytes
    filename: str
    taken_at: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None


def check_upload(data, filename, allowed, limit):
    """Return the upload as it may be kept.

    :param bytes data: the file
    :param str filename: kept for people; its ending is set to that of the content
    :param allowed: kinds of `ENDINGS` that are taken here
    :param int limit: bytes
    :raise UploadError: with the reason

    >>> check_upload(b"<svg onload='alert(1)'/>", "photo.jpg", {"image"}, 100)
    Traceback (most recent call last):
    ...
    odoo.addons.lottery_base.engine.upload.UploadError: active
    >>> check_upload(b"%PDF-1.7 x", "letter.exe", {"pdf"}, 100).filename
    'letter.pdf'
    """
    if not data:
        raise UploadError("empty")
    if len(data) > limit:
        raise UploadError("too_large", limit=round(limit / MEGABYTE, 1))
    kind, mimetype = recognise(data)
    if kind not in allowed:
        raise UploadError("active" if kind == "active" else "not_allowed", kind=kind)
    details = {}
    if kind == "image":
        data, details = _draw_anew(data)
        mimetype = "image/jpeg"
    return Upload(kind, mimetype, data, _rename(filename, kind), **details)


def recognise(data):
    """Return ``(kind, mimetype)``; the kind is ``active`` or ``other`` for the rest.

    >>> recognise(b"name,code\\nA,1\\n")[0], recognise(b"\\x7fELF\\x02\\x01")[0]
    ('text', 'other')
    """
    head = bytes(data[:HEAD])
    if head.startswith(b"PK\x03\x04"):
        return _recognise_archive(data)
    if head.startswith(b"%PDF-"):
        return "pdf", "application/pdf"
    mimetype = magic.from_buffer(head, mime=True)
    family = mimetype.partition("/")[0]
    if looks_active(head):
        return "active", mimetype
    if mimetype in ("image/jpeg", "image/png", "image/webp"):
        return "image", mimetype
    if family in ("audio", "video"):
        return family, mimetype
    if _is_text(data):
        return "text", "text/plain"
    return "other", mimetype


def looks_active(head):
    """Whether a browser might run what begins so: HTML, SVG, XML, web archives.

    >>> looks_active(b"\\xef\\xbb\\xbf <?xml version='1.0'?><a/>"), looks_active(b"a < b")
    (True, False)
    >>> looks_active("<svg/>".encode("utf-16"))
    True
    """
    head = bytes(head[:HEAD])
    if b"\x00" in head and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return False  # no text at all
    return bool(ACTIVE.search(head.replace(b"\x00", b"")))


def _recognise_archive(data):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [part.filename for part in archive.infolist()[:MAX_PARTS]]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UploadError("damaged") from error
    if any(name.lower().endswith(MACRO) for name in names):
        raise UploadError("macros")
    if "[Content_Types].xml" in names:
        for folder, found in OFFICE_KINDS.items():
            if any(name.startswith(folder) for name in names):
                return found
    return "archive", "application/zip"


def _is_text(data):
    if CONTROL.search(data):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _draw_anew(data):
    try:
        photo = clean_photo(data, max_bytes=len(data))
    except PhotoError as error:
        code = "too_many_pixels" if error.code == "too_many_pixels" else "damaged"
        raise UploadError(code) from error
    return photo.jpeg, {
        "taken_at": photo.taken_at,
        "latitude": photo.latitude,
        "longitude": photo.longitude,
    }


def _rename(filename, kind):
    path = PurePath((filename or "").replace("\\", "/").replace("\x00", "")).name
    stem, ending = PurePath(path).stem[:120] or kind, PurePath(path).suffix.lower()
    if kind == "text" and ending in TEXT_ENDINGS:
        return stem + ending
    return stem + (ENDINGS[kind] or ending[:8])
