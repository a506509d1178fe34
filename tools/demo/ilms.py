"""The simulator's side of the demo: games, packs in the warehouses, accounts."""

import json
import os
import random
import urllib.request

from .places import PLACES

FEN = 100
SERIALS_PER_WAREHOUSE = 1000
CARTON = 20


def load(env):
    """Open the outlets' accounts at ILMS and put the packs of the manifests there."""
    chance = random.Random(6500)
    games = env["instant.game"].search([])
    post(
        "/sim/seed",
        {
            "games": [
                {
                    "code": game.code,
                    "name": game.name,
                    "packAmount": round(game.pack_amount * FEN),
                    "packsPerCarton": game.packs_per_carton,
                }
                for game in games
            ],
            "packs": [
                {
                    "game": game.code,
                    "warehouse": warehouse.code,
                    "first": first,
                    "count": count,
                    "manifest": f"M-{warehouse.code}",
                }
                for warehouse, game, first, count in assortment(env)
            ],
            "accounts": [
                {
                    "outlet": number,
                    "payment": chance.randrange(0, 20) * 1000 * FEN,
                    "instant": chance.randrange(3, 60) * 1000 * FEN,
                }
                for number in env["lottery.outlet"].search([]).mapped("number")
            ],
        },
    )


def assortment(env):
    """Yield ``(warehouse, game, first serial, packs)``: what each warehouse gets.

    Each warehouse has its own range of serials; a few games are scarce, each
    warehouse lacks one.
    """
    warehouses = env["stock.warehouse"].search(
        [("branch_id.code", "in", list(PLACES))], order="code"
    )
    games = env["instant.game"].search([], order="code")
    for place, warehouse in enumerate(warehouses):
        chance = random.Random(warehouse.code)
        for row, game in enumerate(games):
            if (place + row) % len(games) == 0:
                continue
            cartons = chance.choice((1, 2, 3, 4, 6))
            yield warehouse, game, 1 + place * SERIALS_PER_WAREHOUSE, cartons * CARTON


def post(path, values):
    """Call the simulator's own interface (never reachable in production)."""
    request = urllib.request.Request(
        os.environ["LOTTERY_ILMS_URL"].rstrip("/") + path,
        data=json.dumps(values).encode(),
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Bearer {os.environ['LOTTERY_ILMS_SIM_TOKEN']}",
        },
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def settle(env):
    """Let ILMS answer what was asked."""
    env.cr.commit()
    while env["lottery.outbox"]._drain("ilms"):
        env.cr.commit()
    env.invalidate_all()
