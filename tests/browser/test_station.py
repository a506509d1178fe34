"""The keeper at the scan-out station, on a desk's screen and on a phone.

IT-WHS-03, IT-WHS-04: one field, a word and a colour for each scan, nothing lost at five
scans a second, the slip at the end.
"""

import unicodedata
import uuid

import pytest
from playwright.sync_api import expect

from .audit import check_access, check_width
from .conftest import PHONE
from .keeper import find_richest
from .office import read_pdf

STATION = "instant_ticket.instant_scan_station_action"
CARTON = 20
LOOSE = 12  # packs scanned one by one


@pytest.fixture(scope="module")
def warehouse(admin):
    [row] = admin.find("stock.warehouse", [["branch_id.code", "=", "6523"]], ["name"])
    return row


@pytest.fixture(scope="module")
def stock(admin, warehouse):
    """Three games of the warehouse with two closed cartons each, cheapest first."""
    rows = admin.find(
        "instant.availability",
        [["warehouse_id", "=", warehouse["id"]], ["available", ">", 2 * CARTON]],
        ["game_id"],
        load=None,
    )
    games = admin.find(
        "instant.game",
        [["id", "in", [row["game_id"] for row in rows]]],
        ["code", "pack_amount"],
        order="pack_amount, id",
    )
    chosen = [game for game in games if closed_cartons(admin, warehouse, game)]
    assert len(chosen) >= 3, "the demo's stock is too small for the journey"
    return chosen[:3]


def closed_cartons(admin, warehouse, game):
    """Labels of cartons that were never opened and are all free."""
    cartons = admin.find(
        "instant.carton",
        [
            ["game_id", "=", game["id"]],
            ["warehouse_id", "=", warehouse["id"]],
            ["state", "=", "in_stock"],
        ],
        ["code"],
        order="id desc",
    )
    return [
        carton["code"]
        for carton in cartons
        if admin.call(
            "instant.pack",
            "search_count",
            [["carton_id", "=", carton["id"]], ["state", "=", "available"]],
        )
        == CARTON
    ]


def free_packs(admin, warehouse, game, count):
    packs = admin.find(
        "instant.pack",
        [
            ["game_id", "=", game["id"]],
            ["warehouse_id", "=", warehouse["id"]],
            ["state", "=", "available"],
        ],
        ["code"],
        limit=count,
        order="serial",
    )
    return [pack["code"] for pack in packs]


@pytest.fixture
def place(admin, open_office):
    """{game's code: packs} -> a locked order of the outlet with the most money."""

    def place_(wanted):
        placed = open_office("desk").call(
            "instant.order",
            "place_order",
            find_richest(admin, [["outlet_id.number", "=like", "6523%"]]),
            [{"game": code, "packs": packs} for code, packs in wanted.items()],
            str(uuid.uuid4()),
        )
        admin.await_value("instant.order", placed["order_id"], "state", "locked")
        return placed

    return place_


@pytest.fixture
def station(open_screen):
    def open_(size=None, **options):
        screen = open_screen("keeper.changji", *([size] if size else []), **options)
        screen.open(STATION)
        expect(screen.page.locator(".o_station_name")).to_be_visible()
        return screen

    return open_


def expect_result(screen, tone, word, message=""):
    """The colour of the whole screen, the word, the reason."""
    page = screen.page
    expect(page.locator(".o_station")).to_have_attribute("data-tone", tone)
    expect(page.locator(".o_station_word")).to_contain_text(word)
    expect(page.locator(".o_station_message")).to_contain_text(message)


def expect_progress(screen, scanned, wanted):
    expect(screen.page.locator(".o_station_progress")).to_have_text(
        f"{scanned} / {wanted}"
    )


def open_by_number(screen, name):
    screen.wedge(name)
    expect(screen.page.locator(".o_station_name")).to_have_text(name)


def test_station_opens_the_most_urgent_order(station, admin, warehouse):
    """IT-WHS-03: the next order is the one promised first."""
    screen = station()
    name = screen.page.locator(".o_station_name").inner_text()
    waiting = admin.find(
        "instant.order",
        [
            ["warehouse_id", "=", warehouse["id"]],
            ["state", "in", ["locked", "picking"]],
            ["confirming", "=", False],
        ],
        ["name", "state", "deadline"],
        order="deadline, id",
    )
    [shown] = [order for order in waiting if order["name"] == name]
    if shown["state"] == "locked":  # begun orders of the keeper come first
        assert shown["deadline"] == waiting[0]["deadline"]
    expect(screen.page.locator(".o_station_facts")).to_contain_text("缴款账户")
    expect(screen.page.locator(".o_station_facts")).to_contain_text("即开账户")
    check_access(screen.page, ".o_station")


