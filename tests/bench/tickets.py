"""Orders, scans, waves, transfers and receipts against serial-tracked stock (IT-BEN-02
to 04)."""

import base64
import statistics
import time
import uuid

from .frame import Meter, absolute, at_most, measures, share
from .vanilla import ORDER_PACKS, create_transfer

WAVE_PACKS = 5
REFERENCE_WAVE = 10  # its orders take many seconds each and cost all the same
TRANSFER_CARTONS = 50


class Tickets:
    """One prefecture with a game of many packs and one of few."""

    def __init__(self, stage):
        self.stage, self.site, self.size = stage, stage.site, stage.size
        with self.site.env(commit=True) as env:
            fixture = stage.bind(env)
            north, south = stage.make_prefectures(env)
            fixture.north = north
            # no two runs share a code: the database keeps what a run has left behind
            warehouse, warehouse_south = (
                fixture._create_warehouse(branch, uuid.uuid4().hex[:5].upper())
                for branch in (north, south)
            )
            keeper = fixture._create_user(
                f"bench_keeper_{uuid.uuid4().hex[:8]}", north, "warehouse_keeper"
            )
            outlet = fixture._create_outlet(north)
            fixture._top_up(outlet, 900_000_000)
            self.ids = {
                "warehouse": warehouse.id,
                "south": warehouse_south.id,
                "keeper": keeper.id,
                "outlet": outlet.id,
                "big": fixture._create_game().id,
                "small": fixture._create_game().id,
            }
        self.receive()

    # === STOCK === #

    def receive(self):
        """Bring the packs in, the many by a manifest as the supplier sends it.

        Leaves seconds in ``reading`` (the XLSX) and ``posting`` (stock and ledger).
        """
        with self.site.env(commit=True) as env:
            small = env["instant.game"].browse(self.ids["small"])
            warehouse = env["stock.warehouse"].browse(self.ids["warehouse"])
            self.stage.bind(env)._stock(small, warehouse, self.size.small)
        with self.site.env(commit=True) as env:
            content = self.write_manifest(env["instant.game"].browse(self.ids["big"]))
            start = time.perf_counter()
            wizards = env["instant.receipt.import"].with_user(self.ids["keeper"])
            wizard = wizards.create(
                {
                    "file": base64.b64encode(content),
                    "filename": "manifest.xlsx",
                    "warehouse_id": self.ids["warehouse"],
                }
            )
            wizard.action_import()
            self.reading = time.perf_counter() - start
            receipt = wizard.receipt_id
            # what a scanner would have done, carton by carton
            env.cr.execute(
                "UPDATE instant_carton SET state = 'arrived' WHERE receipt_id = %s",
                [receipt.id],
            )
            env.invalidate_all()
            start = time.perf_counter()
            receipt.action_validate()
            env.flush_all()
            self.posting = time.perf_counter() - start
        with self.site.env(commit=True) as env:
            env.cr.execute("ANALYZE instant_pack; ANALYZE instant_carton")

    def write_manifest(self, game):
        from odoo.addons.lottery_base.tools.workbook import make_workbook

        size = game.packs_per_carton
        return make_workbook(
            ["Game code", "Carton", "Serial"],
            (
                [game.code, f"C{n // size + 1:06d}", f"{n + 1:07d}"]
                for n in range(self.size.big)
            ),
        )

    def free_codes(self, env, game_id, packs):
        found = env["instant.pack"].search(
            [
                ("game_id", "=", game_id),
                ("warehouse_id", "=", self.ids["warehouse"]),
                ("state", "=", "available"),
            ],
            limit=packs,
        )
        return found.mapped("code")

    # === STEPS === #

    def place(self, env, game_id, packs):
        placed = env["instant.order"]._place(
            self.ids["outlet"], [(game_id, packs)], channel="desk", key=uuid.uuid4().hex
        )
        return placed["order_id"]

    def lock_and_confirm(self, game_id, meter, packs=ORDER_PACKS):
        """Place an order and let ILMS lock it, as two requests would."""
        with self.site.env(commit=True) as env:
            placing = Meter()
            with placing.measure(env):
                order_id = self.place(env, game_id, packs)
        with self.site.env(commit=True) as env:
            locking = Meter()
            with locking.measure(env):
                env["instant.order"].browse(order_id)._set_locked({"reference": "B"})
        meter.seconds.append(placing.seconds[0] + locking.seconds[0])
        meter.queries.append(placing.queries[0] + locking.queries[0])
        return order_id

    def pick(self, order_id, codes):
        """Scan as the station does, one request a scan; return milliseconds each."""
        spent = []
        for code in codes:
            with self.site.env(commit=True) as env:
                order = env["instant.order"].with_user(self.ids["keeper"])
                start = time.perf_counter()
                answer = order.browse(order_id).scan_station_scan(
                    code, uuid.uuid4().hex
                )
                env.cr.commit()
                spent.append((time.perf_counter() - start) * 1000)
            if answer["result"] != "ok":
                raise AssertionError(answer)
        return spent

    def close(self, order_id):
        with self.site.env(commit=True) as env:
            order = env["instant.order"].with_user(self.ids["keeper"]).browse(order_id)
            order.scan_station_confirm()
        with self.site.env(commit=True) as env:
            env["instant.order"].browse(order_id)._set_shipped({"reference": "B"})

    def go_through(self, packs):
        """An order from placing to shipped; return seconds without human time."""
        with self.site.env() as env:
            codes = self.free_codes(env, self.ids["big"], packs)
        start = time.perf_counter()
        order_id = self.lock_and_confirm(self.ids["big"], Meter(), packs)
        self.pick(order_id, codes)
        self.close(order_id)
        return time.perf_counter() - start

    def transfer(self, packs):
        """Milliseconds to move whole cartons to the other warehouse."""
        with self.site.env(commit=True) as env:
            game = env["instant.game"].browse(self.ids["big"])
            source = env["stock.warehouse"].browse(self.ids["warehouse"])
            target = env["stock.warehouse"].browse(self.ids["south"])
            start = time.perf_counter()
            picking = create_transfer(env, source, target, game.product_id, packs)
            picking.button_validate()
            env.flush_all()
            return (time.perf_counter() - start) * 1000


