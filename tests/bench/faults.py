"""Twelve wrong scans, one for each check, on real transactions (IT-BEN-06)."""

import uuid

from odoo.exceptions import UserError

from .frame import absolute, measures

STOCK, WANTED = 60, 3


@measures("IT-BEN-06")
def wrong_scans(stage):
    scene = Scene(stage)
    refused = {check: scene.scan(code, order) for check, code, order in scene.codes()}
    refused[12] = scene.close_short()
    right = [check for check, answer in refused.items() if answer == check]
    yield absolute(
        "IT-BEN-06",
        "wrong scans refused by the check they are meant for",
        len(right),
        "of 12",
        "12",
        len(right) == 12 and not scene.changed(),
        note=", ".join(
            f"check {check}: {answer}"
            for check, answer in refused.items()
            if answer != check
        ),
    )


class Scene:
    """An order of three packs with one pack already scanned, and what may go wrong."""

    def __init__(self, stage):
        self.site = stage.site
        with self.site.env(commit=True) as env:
            fixture = self.fixture = stage.bind(env)
            north, south = stage.make_prefectures(env)
            fixture.north = north
            here, there = (
                fixture._create_warehouse(branch, uuid.uuid4().hex[:5].upper())
                for branch in (north, south)
            )
            self.keeper_id = fixture._create_user(
                f"bench_keeper_{uuid.uuid4().hex[:8]}", north, "warehouse_keeper"
            ).id
            game, other_game, withdrawn = (
                fixture._create_game(f"F{uuid.uuid4().hex[:6].upper()}")
                for _number in range(3)
            )
            self.far = fixture._stock(game, there, 20)[0].code
            packs = fixture._stock(game, here, STOCK)
            self.opened = packs[0].carton_id.code
            self.packs = packs.mapped("code")
            self.not_ordered = fixture._stock(other_game, here, 20)[0].code
            self.not_sold = fixture._stock(withdrawn, here, 20)[0].code
            withdrawn._update_state("withdrawn")
            outlet = fixture._create_outlet(north)
            fixture._top_up(outlet, 1_000_000)
            env.cr.commit()  # placing works in a transaction of its own
            order, full, waiting = (
                fixture._place(outlet, {game: number}) for number in (WANTED, 1, 1)
            )
            for locked in (order, full):
                fixture._lock(locked)
            packs[1].action_change("duplicate", reason="Twin")
            packs[2].action_change(
                "stolen", reason="Gone", evidence={"reference": "P-1"}
            )
            self.ids = order.id, full.id, waiting.id
            self.code = game.code
        order_id, full_id, _waiting = self.ids
        for number, scanned in ((0, order_id), (3, full_id)):
            if self.scan(self.packs[number], scanned):
                raise AssertionError("a right scan was refused")

    def codes(self):
        """Yield (check that has to refuse, label, order)."""
        order, full, waiting = self.ids
        yield 1, "6901234567892", order
        yield 2, f"{self.code}-9999999", order
        yield 3, self.packs[1], order
        yield 4, self.not_sold, order
        yield 5, self.far, order
        yield 6, self.packs[3], order
        yield 7, self.not_ordered, order
        yield 8, self.packs[0], order
        yield 9, self.packs[2], order
        yield 10, self.packs[5], waiting
        yield 11, self.opened, order

    def scan(self, code, order_id):
        """Return the number of the check that refused, 0 for none."""
        with self.site.env(commit=True) as env:
            order = env["instant.order"].with_user(self.keeper_id).browse(order_id)
            return order.scan_station_scan(code, uuid.uuid4().hex)["check"]

    def close_short(self):
        """Return 12 when a parcel with one of three packs does not close."""
        with self.site.env() as env:
            order = env["instant.order"].with_user(self.keeper_id).browse(self.ids[0])
            try:
                order.scan_station_confirm()
            except UserError:
                return 12
        return 0

    def changed(self):
        """Whether a refused scan has taken or moved anything."""
        with self.site.env() as env:
            orders = env["instant.order"].browse(self.ids)
            return orders.mapped("scanned_count") != [1, 1, 0]
