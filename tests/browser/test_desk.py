"""The order desk: the list that says what to do next, one order, prints.

IT-DSK-01, IT-DSK-02, IT-DSK-03.
"""

from playwright.sync_api import expect

from .keeper import find_richest
from .office import read_pdf

ORDERS = "instant_ticket.instant_order_action"
PHONE_ORDER = "instant_ticket.instant_order_desk_action"


def cells(rows, name):
    return [row.locator(f"[name={name}]").inner_text() for row in rows.all()]


def test_list_begins_with_what_waits(open_screen, admin, camera):
    """IT-DSK-02: stopped and waiting orders stand before finished ones."""
    screen = open_screen("desk").open(ORDERS)
    rows = screen.expect_rows()
    camera.take(screen.page, "desk-orders")
    names = cells(rows, "name")
    first = admin.find(
        "instant.order", [], ["name"], limit=3, order="work_rank, id desc"
    )
    shown = [order["name"] for order in first if order["name"] in names]
    assert shown, f"{names[:3]} are not the first to do"
    assert [name for name in names if name in shown] == shown


def test_search_finds_an_outlet(open_screen, admin):
    """IT-DSK-02: by outlet number, in the list as in the books."""
    screen = open_screen("desk").open(ORDERS)
    screen.expect_rows()
    [order] = admin.find(
        "instant.order", [["state", "=", "done"]], ["outlet_id"], limit=1, load=None
    )
    outlet = admin.read("lottery.outlet", order["outlet_id"], "number")
    for facet in screen.page.locator(".o_searchview .o_facet_remove").all():
        facet.click()
    screen.page.locator(".o_searchview_input").fill(outlet["number"])
    expect(screen.page.locator(".o_searchview_autocomplete")).to_be_visible()
    screen.page.keyboard.press("Enter")
    expect(screen.page.locator(".o_searchview_facet")).to_contain_text(outlet["number"])
    wanted = admin.call(
        "instant.order", "search_count", [["outlet_id", "=", order["outlet_id"]]]
    )
    expect(screen.page.locator(".o_data_row")).to_have_count(wanted)


def test_prints_many_pick_lists(open_screen, admin):
    """IT-DSK-02: the chosen orders' pick lists come in one PDF."""
    screen = open_screen("desk").open(ORDERS)
    rows = screen.expect_rows()
    waiting = admin.find(
        "instant.order", [["state", "in", ["locked", "picking"]]], ["name"]
    )
    names = {order["name"] for order in waiting}
    chosen = [
        row for row in rows.all() if row.locator("[name=name]").inner_text() in names
    ]
    assert len(chosen) >= 2, "the demo has too few orders to be picked"
    for row in chosen[:2]:
        row.locator("input[type=checkbox]").check()
    with screen.page.expect_download(timeout=60_000) as download:
        screen.page.get_by_role("button", name="打印拣货单").click()
    text = read_pdf(download.value.path())
    assert text.count("拣货单") == 2


def test_order_form_tells_its_story(open_screen, admin, camera):
    """IT-DSK-03: one order with state, money, packs and history."""
    [order] = admin.find(
        "instant.order", [["state", "=", "shipped"]], ["name"], limit=1
    )
    screen = open_screen("desk").open(ORDERS, order["id"])
    expect(screen.page.locator(".o_form_view")).to_contain_text(order["name"])
    expect(
        screen.page.locator(".o_statusbar_status .o_arrow_button_current")
    ).to_contain_text("配送中")
    camera.take(screen.page, "desk-order")


def test_telephone_order(open_screen, admin, camera):
    """IT-DSK-01: who calls, who they are, what they want; placed once."""
    outlet_id = find_richest(admin, [["outlet_id.number", "=like", "6531%"]])
    outlet = admin.read("lottery.outlet", outlet_id, "number", "name")
    screen = open_screen("desk").open(PHONE_ORDER)
    page = screen.page
    page.locator("#o_desk_search_input").fill(outlet["number"])
    expect(page.locator(".o_desk_found li")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".o_desk_bar_name")).to_contain_text(outlet["name"])
    questions = page.locator(".o_desk_question input")
    for question in questions.all():
        question.check()
    row = page.locator(".o_desk_game").first
    code = row.get_attribute("data-game")
    row.locator(".o_desk_packs").fill("2")
    page.keyboard.press("Enter")
    expect(page.locator(".o_desk_line")).to_have_count(1)
    camera.take(page, "desk-telephone")
    before = orders_of(admin, outlet_id)
    page.locator(".o_desk_submit").dblclick()
    name = page.locator(".o_desk_order_name").inner_text()
    camera.take(page, "desk-placed")
    [order] = [o for o in orders_of(admin, outlet_id) if o not in before]
    assert (order["name"], order["channel"], order["pack_count"]) == (name, "desk", 2)
    line = admin.read("instant.order", order["id"], "line_ids")["line_ids"][0]
    game = admin.read("instant.order.line", line, "game_id")["game_id"]
    assert admin.read("instant.game", game, "code")["code"] == code
    admin.await_value("instant.order", order["id"], "state", "locked")
    page.get_by_role("button", name="下一通电话").click()
    expect(page.locator("#o_desk_search_input")).to_be_focused()


def orders_of(admin, outlet_id):
    return admin.find(
        "instant.order",
        [["outlet_id", "=", outlet_id]],
        ["name", "channel", "pack_count"],
    )
