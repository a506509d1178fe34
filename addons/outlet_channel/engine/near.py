"""The text of a "near" search: what it is near to, and how near."""

import re
from dataclasses import dataclass

DEFAULT_RADIUS_KM = 2.0
MAX_RADIUS_KM = 500.0

_POSITION = re.compile(
    r"^(?P<lat>-?\d{1,2}(?:\.\d+)?)\s*[,，]\s*(?P<lng>-?\d{1,3}(?:\.\d+)?)"
    r"(?:\s+(?P<km>\d+(?:\.\d+)?)\s*(?:km|公里)?)?$",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"^(?P<number>[0-9A-Za-z-]+)(?:\s+(?P<km>\d+(?:\.\d+)?)\s*(?:km|公里)?)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Near:
    """``position`` is ``(latitude, longitude)`` or None when ``number`` names an
    outlet; ``radius_km`` is positive."""

    position: tuple | None
    number: str | None
    radius_km: float


def parse_near(text):
    """Read ``"6501010001"``, ``"6501010001 5"``, ``"43.82,87.61"`` or
    ``"43.82,87.61 0.5km"``; the radius is 2 km unless given. None if it is neither.

    >>> parse_near("6501010001 5公里")
    Near(position=None, number='6501010001', radius_km=5.0)
    >>> parse_near("43.82， 87.61")
    Near(position=(43.82, 87.61), number=None, radius_km=2.0)
    >>> parse_near("near the station") is None
    True
    >>> parse_near("99,200 2") is None, parse_near("6501 0") is None
    (True, True)
    """
    text = (text or "").strip()
    match = _POSITION.match(text)
    position = number = None
    if match:
        position = float(match["lat"]), float(match["lng"])
        if abs(position[0]) > 90 or abs(position[1]) > 180:
            return None
    else:
        match = _NUMBER.match(text)
        if not match:
            return None
        number = match["number"]
    radius = float(match["km"]) if match["km"] else DEFAULT_RADIUS_KM
    if not 0 < radius <= MAX_RADIUS_KM:
        return None
    return Near(position, number, radius)
