"""Owners and games in the running instance, known to ILMS, for measurements over HTTP."""

import os
import random
import uuid

import requests

from .inside import live_store, make_session

PREFECTURES = 4
GAMES = 10
FEN = 100


class Town:
    """Four prefectures with the same games; ``owners`` are logged in.

    ``owners``: rows of outlet, session; ``games`` by id.
    """

    def __init__(self, stage):
        self.stage = stage
        self.dice = random.Random(100)
        size = stage.size
        # everybody may want the same games, so there is twice the average of each
        share = size.owners * size.orders_each / PREFECTURES
        self.packs = round(share * 5 / GAMES * 2) + 40
        with stage.live.env(commit=True) as env:
            fixture = stage.bind(env)
            outlets, games, warehouses = self._make(env, fixture)
            self._tell_ilms(outlets, games, warehouses)
            store = live_store()
            self.owners = [
                {
                    "outlet": outlet.id,
                    "session": make_session(env, outlet.user_id.login, store),
                }
                for outlet in outlets
            ]
            self.games = games.ids

    def _make(self, env, fixture):
        mark = uuid.uuid4().hex[:5].upper()
        games = env["instant.game"].concat(
            *(
                fixture._create_game(f"{mark}{number:02d}", face_value=5)
                for number in range(GAMES)
            )
        )
        outlets, warehouses = env["lottery.outlet"], env["stock.warehouse"]
        for number in range(PREFECTURES):
            branch = self.stage.make_prefectures(env, [f"town {number}"])
            fixture.north = branch
            warehouse = fixture._create_warehouse(branch, f"{mark[:4]}{number}")
            warehouses |= warehouse
            for game in games:
                fixture._stock(game, warehouse, self.packs)
            for _number in range(self.stage.size.owners // PREFECTURES):
                outlets |= fixture._create_outlet(branch)
        outlets._ensure_portal_user()
        for outlet in outlets:
            fixture._top_up(outlet, 1_000_000)
        return outlets, games, warehouses

    def _tell_ilms(self, outlets, games, warehouses):
        answer = requests.post(
            f"{self.stage.options.ilms_url}/sim/seed",
            json={
                "games": [
                    {"code": game.code, "packAmount": round(game.pack_amount * FEN)}
                    for game in games
                ],
                "accounts": [
                    {"outlet": outlet.number, "instant": 1_000_000 * FEN}
                    for outlet in outlets
                ],
                "packs": [
                    {
                        "game": game.code,
                        "warehouse": warehouse.code,
                        "first": 1 + number * self.packs,
                        "count": self.packs,
                    }
                    for game in games
                    for number, warehouse in enumerate(warehouses)
                ],
            },
            headers={"Authorization": f"Bearer {os.environ['LOTTERY_ILMS_SIM_TOKEN']}"},
            timeout=120,
        )
        answer.raise_for_status()

    def choose_lines(self, games=5):
        return [
            {"game": game, "packs": 1}
            for game in sorted(self.dice.sample(self.games, games))
        ]
