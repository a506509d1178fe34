"""Pictures of pages that users send along. No `env`."""

import io

from PIL import Image, UnidentifiedImageError

MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 1920  # what Odoo keeps of an image at most
FORMATS = ("PNG", "JPEG", "WEBP")


class PictureError(ValueError):
    """What was sent is no picture, or too large; ``code``: ``too_large not_a_picture``."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def redraw(data: bytes) -> bytes:
    """Draw a picture anew: what comes out is a JPEG and nothing else rides along.

    >>> redraw(b"<svg/>")
    Traceback (most recent call last):
    ...
    odoo.addons.lottery_workbench.engine.picture.PictureError: not_a_picture
    """
    if len(data) > MAX_BYTES:
        raise PictureError("too_large")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as source:
            if source.width * source.height > MAX_PIXELS:
                raise PictureError("too_large")
            picture = Image.new("RGB", source.size, "white")
            source = source.convert("RGBA")
            picture.paste(source, mask=source.getchannel("A"))
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise PictureError("not_a_picture") from error
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=85)
    return stream.getvalue()
