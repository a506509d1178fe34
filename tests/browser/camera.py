"""Named pictures of the journeys, small enough for the repository."""

import io
import pathlib

from PIL import Image

MAX_BYTES = 150_000
COLOURS = 256
# No caret, no animation, no tooltip: the same picture twice.
STILL = """
*, *::before, *::after {
    animation: none !important; transition: none !important; caret-color: transparent !important;
}
"""


class Camera:
    """Takes pictures into a directory; without one it only passes by."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory) if directory else None

    def take(self, page, name, clip=None):
        """Store what is on the screen as NAME.png.

        :param clip: CSS selector of the part to show; None: the whole screen
        """
        if not self.directory:
            return
        page.evaluate("document.fonts.ready")
        target = page.locator(clip) if clip else page
        data = target.screenshot(style=STILL)
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / f"{name}.png").write_bytes(shrink(data))


def shrink(data, limit=MAX_BYTES):
    """Return a PNG with a palette, in fewer colours or smaller until it fits.

    :raise ValueError: it cannot be made to fit
    """
    image = Image.open(io.BytesIO(data)).convert("RGB")
    for scale in (1, 0.75, 0.5):
        size = (round(image.width * scale), round(image.height * scale))
        resized = image if scale == 1 else image.resize(size, Image.LANCZOS)
        for colours in (COLOURS, 96):
            buffer = io.BytesIO()
            resized.quantize(colours, dither=Image.Dither.NONE).save(
                buffer, "PNG", optimize=True
            )
            if buffer.tell() <= limit:
                return buffer.getvalue()
    raise ValueError(f"no picture below {limit} bytes")
