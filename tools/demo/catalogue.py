"""The games of the demo: obviously invented, with drawn pictures."""

import base64
import colorsys
import datetime
import io
import math
import random

from PIL import Image, ImageDraw, ImageFont

FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
)
SIZE = (640, 400)

# code, name, theme, face value, tickets a pack, top prize, payout, days since launch
GAMES = [
    ("J0101", "天山雪莲", "山水", 10, 60, 400_000, 65.0, 240),
    ("J0102", "丝路花雨", "丝路", 20, 30, 1_000_000, 65.0, 180),
    ("J0103", "葡萄熟了", "瓜果", 5, 100, 100_000, 62.0, 400),
    ("J0104", "赛里木湖", "山水", 10, 60, 300_000, 65.0, 6),
    ("J0105", "胡杨金秋", "山水", 30, 20, 1_000_000, 66.0, 90),
    ("J0106", "喀什古城", "丝路", 20, 30, 800_000, 65.0, 12),
    ("J0107", "大漠驼铃", "丝路", 5, 100, 80_000, 62.0, 310),
    ("J0108", "冰雪之约", "体育", 10, 60, 250_000, 65.0, 3),
    ("J0109", "足球风云", "体育", 20, 30, 600_000, 65.0, 60),
    ("J0110", "篮板英雄", "体育", 10, 60, 200_000, 64.0, 150),
    ("J0111", "哈密瓜甜", "瓜果", 2, 200, 20_000, 60.0, 500),
    ("J0112", "草原骏马", "生肖", 50, 20, 1_000_000, 67.0, 21),
    ("J0113", "锦鲤跃门", "吉祥", 10, 60, 250_000, 65.0, 75),
    ("J0114", "五福临门", "吉祥", 5, 100, 100_000, 62.0, 45),
]


def game_values():
    """Return ``[(code, values for instant.game)]``."""
    today = datetime.date.today()
    rows = []
    for code, name, theme, face, tickets, top, payout, age in GAMES:
        rows.append(
            (
                code,
                {
                    "code": code,
                    "name": name,
                    "theme": theme,
                    "face_value": face,
                    "tickets_per_pack": tickets,
                    "packs_per_carton": 20,
                    "cartons_per_pallet": 40,
                    "prize_group_size": 1_000_000,
                    "print_run": 6_000_000,
                    "top_prize": top,
                    "odds": "1:3.42",
                    "payout_rate": payout,
                    "symbols": "福 / 3 倍",
                    "rules": (
                        "<p>刮开覆盖膜，如果出现任意一个中奖标志，"
                        "即中得该标志下方所示的奖金。中奖奖金兼中兼得。</p>"
                    ),
                    "launch_date": today - datetime.timedelta(days=age),
                    "image_front": draw_ticket(code, name, face),
                },
            )
        )
    return rows


def draw_ticket(code, name, face):
    """Return a ticket's front as base64 PNG: colour by code, name, face value."""
    chance = random.Random(code)
    hue = chance.random()
    top, bottom = (_colour(hue, 0.72, 0.86), _colour((hue + 0.09) % 1, 0.8, 0.55))
    image = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(image)
    for y in range(SIZE[1]):
        share = y / SIZE[1]
        draw.line(
            [(0, y), (SIZE[0], y)],
            fill=tuple(
                round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)
            ),
        )
    _draw_rays(image, draw, chance)
    draw.rounded_rectangle((36, 236, 604, 364), 22, fill=(225, 225, 228))
    for _ in range(900):
        x, y = chance.randint(42, 598), chance.randint(242, 358)
        shade = chance.randint(190, 245)
        draw.point((x, y), fill=(shade,) * 3)
    draw.text((320, 300), "刮 奖 区", font=_font(48), fill=(150, 150, 156), anchor="mm")
    draw.text(
        (320, 112),
        name,
        font=_font(104),
        fill="white",
        anchor="mm",
        stroke_width=4,
        stroke_fill=bottom,
    )
    draw.rounded_rectangle((486, 18, 616, 66), 24, fill="white")
    draw.text((551, 42), f"{face} 元", font=_font(30), fill=bottom, anchor="mm")
    draw.text((28, 42), "样票 示例", font=_font(22), fill="white", anchor="lm")
    buffer = io.BytesIO()
    image.quantize(128).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue())


def _draw_rays(image, draw, chance):
    centre = (chance.randint(180, 460), 120)
    for step in range(24):
        angle = step * math.pi / 12
        tip = [
            (
                centre[0] + 900 * math.cos(angle + d),
                centre[1] + 900 * math.sin(angle + d),
            )
            for d in (-0.05, 0.05)
        ]
        if step % 2:
            colour = image.getpixel((centre[0], min(380, 100 + step * 8)))
            draw.polygon([centre, *tip], fill=tuple(min(255, c + 22) for c in colour))


def _colour(hue, saturation, value):
    return tuple(round(c * 255) for c in colorsys.hsv_to_rgb(hue, saturation, value))


def _font(size):
    for path in FONTS:
        try:
            return ImageFont.truetype(path, size)
        except OSError:
            continue
    return ImageFont.load_default(size)
