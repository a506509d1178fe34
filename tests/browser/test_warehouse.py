"""The keeper's other work: a manifest comes in, packs are counted, moved and reported.

IT-WHS-01, IT-WHS-02, IT-WHS-05.
"""

import csv
import io
import secrets

import pytest
from playwright.sync_api import expect

from .audit import check_access, check_width
from .conftest import PHONE

CARTON = 20
DIALOG = ".modal-content"
FIRST = 2_000_000  # serials and cartons far from those of the demo


@pytest.fixture(scope="module")
def manifest(admin):
    """A file of two cartons of a game, with numbers nobody has used."""
    [game] = admin.find("instant.game", [["state", "=", "on_sale"]], ["code"], limit=1)
    start = FIRST + secrets.randbelow(100_000) * CARTON
    rows = [
        [game["code"], (first - 1) // CARTON + 1, first, first + CARTON - 1]
        for first in (start + 1, start + 1 + CARTON)
    ]
    file = io.StringIO()
    csv.writer(file).writerows([["game", "carton", "serial", "serial_to"], *rows])
    return {
        "name": f"清单-{start}",
        "cartons": [f"{code}-C{carton:06d}" for code, carton, _from, _to in rows],
        "pack": f"{game['code']}-{start + 1:07d}",
        "file": {
            "name": "manifest.csv",
            "mimeType": "text/csv",
            "buffer": file.getvalue().encode("utf-8-sig"),
        },
    }


def upload(screen, name, file):
    """Fill the import wizard and check the file."""
    dialog = screen.page.locator(".o_dialog")
    dialog.get_by_label("清单", exact=False).first.fill(name)
    dialog.locator("input[type=file]").set_input_files(file)
    dialog.get_by_role("button", name="检查").click()
    return dialog


def test_faulty_manifest_says_where(open_screen, admin, manifest, camera):
    """IT-WHS-02: a file with faults loads nothing and names row, column and reason."""
    screen = open_screen("keeper.changji")
    screen.open("instant_ticket.instant_receipt_import_action")
    before = admin.call("instant.pack", "search_count", [])
    wrong = "game,carton,serial,serial_to\nX0000,1,1,20\nX0000,zwei,21,40\n"
    dialog = upload(
        screen, "坏清单", {**manifest["file"], "buffer": wrong.encode("utf-8-sig")}
    )
    expect(dialog.locator(".alert-danger")).to_contain_text("2")
    expect(dialog.locator(".o_data_row").first).to_contain_text("票种")
    camera.take(screen.page, "manifest-faults", DIALOG)
    assert admin.call("instant.pack", "search_count", []) == before


def test_manifest_to_stock(open_screen, admin, manifest, camera):
    """IT-WHS-02: file, dry run, cartons scanned, one damaged, put in stock."""
    screen = open_screen("keeper.changji")
    screen.open("instant_ticket.instant_receipt_import_action")
    dialog = upload(screen, manifest["name"], manifest["file"])
    expect(dialog.locator(".alert-info")).to_contain_text("没有问题")
    camera.take(screen.page, "manifest-checked", DIALOG)
    dialog.get_by_role("button", name="导入").click()
    dialog.get_by_role("button", name="打开入库单").click()
    screen.page.get_by_role("button", name="扫码", exact=True).click()
    expect(screen.page.locator(".o_station_progress")).to_have_text("0 / 2")
    camera.take(screen.page, "receiving-open")
    first, second = manifest["cartons"]
    screen.wedge(first)
    expect(screen.page.locator(".o_station_word")).to_contain_text("正确")
    expect(screen.page.locator(".o_station_progress")).to_have_text("1 / 2")
    expect(screen.page.locator(".o_station_item")).to_have_count(1)
    screen.wedge(first)
    expect(screen.page.locator(".o_station_word")).to_contain_text("错误")
    camera.take(screen.page, "receiving-wrong")
    screen.wedge(second)
    expect(screen.page.locator(".o_station_progress")).to_have_text("2 / 2")
    screen.page.get_by_role("button", name="下一件损坏").click()
    screen.wedge(manifest["pack"])
    expect(screen.page.locator(".o_station_facts")).to_contain_text("差异1")
    check_access(screen.page, ".o_station")
    screen.page.get_by_role("button", name="办理入库").click()
    expect(screen.page.locator(".o_station_word")).to_contain_text("完成")
    [receipt] = admin.find(
        "instant.receipt",
        [["reference", "=", manifest["name"]]],
        ["state", "pack_received_count", "difference_count"],
    )
    assert receipt["state"] == "done"
    assert receipt["pack_received_count"] == 2 * CARTON
    assert receipt["difference_count"] == 1
    code, _dash, serial = manifest["pack"].rpartition("-")
    [pack] = admin.find(
        "instant.pack",
        [["game_id.code", "=", code], ["serial", "=", int(serial)]],
        ["state"],
    )
    assert pack["state"] == "damaged"


def test_receiving_on_a_phone(open_screen, admin):
    """IT-WHS-02 on 360 pixels: nothing hangs over the edge."""
    [receipt] = admin.find(
        "instant.receipt",
        [["warehouse_id.branch_id.code", "=", "6523"]],
        ["id"],
        limit=1,
    )
    screen = open_screen("keeper.changji", PHONE, has_touch=True, is_mobile=True)
    screen.open("instant_ticket.instant_receipt_action", receipt["id"])
    expect(screen.page.locator(".o_form_view")).to_be_visible()
    check_width(screen.page)


def test_counting_books_nothing_before_it_is_told(open_screen, admin, camera):
    """IT-WHS-01: the wizard compares what was scanned with the ledger, then books."""
    screen = open_screen("keeper.changji")
    screen.open("instant_ticket.instant_pack_count_action")
    dialog = screen.page.locator(".o_dialog")
    packs = free_packs(admin)
    game = admin.read("instant.game", packs[0]["game_id"], "name")["name"]
    field = dialog.locator("[name=game_id] input")
    field.fill(game)
    dialog.page.locator(".o-autocomplete--dropdown-item", has_text=game).first.click()
    left_out, *counted = packs
    labels = dialog.locator("[name=codes] textarea")
    labels.fill("\n".join([pack["code"] for pack in counted] + ["6901234567892"]))
    labels.blur()
    expect(dialog.locator("[name=counted_count]")).to_have_text(str(len(counted)))
    expect(dialog.locator("[name=unknown]")).to_contain_text("6901234567892")
    camera.take(screen.page, "counting", DIALOG)
    assert admin.read("instant.pack", left_out["id"], "state")["state"] == "available"
    dialog.get_by_role("button", name="记入差异").click()
    screen.page.get_by_role("button", name="确定").click()
    admin.await_value("instant.pack", left_out["id"], "state", "missing")
    [event] = admin.find(
        "instant.pack.event",
        [["pack_id", "=", left_out["id"]], ["to_state", "=", "missing"]],
        ["reason"],
    )
    assert "盘点" in event["reason"]
    put_back(screen.office, left_out)


def put_back(keeper, pack):
    """Found again: the next journey finds the stock as it was."""
    keeper.call("instant.pack", "action_change", [pack["id"]], "available", "找回")


def free_packs(admin):
    """All free packs of the game with the fewest of them in Changji."""
    rows = admin.find(
        "instant.availability",
        [["warehouse_id.branch_id.code", "=", "6523"], ["available", ">", 2]],
        ["game_id", "available", "warehouse_id", "held"],
        load=None,
    )
    row = min(
        (row for row in rows if not row["held"]), key=lambda row: row["available"]
    )
    return admin.find(
        "instant.pack",
        [
            ["game_id", "=", row["game_id"]],
            ["warehouse_id", "=", row["warehouse_id"]],
            ["state", "=", "available"],
        ],
        ["code", "game_id"],
        order="serial",
        load=None,
    )


def test_transfer_takes_what_was_scanned(open_screen, admin, open_office, camera):
    """IT-WHS-01: scanned packs are bound to the transfer and can be released."""
    keeper = open_office("keeper.changji")
    pack, *_more = free_packs(admin)
    picking = make_transfer(admin, pack)
    screen = open_screen("keeper.changji")
    screen.open("instant_ticket.instant_transfer_action", picking)
    screen.page.get_by_role("button", name="扫码选包").click()
    dialog = screen.page.locator(".o_dialog")
    expect(dialog).to_have_count(1)  # no error beside it
    dialog.locator("[name=code] textarea").fill(pack["code"])
    camera.take(screen.page, "transfer-scan", DIALOG)
    dialog.get_by_role("button", name="选定票包").click()
    expect(dialog.locator("[name=bound]")).to_have_text("1")
    bound = admin.read("instant.pack", pack["id"], "state", "picking_id")
    assert (bound["state"], bound["picking_id"]) == ("locked", picking)
    keeper.call("stock.picking", "action_cancel", [picking])
    assert admin.read("instant.pack", pack["id"], "state")["state"] == "available"


def make_transfer(admin, pack):
    """A transfer of one pack of the game to a shelf of the same warehouse."""
    product = admin.read("instant.game", pack["game_id"], "product_id")["product_id"]
    [warehouse] = admin.find(
        "stock.warehouse",
        [["branch_id.code", "=", "6523"]],
        ["lot_stock_id", "int_type_id"],
        load=None,
    )
    shelf = admin.call(
        "stock.location",
        "create",
        {"name": "样例货架", "location_id": warehouse["lot_stock_id"]},
    )
    move = {
        "product_id": product,
        "product_uom_qty": 1,
        "location_id": warehouse["lot_stock_id"],
        "location_dest_id": shelf,
    }
    picking = admin.call(
        "stock.picking",
        "create",
        {
            "picking_type_id": warehouse["int_type_id"],
            "location_id": warehouse["lot_stock_id"],
            "location_dest_id": shelf,
            "move_ids": [[0, 0, move]],
        },
    )
    admin.call("stock.picking", "action_confirm", [picking])
    return picking
