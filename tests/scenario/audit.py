"""At the end: all books agree."""

from .world import as_county


def fen(amount):
    return round(amount * 100)


async def compare_all(world):
    """Compare money and packs: our equations, our figures with ILMS's, the journal."""
    book, admin = world.book, world.admin
    for row in await admin.call("instant.conservation", "check"):
        book.check(f"equation {row['name']}", row["ok"], row["detail"])
    theirs = await world.ilms.dump()
    book.check(
        "ILMS's own equations hold", not theirs["broken"], theirs["broken"] or ""
    )
    await _compare_accounts(world, theirs)
    await _compare_orders(world, theirs)
    await _compare_stock(world, theirs)


async def check_methods(world):
    """Each locked order goes the way the delivery scheme has for its outlet's county."""
    ids = [outlet["id"] for outlet in world.outlets]
    areas = await world.admin.call(
        "instant.delivery.area", "search_read", [], ["name", "branch_id", "carrier_id"]
    )
    ways = {
        (area["branch_id"][0], as_county(area["name"])): area["carrier_id"][1]
        for area in areas
    }
    outlets = await world.admin.call(
        "lottery.outlet", "read", ids, ["county", "branch_id"]
    )
    place = {row["id"]: (row["branch_id"][0], row["county"]) for row in outlets}
    orders = await world.admin.call(
        "instant.order",
        "search_read",
        [["outlet_id", "in", ids], ["locked_at", "!=", False]],
        ["name", "outlet_id", "carrier_id"],
    )
    differ, used = [], set()
    for order in orders:
        wanted = ways.get(place[order["outlet_id"][0]])
        used.add(order["carrier_id"] and order["carrier_id"][1])
        if wanted and (not order["carrier_id"] or order["carrier_id"][1] != wanted):
            differ.append((order["name"], wanted, order["carrier_id"]))
    world.book.check(
        "each order has the delivery method of its county",
        len(used) > 1 and not differ,
        f"{len(orders)} orders by {len(used)} methods, differing: {differ[:3]}",
    )


async def _compare_accounts(world, theirs):
    rows = await world.admin.call(
        "instant.account", "search_read", [], ["outlet_id", "balance", "held"]
    )
    outlets = await world.admin.call(
        "lottery.outlet", "search_read", [], ["number"], context={"active_test": False}
    )
    number = {row["id"]: row["number"] for row in outlets}
    differ = []
    for row in rows:
        account = theirs["accounts"].get(number[row["outlet_id"][0]])
        if account is None:
            continue
        ours = (fen(row["balance"]), fen(row["held"]))
        total = (account["instant"], account["frozen"])
        if ours != total:
            differ.append((number[row["outlet_id"][0]], ours, total))
    world.book.check(
        "balances and holds agree with ILMS to the fen",
        rows and not differ,
        f"{len(rows)} accounts, differing: {differ[:3]}",
    )


async def _compare_orders(world, theirs):
    expected = {
        "locked": "locked",
        "picking": "locked",
        "shipped": "confirmed",
        "delivered": "confirmed",
        "done": "confirmed",
        "cancelled": "released",
    }
    rows = await world.admin.call(
        "instant.order", "search_read", [["state", "!=", "draft"]], ["name", "state"]
    )
    packs = await world.admin.call(
        "instant.pack", "search_read", [["order_id", "!=", False]], ["code", "order_id"]
    )
    ours = {}
    for pack in packs:
        ours.setdefault(pack["order_id"][1], set()).add(pack["code"])
    differ = []
    for row in rows:
        order = theirs["orders"].get(row["name"])
        state = order["state"] if order else "unknown"
        if row["state"] == "rejected":
            continue
        if row["state"] == "cancelled" and state in ("released", "unknown"):
            continue
        if expected.get(row["state"]) != state:
            differ.append((row["name"], row["state"], state))
        elif state == "confirmed" and set(order["packs"]) != ours.get(row["name"]):
            differ.append((row["name"], "packs"))
    world.book.check(
        "orders and their packs agree with ILMS",
        rows and not differ,
        f"{len(rows)} orders, differing: {differ[:3]}",
    )
    labels = [pack["code"] for pack in packs]
    world.book.check(
        "no pack is in two orders",
        len(labels) == len(set(labels)),
        f"{len(labels)} packs",
    )


async def _compare_stock(world, theirs):
    rows = await world.admin.call(
        "instant.availability",
        "search_read",
        [],
        ["warehouse_id", "game_id", "on_hand"],
    )
    warehouses = {w["id"]: w["code"] for w in world.warehouses}
    games = await world.admin.call("instant.game", "search_read", [], ["code"])
    code = {game["id"]: game["code"] for game in games}
    ours = {
        (warehouses.get(row["warehouse_id"][0]), code[row["game_id"][0]]): row[
            "on_hand"
        ]
        for row in rows
    }
    differ = [
        (
            row["warehouse"],
            row["game"],
            ours.get((row["warehouse"], row["game"]), 0),
            row["on_hand"],
        )
        for row in theirs["stock"]
        if ours.get((row["warehouse"], row["game"]), 0) != row["on_hand"]
    ]
    world.book.check(
        "stock agrees with ILMS to the pack",
        theirs["stock"] and not differ,
        f"{len(theirs['stock'])} counters, differing: {differ[:3]}",
    )


async def verify_journal(world):
    """The journal is sealed and whole."""
    result = await world.admin.call("lottery.journal", "verify")
    world.book.check("the journal verifies", result["ok"], str(result))
    world.book.figure("journal_entries", result["checked"])
