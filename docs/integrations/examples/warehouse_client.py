"""Scan-out and hand-over for a warehouse's own system, over XML-RPC.

    export LOTTERY_URL=http://127.0.0.1:8069 LOTTERY_DATABASE=lottery
    export LOTTERY_LOGIN=<a warehouse keeper> LOTTERY_KEY=<API key of that account>
    python3 warehouse_client.py pick ORDER
    python3 warehouse_client.py deliver ORDER CODE
    python3 warehouse_client.py failed ORDER REASON

`pick` shows a wrong scan and an undo, scans what the order wants, closes the parcel and
waits until ILMS has confirmed. `deliver` hands it over against the pick-up code that the
receiver says; `failed` records a visit without success.
"""

import sys

from xmlrpc_client import connect, follow


def scan(lottery, order, label, key):
    """Scan a label of a pack or carton. KEY is your own number of the scan: sent again
    after a lost answer, it is the same scan."""
    return lottery.call("instant.order", "scan_station_scan", [order["id"]], label, key)


def find_labels(lottery, order):
    """Something to scan; a warehouse reads these from its scanners."""
    [row] = lottery.call(
        "instant.order", "read", [order["id"]], ["warehouse_id"], load=""
    )
    scanned = {line["id"]: line["scanned"] for line in order["lines"]}
    for item in order["items"]:
        packs = lottery.call(
            "instant.pack",
            "search_read",
            [
                ["game_id.code", "=", item["code"]],
                ["warehouse_id", "=", row["warehouse_id"]],
                ["state", "=", "available"],
            ],
            fields=["code"],
            limit=item["wanted"] - scanned[item["line_id"]],
            order="carton_id, serial",
        )
        yield from (pack["code"] for pack in packs)


def pick(lottery, number):
    order = lottery.call("instant.order", "scan_station_open", number)
    print("order", order["name"], order["outlet"]["number"], order["wanted"])
    wrong = scan(lottery, order, "6901234567892", f"{number}-wrong")
    print("refused", wrong["check"], wrong["reason"], wrong["message"])

    labels = list(find_labels(lottery, order))
    for label in labels:
        answer = scan(lottery, order, label, f"{number}-{label}")
        print("scanned", label, answer["result"], answer["order"]["scanned"])
    undone = lottery.call(
        "instant.order",
        "scan_station_undo",
        [order["id"]],
        labels[-1],
        f"{number}-undo",
    )
    print("undone", undone["message"], undone["order"]["scanned"])
    answer = scan(lottery, order, labels[-1], f"{number}-{labels[-1]}-again")
    print("scanned", labels[-1], answer["result"], answer["order"]["scanned"])

    lottery.call("instant.order", "scan_station_confirm", [order["id"]])
    order = follow(lottery, order["id"], waiting="picking")
    print("state", order["name"], order["state"], order["reason"] or "")


def find_parcel(lottery, number):
    return lottery.call("instant.order", "handover_find", number)


def deliver(lottery, number, code):
    parcel = find_parcel(lottery, number)
    answer = lottery.call("instant.order", "action_deliver", [parcel["id"]], code)
    print("delivered" if answer["ok"] else "refused", answer["message"])
    print("state", number, answer["parcel"]["state"])


def failed(lottery, number, reason):
    """REASON: a code of `handover_choices`, e.g. nobody_there."""
    parcel = find_parcel(lottery, number)
    answer = lottery.call(
        "instant.order", "action_deliver_failed", [parcel["id"]], reason
    )
    print("noted", answer["message"])


if __name__ == "__main__":
    verbs = {"pick": pick, "deliver": deliver, "failed": failed}
    verbs[sys.argv[1]](connect(), *sys.argv[2:])
