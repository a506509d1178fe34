"""JSON-2 with nothing but Python's standard library.

    export LOTTERY_URL=http://127.0.0.1:8069 LOTTERY_DATABASE=lottery
    export LOTTERY_KEY=<API key>
    python3 json2_client.py OUTLET GAME PACKS REQUEST

The same as xmlrpc_client.py: POST /json/2/MODEL/METHOD, the arguments by name in the
body, the key in the header. Errors come with their HTTP status and a message.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

REFUSED = 422  # a business rule; 401: key, 403: right, 404: no such record or method


class Lottery:
    def __init__(self, url, database, key):
        self.url = url
        self.headers = {
            "Authorization": f"Bearer {key}",
            "X-Odoo-Database": database,
            "Content-Type": "application/json",
            "User-Agent": "lottery-example",
        }

    def call(self, model, method, **arguments):
        """:raise urllib.error.HTTPError: refused; its body says why"""
        request = urllib.request.Request(
            f"{self.url}/json/2/{model}/{method}",
            data=json.dumps(arguments).encode(),
            headers=self.headers,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


def read_outlet(lottery, number):
    [outlet] = lottery.call(
        "lottery.outlet",
        "search_read",
        domain=[["number", "=", number]],
        fields=["number", "name", "state", "owner_phone", "delivery_address"],
    )
    return outlet


def place(lottery, outlet_id, lines, request):
    return lottery.call(
        "instant.order", "place_order", outlet_id=outlet_id, lines=lines, key=request
    )


def follow(lottery, order_id, seconds=60):
    """Ask until the order is no longer waiting for ILMS."""
    end = time.monotonic() + seconds
    while True:
        [order] = lottery.call(
            "instant.order",
            "read",
            ids=[order_id],
            fields=["name", "state", "reason", "amount", "deadline", "tracking_ref"],
        )
        if order["state"] != "submitted" or time.monotonic() > end:
            return order
        time.sleep(1)


def read_life(lottery, label):
    """All a pack went through; the label is what stands on it: game and serial."""
    return lottery.call(
        "instant.pack.event",
        "search_read",
        domain=[["pack_id.code", "=", label]],
        fields=["date", "from_state", "to_state", "order_id", "outlet_id"],
    )


def connect():
    names = ("LOTTERY_URL", "LOTTERY_DATABASE", "LOTTERY_KEY")
    return Lottery(*(os.environ[name] for name in names))


def main(number, game, packs, request):
    lottery = connect()
    outlet = read_outlet(lottery, number)
    print("outlet", outlet["number"], outlet["name"], outlet["state"])

    lines = [{"game": game, "packs": int(packs)}]
    placed = place(lottery, outlet["id"], lines, request)
    print("placed", placed["name"], placed["amount"])
    again = place(lottery, outlet["id"], lines, request)
    print("again", again["name"], again["duplicate"])
    order = follow(lottery, placed["order_id"])
    print("state", order["name"], order["state"])

    [pack] = lottery.call(
        "instant.pack",
        "search_read",
        domain=[["game_id.code", "=", game]],
        fields=["code"],
        limit=1,
    )
    for event in read_life(lottery, pack["code"]):
        print("life", pack["code"], event["from_state"], event["to_state"])

    try:
        place(lottery, outlet["id"], [{"game": game, "packs": 1999}], f"{request}-2")
    except urllib.error.HTTPError as error:
        if error.code != REFUSED:
            raise
        print("refused", json.load(error)["message"])


if __name__ == "__main__":
    main(*sys.argv[1:])
