"""XML-RPC with nothing but Python's standard library.

    export LOTTERY_URL=http://127.0.0.1:8069 LOTTERY_DATABASE=lottery
    export LOTTERY_LOGIN=integrator LOTTERY_KEY=<API key>
    python3 xmlrpc_client.py OUTLET GAME PACKS REQUEST

Reads an outlet, places an order, waits until ILMS has locked it, reads a pack's life and
shows what a refusal looks like. REQUEST is your own number of the order: sent again, it
is the same order.
"""

import os
import sys
import time
import xmlrpc.client

REFUSED = 2  # faultCode of a business rule; 3: password or key, 4: right


class Lottery:
    def __init__(self, url, database, login, key):
        self.database, self.key = database, key
        common = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common")
        self.user_id = common.authenticate(database, login, key, {})
        if not self.user_id:
            raise SystemExit("login or key is wrong, or the key is past its day")
        self.models = xmlrpc.client.ServerProxy(
            f"{url}/xmlrpc/2/object", allow_none=True
        )

    def call(self, model, method, *args, **options):
        return self.models.execute_kw(
            self.database, self.user_id, self.key, model, method, args, options
        )


def read_outlet(lottery, number):
    [outlet] = lottery.call(
        "lottery.outlet",
        "search_read",
        [["number", "=", number]],
        fields=["number", "name", "state", "owner_phone", "delivery_address"],
    )
    return outlet


def follow(lottery, order_id, waiting="submitted", seconds=60):
    """Ask until the order is no longer in a state in which it waits for ILMS."""
    fields = ["name", "state", "reason", "amount", "deadline", "tracking_ref"]
    end = time.monotonic() + seconds
    while True:
        [order] = lottery.call("instant.order", "read", [order_id], fields)
        if order["state"] != waiting or time.monotonic() > end:
            return order
        time.sleep(1)


def read_life(lottery, label):
    """All a pack went through; the label is what stands on it: game and serial."""
    [pack] = lottery.call(
        "instant.pack", "search_read", [["code", "=", label]], fields=["state"]
    )
    return lottery.call(
        "instant.pack.event",
        "search_read",
        [["pack_id", "=", pack["id"]]],
        fields=["date", "from_state", "to_state", "order_id", "outlet_id"],
    )


def connect():
    names = ("LOTTERY_URL", "LOTTERY_DATABASE", "LOTTERY_LOGIN", "LOTTERY_KEY")
    return Lottery(*(os.environ[name] for name in names))


def main(number, game, packs, request):
    lottery = connect()
    outlet = read_outlet(lottery, number)
    print("outlet", outlet["number"], outlet["name"], outlet["state"])

    lines = [{"game": game, "packs": int(packs)}]
    placed = lottery.call("instant.order", "place_order", outlet["id"], lines, request)
    print("placed", placed["name"], placed["amount"])
    again = lottery.call("instant.order", "place_order", outlet["id"], lines, request)
    print("again", again["name"], again["duplicate"])
    order = follow(lottery, placed["order_id"])
    print("state", order["name"], order["state"])

    [pack] = lottery.call(
        "instant.pack",
        "search_read",
        [["game_id.code", "=", game]],
        fields=["code"],
        limit=1,
    )
    for event in read_life(lottery, pack["code"]):
        print("life", pack["code"], event["from_state"], event["to_state"])

    try:
        too_many = [{"game": game, "packs": 1999}]
        lottery.call(
            "instant.order", "place_order", outlet["id"], too_many, f"{request}-2"
        )
    except xmlrpc.client.Fault as fault:
        if fault.faultCode != REFUSED:
            raise
        print("refused", fault.faultString)


if __name__ == "__main__":
    main(*sys.argv[1:])
