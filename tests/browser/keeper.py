"""What journeys need of others: an outlet with money, the warehouse's part over RPC."""


def find_richest(admin, domain):
    """Id of the outlet with the most usable money among some accounts."""
    accounts = admin.find(
        "instant.account", domain, ["outlet_id", "available"], load=None
    )
    return max(accounts, key=lambda account: account["available"])["outlet_id"]


def labels_for(admin, order_id):
    """Labels of free packs that an order still wants: ``[(line id, label)]``."""
    labels = []
    order = admin.read("instant.order", order_id, "warehouse_id", "line_ids")
    for line_id in order["line_ids"]:
        line = admin.read(
            "instant.order.line", line_id, "game_id", "quantity", "scanned"
        )
        packs = admin.find(
            "instant.pack",
            [
                ["game_id", "=", line["game_id"]],
                ["warehouse_id", "=", order["warehouse_id"]],
                ["state", "=", "available"],
            ],
            ["code"],
            limit=line["quantity"] - line["scanned"],
            order="carton_id, serial",
        )
        labels += [(line_id, pack["code"]) for pack in packs]
    return labels


def send_out(keeper, admin, order_id):
    """Scan a locked order out and wait until ILMS has confirmed it."""
    name = admin.read("instant.order", order_id, "name")["name"]
    keeper.call("instant.order", "scan_station_open", name)
    for _line, label in labels_for(admin, order_id):
        answer = keeper.call("instant.order", "scan_station_scan", [order_id], label)
        assert answer["result"] == "ok", answer
    keeper.call("instant.order", "scan_station_confirm", [order_id])
    admin.await_value("instant.order", order_id, "state", "shipped")
