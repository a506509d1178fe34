"""The owner: phone number to confirmed receipt on a screen of 360 pixels.

IT-POR-01 … 05, IT-POR-07, IT-POR-08; the warehouse's part goes over RPC here and over
the screen in test_station.py.
"""

import re

import pytest
from playwright.sync_api import expect

from .audit import check_access, check_width
from .keeper import send_out

LIGHT = 300_000  # bytes of a first view after the first visit (IT-POR-07)


@pytest.fixture(scope="module")
def places(outlets):
    """The outlets of the Changji owners, each for one of the journeys."""
    return [row for number, row in sorted(outlets.items()) if number[:4] == "6523"]


@pytest.fixture(scope="module")
def owner(open_phone, places):
    """An owner who has logged in."""
    return open_phone(places[0]).log_in()


@pytest.fixture
def fresh_cart(owner):
    """The owner at the catalogue with nothing in the cart."""
    owner.page.goto("/my/tickets")
    owner.page.evaluate("localStorage.clear()")
    owner.page.goto("/my/tickets")
    expect(owner.page.locator(".lt-step-more").first).to_be_visible()
    return owner


def account_of(admin, outlet):
    [row] = admin.find(
        "instant.account",
        [["outlet_id", "=", outlet["id"]]],
        ["balance", "held", "available"],
    )
    return row


# === FROM LOG-IN TO RECEIPT === #


def test_order_to_receipt(open_phone, places, admin, open_office, camera):
    """IT-POR-01 … 05: one phone, one order, one parcel."""
    phone = open_phone(places[1])
    log_in_with_pictures(phone, camera)
    before = account_of(admin, phone.outlet)
    games = choose_games(phone, camera)
    order_id = submit(phone, camera)

    wanted = sum(price * packs for price, packs in games.values())
    [order] = admin.find(
        "instant.order",
        [["outlet_id", "=", phone.outlet["id"]], ["id", ">=", order_id]],
        ["state", "amount", "channel", "pack_count"],
    )
    assert (order["channel"], order["amount"]) == ("portal", wanted)
    assert order["pack_count"] == sum(packs for _price, packs in games.values())
    phone.expect_state("已锁票")
    held = account_of(admin, phone.outlet)
    assert round(held["held"] - before["held"], 2) == wanted
    assert round(before["available"] - held["available"], 2) == wanted

    send_out(open_office("keeper.changji"), admin, order_id)
    phone.expect_state("配送中")
    camera.take(phone.page, "owner-pickup-code")
    code = phone.page.locator(".lt-code strong").inner_text().replace(" ", "")
    answer = open_office("desk").call(
        "instant.order", "action_deliver", [order_id], code
    )
    assert answer["ok"], answer
    confirm_receipt(phone, camera)
    assert admin.read("instant.order", order_id, "state")["state"] == "done"
    packs = admin.find("instant.pack", [["order_id", "=", order_id]], ["state"])
    assert {pack["state"] for pack in packs} == {"confirmed"}
    read_statement(phone, admin, order_id, wanted, camera)


def log_in_with_pictures(phone, camera):
    phone.page.goto("/owner/login")
    camera.take(phone.page, "owner-login")
    code = phone.ask_code()
    camera.take(phone.page, "owner-code")
    phone.page.locator("#owner_code").fill(code)
    phone.page.wait_for_url("**/my/tickets")


def choose_games(phone, camera):
    """Filter, look at a game, fill the cart.

    :return: ``{game id: (price of a pack, packs)}``
    """
    page = phone.page
    every = phone.shown_games()
    camera.take(page, "owner-catalogue")
    chip = page.locator(".lt-chip[data-face]:not([data-face=''])").first
    chip.tap()
    expect(chip).to_have_class(re.compile(r"\bis-on\b"))
    few = phone.shown_games()
    assert 0 < len(few) < len(every)
    page.locator(".lt-chip[data-face='']").tap()
    game_id = every[0]
    page.locator(f'.lt-game[data-game="{game_id}"] h2 a').tap()
    page.wait_for_url(f"**/game/{game_id}")
    expect(page.locator(".lt-buybox .lt-step-more")).to_be_visible()
    camera.take(page, "owner-game")
    phone.add(game_id, 2)
    page.locator(".lt-back").tap()
    page.wait_for_url("**/my/tickets")
    phone.add(few[-1], 1)
    wanted = {game_id: 2}
    wanted[few[-1]] = wanted.get(few[-1], 0) + 1
    return {id_: (phone.game(id_)["price"], packs) for id_, packs in wanted.items()}


