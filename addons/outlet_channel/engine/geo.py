"""Distances on the globe. Coordinates are WGS-84 degrees; 0 means "not recorded":
neither the equator nor the prime meridian runs through the country."""

from math import asin, cos, degrees, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088  # IUGG mean radius


def is_located(latitude, longitude):
    """Tell whether a position was recorded.

    >>> is_located(43.8256, 87.6168), is_located(0.0, 0.0)
    (True, False)
    """
    return bool(latitude and longitude)


def great_circle_km(lat1, lng1, lat2, lng2):
    """Return the great-circle distance in km (haversine, stable for short ones).

    >>> round(great_circle_km(43.8256, 87.6168, 39.4704, 75.9898))  # 乌鲁木齐-喀什
    1079
    >>> great_circle_km(43.8, 87.6, 43.8, 87.6)
    0.0
    >>> round(great_circle_km(0, 0, 0, 180))  # antipodes: half the circumference
    20015
    """
    half_lat = radians(lat2 - lat1) / 2
    half_lng = radians(lng2 - lng1) / 2
    chord = (
        sin(half_lat) ** 2
        + cos(radians(lat1)) * cos(radians(lat2)) * sin(half_lng) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def road_km(origin, place, factor):
    """Estimate the road distance between two ``(latitude, longitude)``.

    :param float factor: how much longer roads are than the straight line, >= 1
    :return: km with one decimal, 0.0 when either position is not recorded

    >>> road_km((43.8256, 87.6168), (44.0146, 87.3046), 1.3)
    42.5
    >>> road_km((0, 0), (44.0146, 87.3046), 1.3)
    0.0
    """
    if not (is_located(*origin) and is_located(*place)):
        return 0.0
    return round(great_circle_km(*origin, *place) * factor, 1)


def bounding_box(latitude, longitude, radius_km):
    """Return ``(south, north, west, east)`` around a circle, for an index scan.

    >>> [round(edge, 3) for edge in bounding_box(43.8, 87.6, 2)]
    [43.782, 43.818, 87.575, 87.625]
    >>> bounding_box(90.0, 10.0, 1)[2:]  # every meridian meets at a pole
    (-180.0, 180.0)
    """
    d_lat = degrees(radius_km / EARTH_RADIUS_KM)
    # The circle is widest a little off its centre's parallel: asin, not a plain ratio.
    ratio = sin(radius_km / EARTH_RADIUS_KM) / max(cos(radians(latitude)), 1e-12)
    d_lng = degrees(asin(ratio)) if ratio < 1 else 180.0
    if d_lng >= 180.0:
        return latitude - d_lat, latitude + d_lat, -180.0, 180.0
    return latitude - d_lat, latitude + d_lat, longitude - d_lng, longitude + d_lng