def test_parcel_from_first_scan_to_slip(
    station, stock, place, admin, warehouse, camera
):
    """IT-WHS-03, IT-WHS-04: wrong scans, undo, a carton, a fast scanner, the slip."""
    loose, carton, other = stock
    placed = place({loose["code"]: LOOSE, carton["code"]: CARTON})
    order_id, total = placed["order_id"], LOOSE + CARTON
    screen = station()
    open_by_number(screen, placed["name"])
    camera.take(screen.page, "station-order")

    [foreign] = free_packs(admin, warehouse, other, 1)
    screen.wedge(foreign)
    expect_result(screen, "refused", "错误", f"{foreign}：订单中没有该票种")
    camera.take(screen.page, "station-wrong")
    screen.wedge("6901234567892")
    expect_result(screen, "refused", "错误", "不是本系统的标签")
    expect_progress(screen, 0, total)

    labels = free_packs(admin, warehouse, loose, LOOSE)
    screen.wedge(labels[0])
    expect_result(screen, "ok", "正确")
    screen.page.get_by_role("button", name="撤销").click()
    expect_result(screen, "undone", "已撤回")
    expect_progress(screen, 0, total)

    for label in labels:  # never waits for an answer
        screen.wedge(label)
    expect_progress(screen, LOOSE, total)
    screen.wedge(labels[0])
    expect_result(screen, "refused", "错误", "已经扫过")
    [box, *_more] = closed_cartons(admin, warehouse, carton)
    screen.wedge(box)
    expect_result(screen, "ok", "已扫齐", "请确认出库")
    expect_progress(screen, total, total)
    camera.take(screen.page, "station-complete")
    check_scans(admin, order_id, total)

    with screen.page.expect_download(timeout=60_000) as slip:
        screen.page.get_by_role("button", name="确认出库").click()
    expect_result(screen, "done", "完成", "装箱单")
    camera.take(screen.page, "station-done")
    check_parcel(admin, order_id, total, slip.value.path())


def check_scans(admin, order_id, packs):
    """Every scan is kept, the refused ones with their check."""
    scans = admin.find(
        "instant.scan", [["order_id", "=", order_id]], ["result", "reason", "packs"]
    )
    refused = sorted(scan["reason"] for scan in scans if scan["result"] == "refused")
    assert refused == ["already_scanned", "bad_code", "not_on_order"]
    bound = admin.call("instant.pack", "search_count", [["order_id", "=", order_id]])
    assert bound == packs


def check_parcel(admin, order_id, packs, slip):
    order = admin.read("instant.order", order_id, "state", "outlet_id", "line_ids")
    assert order["state"] == "shipped"
    states = admin.find("instant.pack", [["order_id", "=", order_id]], ["state"])
    assert [row["state"] for row in states] == ["in_transit"] * packs
    text = read_pdf(slip)
    outlet = admin.read("lottery.outlet", order["outlet_id"], "name")
    assert "装箱单(提票证)" in text and "提票证" in text
    assert unicodedata.normalize("NFKC", outlet["name"]) in text
    for line_id in order["line_ids"]:
        line = admin.read("instant.order.line", line_id, "game_id")
        assert admin.read("instant.game", line["game_id"], "name")["name"] in text


def test_station_on_a_phone(station, stock, place, admin, warehouse, camera):
    """IT-WHS-03 on 360 pixels: scan, undo, put aside."""
    loose = stock[0]
    placed = place({loose["code"]: 2})
    screen = station(PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
    open_by_number(screen, placed["name"])
    check_width(screen.page)
    [label] = free_packs(admin, warehouse, loose, 1)
    screen.wedge(label)
    expect_result(screen, "ok", "正确")
    camera.take(screen.page, "station-phone")
    check_access(screen.page, ".o_station")
    screen.page.get_by_role("button", name="撤销").tap()
    expect_progress(screen, 0, 2)
    order = admin.read("instant.order", placed["order_id"], "state")
    assert order["state"] == "locked"
    screen.page.get_by_role("button", name="暂放").tap()
    expect(screen.page.locator(".o_station_name")).not_to_have_text(placed["name"])
