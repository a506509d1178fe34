import base64
import io

from markupsafe import escape
from PIL import Image, WebPImagePlugin  # noqa: F401 - Odoo stops PIL's own look-up

from odoo.http import Controller, request, route

# size in the address -> (field of the game, longest side in pixels)
SIZES = {
    "card": ("image_front_256", 256),
    "front": ("image_front", 900),
    "scratched": ("image_scratched", 900),
    "back": ("image_back", 900),
}
YEAR = 365 * 24 * 3600
FACE_COLOURS = {
    2: ("#1c7a4d", "#0f5233"),
    3: ("#0e7490", "#0a4f63"),
    5: ("#1d5fc4", "#123e83"),
    10: ("#d1500f", "#8f3308"),
    20: ("#7e2fb8", "#531c7d"),
    30: ("#b3153f", "#760b28"),
    50: ("#8a5a00", "#4f3300"),
    100: ("#3b3b46", "#17171c"),
}
DRAWN = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 256 256">
<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1">
<stop offset="0" stop-color="{light}"/><stop offset="1" stop-color="{dark}"/>
</linearGradient></defs>
<rect width="256" height="256" fill="url(#g)"/>
<circle cx="222" cy="34" r="84" fill="#fff" opacity=".08"/>
<circle cx="26" cy="236" r="96" fill="#fff" opacity=".07"/>
<text x="128" y="122" fill="#fff" font-size="84" font-weight="700"
 text-anchor="middle" font-family="sans-serif">¥{face}</text>
<rect x="28" y="152" width="200" height="62" rx="12" fill="#fff" opacity=".92"/>
<text x="128" y="194" fill="{dark}" font-size="{size}" font-weight="700"
 text-anchor="middle" font-family="sans-serif">{name}</text>
</svg>"""


class PortalImage(Controller):
    @route(
        "/my/tickets/image/<int:game_id>/<string:size>",
        type="http",
        auth="owner",
        readonly=True,
        sitemap=False,
    )
    def image(self, game_id, size, v=None, **_kw):
        """Picture of a game, small, as WebP; drawn when the game has none.

        With ``v`` (the game's version) the address changes with the picture and the
        phone may keep it for a year.
        """
        game = request.env["instant.game"].search([("id", "=", game_id)])
        if not game or size not in SIZES:
            return request.not_found()
        field, side = SIZES[size]
        source = game[field] or (size == "front" and game.image_front_256)
        if source:
            body, mimetype = self._to_webp(base64.b64decode(source), side), "image/webp"
        else:
            body, mimetype = self._draw(game), "image/svg+xml"
        return request.make_response(
            body,
            headers=[
                ("Content-Type", mimetype),
                ("Content-Length", len(body)),
                (
                    "Cache-Control",
                    f"private, max-age={YEAR}, immutable" if v else "private, no-cache",
                ),
                ("Content-Security-Policy", "default-src 'none'"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    @staticmethod
    def _to_webp(data, side):
        image = Image.open(io.BytesIO(data)).convert("RGBA")
        image.thumbnail((side, side))
        canvas = Image.new("RGB", image.size, "white")
        canvas.paste(image, mask=image.getchannel("A"))
        output = io.BytesIO()
        canvas.save(output, "WEBP", quality=78, method=4)
        return output.getvalue()

    @staticmethod
    def _draw(game):
        face = game.face_value
        light, dark = FACE_COLOURS.get(int(face), ("#4a5568", "#2d3748"))
        name = (game.name or "")[:8]
        return DRAWN.format(
            light=light,
            dark=dark,
            face=f"{face:g}",
            name=escape(name),
            size=min(36, 190 // max(len(name), 1)),
        ).encode()