# === MEASUREMENTS === #


@measures("IT-BEN-02")
def lock_and_confirm(stage):
    """Both stocks and the reference in turn."""
    tickets, vanilla = stage.tickets, stage.vanilla
    big, small = Meter(), Meter()
    for _round in range(stage.size.rounds):
        tickets.lock_and_confirm(tickets.ids["big"], big)
        tickets.lock_and_confirm(tickets.ids["small"], small)
        vanilla.measure_order()
    on_hand = f"{stage.size.big:,} on hand"
    name = f"lock + confirm {ORDER_PACKS} packs"
    yield at_most(
        "IT-BEN-02", f"{name}, {on_hand}", big.ms, vanilla.confirm.ms, "ms", 1 / 30
    )
    yield at_most(
        "IT-BEN-02",
        f"{name}, queries",
        big.query_count,
        vanilla.confirm.query_count,
        "queries",
        0.35,
    )
    yield at_most(
        "IT-BEN-02",
        f"{name}, {on_hand} against {stage.size.small:,}",
        big.ms,
        small.ms,
        "ms",
        1.3,
    )


@measures("IT-BEN-03")
def receipt(stage):
    tickets, packs = stage.tickets, stage.size.big
    yield at_most(
        "IT-BEN-03",
        f"receipt of {packs:,} packs, stock and ledger, a pack",
        tickets.posting * 1000 / packs,
        stage.vanilla.measure_receipt(),
        "ms",
        0.02,
        note="reference: inventory of serials",
    )
    whole = tickets.reading + tickets.posting
    yield absolute(
        "IT-WHS-02",
        f"receipt of {packs:,} packs with reading the XLSX",
        whole,
        "s",
        "< 120",
        whole < 120,
    )


@measures("IT-BEN-03")
def order_to_shipped(stage):
    """One order through; the reference gets the time of as many scans."""
    tickets, vanilla = stage.tickets, stage.vanilla
    rounds = max(3, stage.size.rounds // 3)
    seconds = []
    for _round in range(rounds):
        seconds.append(tickets.go_through(ORDER_PACKS))
        vanilla.measure_order()
    yield at_most(
        "IT-BEN-03",
        f"order to shipped, {ORDER_PACKS} packs",
        statistics.median(seconds) * 1000,
        vanilla.confirm.ms + vanilla.ship.ms + ORDER_PACKS * vanilla.scan_ms,
        "ms",
        0.2,
    )


@measures("IT-BEN-03")
def wave(stage):
    orders, measured = stage.size.wave, min(stage.size.wave, REFERENCE_WAVE)
    ours = sum(stage.tickets.go_through(WAVE_PACKS) for _order in range(orders))
    yield at_most(
        "IT-BEN-03",
        f"wave of {orders} orders x {WAVE_PACKS}",
        ours,
        stage.vanilla.measure_wave(measured, WAVE_PACKS) * orders / measured,
        "s",
        0.2,
        note="ours scans every pack, the reference none; the reference's time is that "
        f"of {measured} orders, scaled",
    )


@measures("IT-BEN-03")
def transfer(stage):
    with stage.site.env() as env:
        game = env["instant.game"].browse(stage.tickets.ids["big"])
        packs = TRANSFER_CARTONS * game.packs_per_carton
    yield at_most(
        "IT-BEN-03",
        f"transfer of {TRANSFER_CARTONS} cartons ({packs:,} packs)",
        stage.tickets.transfer(packs),
        stage.vanilla.measure_transfer(packs),
        "ms",
        0.3,
    )


@measures("IT-BEN-04")
def scan(stage):
    tickets = stage.tickets
    order_id = tickets.lock_and_confirm(tickets.ids["big"], Meter(), stage.size.scans)
    with stage.site.env() as env:
        codes = tickets.free_codes(env, tickets.ids["big"], stage.size.scans)
    spent = tickets.pick(order_id, codes)
    yield at_most(
        "IT-BEN-04",
        "one scan, twelve checks, median",
        statistics.median(spent),
        stage.vanilla.scan_ms,
        "ms",
        1.0,
        note="reference: no checks",
    )
    yield absolute(
        "IT-BEN-04", "one scan, 95th percentile", share(spent, 0.95), "ms", "-", True
    )
    tickets.close(order_id)