def submit(phone, camera):
    phone.open_cart()
    camera.take(phone.page, "owner-cart")
    order_id = phone.double_tap_submit()
    phone.expect_state("已锁票")
    camera.take(phone.page, "owner-order")
    return order_id


def confirm_receipt(phone, camera):
    phone.expect_state("已到货")
    camera.take(phone.page, "owner-receipt")
    phone.page.locator(".lt-button-ok").tap()
    phone.expect_state("已收货")


def read_statement(phone, admin, order_id, wanted, camera):
    """The statement ends with the order's deduction and what is left."""
    phone.page.goto("/my/tickets/account")
    camera.take(phone.page, "owner-account")
    name = admin.read("instant.order", order_id, "name")["name"]
    moves = phone.page.locator(".lt-move", has_text=name)
    expect(moves.first).to_contain_text("已扣款")
    account = account_of(admin, phone.outlet)
    sum_ = phone.page.locator(".lt-wallet-sum").inner_text()
    assert float(sum_.strip("¥").replace(",", "")) == account["available"]
    [deducted] = admin.find(
        "instant.account.move",
        [["order_id", "=", order_id], ["kind", "=", "deduct"]],
        ["amount"],
    )
    assert deducted["amount"] == -wanted


# === THE LINE DROPS === #


def test_offline_keeps_the_cart(fresh_cart, admin, camera):
    """IT-POR-04, IT-POR-07: without a line nothing is lost and nothing is doubled."""
    phone, page = fresh_cart, fresh_cart.page
    game_id = phone.shown_games()[0]
    phone.add(game_id, 2).open_cart()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.context.set_offline(True)
    expect(page.locator("#lt-offline")).to_be_visible()
    expect(page.locator("#lt-offline")).to_contain_text("购物车保存在手机里")
    page.locator("#lt-submit").tap()
    expect(page.locator("#lt-pending")).to_contain_text("没有应答", timeout=40_000)
    camera.take(page, "owner-offline")
    assert [url for url in asked if url.endswith("/my/tickets/order")]
    outlet_id = phone.outlet["id"]
    assert not newest_order(admin, outlet_id, game_id)
    page.context.set_offline(False)
    expect(page.locator("#lt-offline")).to_be_hidden()
    page.reload()
    expect(page.locator("#lt-pending")).to_contain_text("上一单没有提交成功")
    expect(page.locator(".lt-line .lt-step-count")).to_have_value("2")
    page.locator('[data-pending="send"]').tap()
    page.wait_for_url("**/my/tickets/orders/*")
    [order] = newest_order(admin, outlet_id, game_id)
    assert (order["pack_count"], order["channel"]) == (2, "portal")
    page.locator("summary", has_text="修改或取消").tap()
    page.locator("button", has_text="取消订单").tap()
    phone.expect_state("已取消")


def newest_order(admin, outlet_id, game_id):
    """The portal's order of the last minutes for two packs of a game."""
    return admin.find(
        "instant.order",
        [
            ["outlet_id", "=", outlet_id],
            ["channel", "=", "portal"],
            ["key", "=like", "p-%"],
            ["line_ids.game_id", "=", game_id],
            ["state", "!=", "cancelled"],
        ],
        ["pack_count", "channel"],
        limit=1,
        order="id desc",
    )


def test_second_visit_is_light(owner):
    """IT-POR-07: under 300 kB when the phone has been here before."""
    page = owner.page
    page.goto("/my/tickets", wait_until="networkidle")
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes = []
    wire.on(
        "Network.loadingFinished",
        lambda event: sizes.append(event["encodedDataLength"]),
    )
    page.goto("/my/tickets", wait_until="networkidle")
    assert sizes, "nothing was measured"
    assert sum(sizes) < LIGHT, f"{sum(sizes)} bytes in {len(sizes)} answers"
    print(f"second visit: {sum(sizes)} bytes in {len(sizes)} answers")


