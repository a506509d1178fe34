"""Which delivery area an address belongs to (IT-DLV-01).

An area is a name as the delivery scheme writes it: a county (``玛纳斯县``), a town
(``哈拉峻乡``), a farm of the Corps (``102团``), the prefecture's city
(``昌吉市区``), all farms (``团场``) or the whole prefecture (``乌鲁木齐全境``).
"""

from typing import NamedTuple

WHOLE_SUFFIXES = ("全境", "全域")
CITY_SUFFIX = "市区"
ALL_FARMS = "团场"
ENDINGS = (
    "哈萨克自治县",
    "塔吉克自治县",
    "蒙古自治县",
    "回族自治县",
    "自治县",
    "市区",
    "乡",
    "镇",
    "县",
    "市",
    "区",
    "团",
)


class Area(NamedTuple):
    """``key`` is whatever the caller wants back, e.g. a carrier's id."""

    key: int
    name: str


def stem(name):
    """Return a place's name without its ending.

    >>> stem("巴里坤哈萨克自治县"), stem("昌吉市区"), stem("昌吉市"), stem("102团")
    ('巴里坤', '昌吉', '昌吉', '102')
    """
    name = (name or "").strip()
    for ending in ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name


def split_names(name):
    """Return the names one entry stands for.

    >>> split_names("二二四团（昆玉市）")
    ['二二四团', '昆玉市']
    """
    return [part for part in name.replace("）", "").split("（") if part]


def match_area(areas, county="", town="", city=""):
    """Return the key of the area an address lies in, or None.

    The most exact wins: the town's or county's very name, then their stems (``昌吉``
    for ``昌吉市``), then all farms, then the prefecture's city, then the whole
    prefecture.

    :param areas: the ``Area`` rows of the address's prefecture
    :param city: the prefecture's own city, e.g. ``阿图什市`` for ``克州市区``

    >>> rows = [Area(1, "昌吉市区"), Area(2, "玛纳斯县"), Area(3, "102团"),
    ...         Area(4, "昌吉全境")]
    >>> match_area(rows, county="玛纳斯县")
    2
    >>> match_area(rows, county="昌吉市", town="中山路街道")
    1
    >>> match_area(rows, county="五家渠市", town="102团")
    3
    >>> match_area(rows, county="奇台县")
    4
    >>> match_area([Area(7, "团场")], county="奎屯市", town="一二六团")
    7
    >>> match_area([Area(8, "伊宁市"), Area(9, "伊宁县")], county="伊宁县")
    9
    """
    ranked = []
    for area in areas:
        rank = min(_rank(name, county, town, city) for name in split_names(area.name))
        if rank < len(_RANKS):
            ranked.append((rank, area.key))
    return min(ranked)[1] if ranked else None


def _same(name, place):
    return bool(place) and (name == place or stem(name) == stem(place))


def _is_very_name(name, county, town, city):
    return bool(name) and name in (town, county)


def _is_town(name, county, town, city):
    return bool(town) and (_same(name, town) or name in town or town in name)


def _is_county(name, county, town, city):
    return not name.endswith(CITY_SUFFIX) and _same(name, county)


def _is_farm(name, county, town, city):
    return name == ALL_FARMS and any("团" in place for place in (county, town) if place)


def _is_city(name, county, town, city):
    if not name.endswith(CITY_SUFFIX):
        return False
    return not county or _same(name, county) or _same(city, county)


def _is_whole(name, county, town, city):
    return name.endswith(WHOLE_SUFFIXES)


_RANKS = (_is_very_name, _is_town, _is_county, _is_farm, _is_city, _is_whole)


def _rank(name, *place):
    for rank, test in enumerate(_RANKS):
        if test(name, *place):
            return rank
    return len(_RANKS)
