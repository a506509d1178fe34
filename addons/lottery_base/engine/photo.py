"""Photos that people upload: judged by content, drawn anew, stripped (PF-SEC-06)."""

import io
import warnings
from dataclasses import dataclass
from datetime import datetime

from PIL import ExifTags, Image, ImageOps, WebPImagePlugin  # noqa: F401 - see below

# Odoo stops PIL from looking up formats by itself: WebP is registered by its import.
FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SIDE = 1600


class PhotoError(ValueError):
    """An upload that is not taken; ``code`` is ``too_big``, ``not_image`` or
    ``too_many_pixels``."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Photo:
    """A picture drawn anew; what its metadata said stands beside it."""

    jpeg: bytes
    taken_at: datetime | None  # local time of the camera
    latitude: float | None  # degrees, WGS 84
    longitude: float | None


def clean_photo(data, *, max_side=MAX_SIDE, max_bytes=MAX_BYTES):
    """Return the upload as a :class:`Photo`.

    The size in pixels is read from the header before anything is unpacked, so that a
    small file that unpacks to gigabytes costs nothing.

    :param bytes data: what was uploaded; its name and declared type do not matter
    :raise PhotoError: with the reason

    >>> clean_photo(b"<html><script>alert(1)</script>")
    Traceback (most recent call last):
    ...
    odoo.addons.lottery_base.engine.photo.PhotoError: not_image
    """
    if len(data) > max_bytes:
        raise PhotoError("too_big")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise PhotoError("too_many_pixels")
        taken_at, latitude, longitude = _read_exif(image)
        image.draft("RGB", (max_side, max_side))  # decode JPEG no larger than needed
        image = ImageOps.exif_transpose(image)
        image.thumbnail((max_side, max_side))
        output = io.BytesIO()
        _on_white(image).save(output, "JPEG", quality=82, optimize=True)
    except PhotoError:
        raise
    except Image.DecompressionBombError as error:
        raise PhotoError("too_many_pixels") from error
    except Exception as error:  # the decoders raise all kinds on broken files
        raise PhotoError("not_image") from error
    return Photo(output.getvalue(), taken_at, latitude, longitude)


def strip_photo(data):
    """Return a picture drawn anew in its own format, without metadata.

    What is no picture of `FORMATS` comes back as it is: it is for others to judge.

    :raise PhotoError: ``too_many_pixels``, ``not_image`` for a broken one

    >>> strip_photo(b"<svg/>")
    b'<svg/>'
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Exception:
        return data
    if image.width * image.height > MAX_PIXELS:
        raise PhotoError("too_many_pixels")
    kind = image.format if image.format in FORMATS else "JPEG"
    profile = image.info.get("icc_profile")
    try:
        upright = ImageOps.exif_transpose(image)
        if "transparency" in upright.info:
            upright = upright.convert("RGBA")
        plain = Image.new(upright.mode, upright.size)
        if upright.palette:
            plain.putpalette(upright.palette)
        plain.paste(upright)
        output = io.BytesIO()
        plain.save(output, kind, quality=90, icc_profile=profile)
    except Exception as error:  # the decoders raise all kinds on broken files
        raise PhotoError("not_image") from error
    return output.getvalue()


def _on_white(image):
    """Return the picture without transparency and without its old metadata."""
    rgba = image.convert("RGBA")
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(rgba, mask=rgba.getchannel("A"))
    return canvas


def _read_exif(image):
    exif = image.getexif()
    details = exif.get_ifd(ExifTags.IFD.Exif)
    raw = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(
        ExifTags.Base.DateTime
    )
    try:
        taken_at = datetime.strptime(str(raw).strip("\0 "), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        taken_at = None
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    latitude = _degrees(gps, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, 90)
    longitude = _degrees(
        gps, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, 180
    )
    return taken_at, latitude, longitude


def _degrees(gps, value_tag, reference_tag, limit):
    try:
        degrees, minutes, seconds = (float(part) for part in gps[value_tag])
        value = degrees + minutes / 60 + seconds / 3600
        if str(gps.get(reference_tag, "N"))[:1] in "SW":
            value = -value
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return value if abs(value) <= limit else None