# === WITHOUT A FINGER === #


def test_keyboard_from_login_to_cart(open_phone, places):
    """IT-POR-07: everything on the way to an order works with the keyboard alone."""
    phone = open_phone(places[2])
    page, keys = phone.page, phone.page.keyboard
    before = phone.admin.newest_message()
    page.goto("/owner/login")
    expect(page.locator("#owner_phone")).to_be_focused()
    keys.type(phone.outlet["owner_phone"][-11:])
    keys.press("Enter")
    expect(page.locator("#owner_code")).to_be_focused()
    keys.type(phone.admin.read_code(phone.outlet["owner_phone"], before))
    page.wait_for_url("**/my/tickets")
    expect(page.locator(".lt-step-more").first).to_be_visible()
    keys.press("Tab")
    expect(page.locator(".lt-skip")).to_be_focused()
    walk_to(page, ".lt-game .lt-step-more")
    keys.press("Enter")
    expect(page.locator("#lt-cartbar")).to_be_visible()
    walk_to(page, ".lt-cartbar-go")
    keys.press("Enter")
    page.wait_for_url("**/my/tickets/cart")
    expect(page.locator(".lt-line .lt-step-count")).to_have_value("1")
    walk_to(page, "#lt-submit")
    expect(page.locator("#lt-submit")).to_be_enabled()


def walk_to(page, selector, most=120):
    """Press Tab until an element that fits has the focus, and see that it shows."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            shown = page.evaluate(
                "() => { const s = getComputedStyle(document.activeElement);"
                " return s.outlineStyle !== 'none' || s.boxShadow !== 'none'; }"
            )
            assert shown, f"{selector} does not show that it has the focus"
            return
    raise AssertionError(f"Tab never reached {selector}")


# === EVERY PAGE === #


@pytest.mark.parametrize(
    "path",
    [
        "/my/tickets",
        "/my/tickets?q=没有这种票",
        "/my/tickets/cart",
        "/my/tickets/orders",
        "/my/tickets/orders?show=all",
        "/my/tickets/account",
        "/my/tickets/account?month=2026-01",
        "/my/tickets/me",
        "/my/outlet",
        "/my/tickets/orders/999999",
        "/owner/logout",
    ],
)
def test_page_fits_and_reads(owner, path):
    """IT-POR-07: no sideways scrolling, nothing serious for a screen reader."""
    owner.page.goto(path, wait_until="networkidle")
    check_width(owner.page)
    check_access(owner.page)


def test_filled_pages_fit_and_read(fresh_cart, admin):
    """IT-POR-07: the pages that only show something when there is something."""
    phone, page = fresh_cart, fresh_cart.page
    phone.add(phone.shown_games()[0], 1)
    check_access(page)
    page.goto(f"/my/tickets/game/{phone.shown_games()[0]}", wait_until="networkidle")
    check_width(page)
    check_access(page)
    page.goto("/my/tickets/cart", wait_until="networkidle")
    check_width(page)
    check_access(page)
    for order in admin.find(
        "instant.order",
        [["outlet_id", "=", phone.outlet["id"]], ["state", "!=", "draft"]],
        ["state"],
        limit=5,
    ):
        page.goto(f"/my/tickets/orders/{order['id']}", wait_until="networkidle")
        check_width(page)
        check_access(page)


def test_login_fits_and_reads(open_phone, places):
    """IT-POR-01, IT-POR-07: both steps of the log-in."""
    phone = open_phone(places[3])
    phone.ask_code()
    check_width(phone.page)
    check_access(phone.page)
    phone.page.locator("#owner_code").fill("000000")
    expect(phone.page.locator(".js_code_error")).not_to_be_empty()
    check_access(phone.page)
    phone.page.goto("/owner/login")
    check_width(phone.page)
    check_access(phone.page)
