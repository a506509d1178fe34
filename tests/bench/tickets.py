"""Tickets: orders, scans, transfers, receipts against serial-tracked stock (IT-BEN-01
to 04, 06).

The reference is stock Odoo in the same run where ``bench.vanilla`` is given; without it
the rows stand alone.

    python -m tests.bench.tickets DATABASE      # ODOO_RC or PG* set
"""

import base64
import json
import statistics
import sys
import time
import uuid
from dataclasses import asdict
from itertools import count

from odoo.exceptions import UserError
from odoo.service.model import retrying

from .frame import Meter, Site, absolute, at_most, race, share

BIG, SMALL = 100_000, 2_000
ROUNDS = 15
RACE_RUNS = 20
RACERS, RACE_PACKS = 20, 10
ORDER_PACKS = 20
WAVE = (30, 5)
TRANSFER_CARTONS = 50
SCANS = 200


def rows(bench):
    """Measure on ``bench.site``, the database of the suite."""
    yield from run(bench.site, getattr(bench, "vanilla", None))


def run(site, vanilla=None):
    tickets = Tickets(site)
    reference = Reference(vanilla) if vanilla else None
    yield from tickets.measure_receipt(reference)
    yield from tickets.measure_orders(reference)
    yield from tickets.measure_scans(reference)
    yield from tickets.measure_wave(reference)
    yield from tickets.measure_transfer(reference)
    yield from tickets.measure_race()
    yield from tickets.measure_imports()
    yield tickets.judge_books()


def compare(bench_id, name, ours, reference, unit, limit, note=""):
    """A row with its ratio, or without one where there is no reference."""
    if reference:
        return at_most(bench_id, name, ours, reference, unit, limit, note)
    return absolute(bench_id, name, ours, unit, "no reference in this run", True)


class Reference:
    """The same steps in stock Odoo with serial-tracked products."""

    def __init__(self, vanilla):
        self.vanilla = vanilla
        self.big = vanilla.prepare_game("BENCH-BIG", BIG)
        self.confirm, self.ship = Meter(), Meter()
        self.scan_ms = None

    def measure_order(self):
        with self.vanilla.site.env() as env:
            order = self.vanilla.draft(env, [(self.big, ORDER_PACKS)])
            env.flush_all()
            with self.confirm.measure(env):
                order.action_confirm()
            with self.ship.measure(env):
                self.vanilla.ship(order)

    def measure_scan(self):
        """Look a serial up, mark its line picked, commit: no checks at all."""
        seconds = []
        with self.vanilla.site.env(commit=True) as env:
            order = self.vanilla.draft(env, [(self.big, ORDER_PACKS)])
            order.action_confirm()
            picking_id = order.picking_ids.id
            names = order.picking_ids.move_line_ids.lot_id.mapped("name")
        for name in names:
            with self.vanilla.site.env(commit=True) as env:
                start = time.perf_counter()
                lot = env["stock.lot"].search(
                    [("name", "=", name), ("product_id", "=", self.big)]
                )
                picking = env["stock.picking"].browse(picking_id)
                picking.move_line_ids.filtered(
                    lambda line, lot=lot: line.lot_id == lot
                ).picked = True
                env.cr.commit()
                seconds.append(time.perf_counter() - start)
        self.scan_ms = statistics.median(seconds) * 1000


class Tickets:
    """One prefecture with a game of 100,000 packs and one of 2,000."""

    def __init__(self, site):
        self.site = site
        with site.env(commit=True) as env:
            fixture = self.bind(env)
            fixture.north, fixture.south = self.create_prefectures(env)
            # no two runs share a code: the suite keeps what a bench has left behind
            fixture.warehouse = fixture._create_warehouse(
                fixture.north, uuid.uuid4().hex[:5].upper()
            )
            fixture.warehouse_south = fixture._create_warehouse(
                fixture.south, uuid.uuid4().hex[:5].upper()
            )
            keeper = fixture._create_user(
                f"bench_keeper_{uuid.uuid4().hex[:8]}",
                fixture.north,
                "warehouse_keeper",
            )
            outlet = fixture._create_outlet(fixture.north)
            fixture._top_up(outlet, 900_000_000)
            self.ids = {
                "warehouse": fixture.warehouse.id,
                "south": fixture.warehouse_south.id,
                "keeper": keeper.id,
                "outlet": outlet.id,
                "big": fixture._create_game().id,
                "small": fixture._create_game().id,
            }

    def create_prefectures(self, env):
        centre = env.ref("lottery_base.lottery_branch_centre")
        return env["lottery.branch"].create(
            [
                {
                    "name": f"Bench {name}",
                    "code": f"B-{uuid.uuid4().hex[:10]}",
                    "kind": "prefecture",
                    "parent_id": centre.id,
                }
                for name in ("north", "south")
            ]
        )

    def bind(self, env):
        from odoo.addons.instant_ticket.tests.common import TicketFixture

        fixture = type("BenchTickets", (TicketFixture,), {})
        fixture.env = env
        start = int(time.time()) % 8000
        fixture.numbers = count(start)
        fixture.serials, fixture.cartons = {}, {}
        return fixture

    def free_codes(self, env, game_id, packs):
        return (
            env["instant.pack"]
            .search(
                [
                    ("game_id", "=", game_id),
                    ("warehouse_id", "=", self.ids["warehouse"]),
                    ("state", "=", "available"),
                ],
                limit=packs,
            )
            .mapped("code")
        )

    # === RECEIPT === #

    def measure_receipt(self, reference):
        from odoo.addons.lottery_base.tools.workbook import make_workbook

        with self.site.env(commit=True) as env:
            small = env["instant.game"].browse(self.ids["small"])
            self.bind(env)._stock(
                small, env["stock.warehouse"].browse(self.ids["warehouse"]), SMALL
            )
        with self.site.env(commit=True) as env:
            game = env["instant.game"].browse(self.ids["big"])
            size = game.packs_per_carton
            content = make_workbook(
                ["Game code", "Carton", "Serial"],
                (
                    [game.code, f"C{n // size + 1:06d}", f"{n + 1:07d}"]
                    for n in range(BIG)
                ),
            )
            start = time.perf_counter()
            wizard = (
                env["instant.receipt.import"]
                .with_user(self.ids["keeper"])
                .create(
                    {
                        "file": base64.b64encode(content),
                        "filename": "manifest.xlsx",
                        "warehouse_id": self.ids["warehouse"],
                    }
                )
            )
            wizard.action_import()
            loaded = time.perf_counter()
            receipt = wizard.receipt_id
            # what a scanner would have done, carton by carton
            env.cr.execute(
                "UPDATE instant_carton SET state = 'arrived' WHERE receipt_id = %s",
                [receipt.id],
            )
            env.invalidate_all()
            received = time.perf_counter()
            receipt.action_validate()
            env.flush_all()
            done = time.perf_counter()
        with self.site.env(commit=True) as env:
            env.cr.execute("ANALYZE instant_pack; ANALYZE instant_carton")
        per_pack = (done - received) * 1000 / BIG
        whole = (loaded - start) + (done - received)
        yield compare(
            "IT-BEN-03",
            f"receipt of {BIG} packs, stock and ledger, a pack",
            per_pack,
            reference and self.vanilla_receipt(reference),
            "ms",
            0.02,
            "reference: inventory of serials",
        )
        yield absolute(
            "IT-WHS-02",
            f"receipt of {BIG} packs with reading the XLSX",
            whole,
            "s",
            "< 120",
            whole < 120,
        )

    def vanilla_receipt(self, reference, packs=200):
        """Milliseconds a serial when quants are applied as inventory."""
        with reference.vanilla.site.env() as env:
            product = env["product.product"].browse(reference.big)
            location = env["stock.warehouse"].search([], limit=1).lot_stock_id
            start = time.perf_counter()
            lots = env["stock.lot"].create(
                [{"name": f"R-{n}", "product_id": product.id} for n in range(packs)]
            )
            quants = (
                env["stock.quant"]
                .with_context(inventory_mode=True)
                .create(
                    [
                        {
                            "product_id": product.id,
                            "location_id": location.id,
                            "lot_id": lot.id,
                            "inventory_quantity": 1,
                        }
                        for lot in lots
                    ]
                )
            )
            quants.action_apply_inventory()
            env.flush_all()
            return (time.perf_counter() - start) * 1000 / packs

    # === ORDERS === #

    def place(self, env, game_id, packs):
        return env["instant.order"]._place(
            self.ids["outlet"], [(game_id, packs)], channel="desk", key=uuid.uuid4().hex
        )["order_id"]

    def lock_and_confirm(self, game_id, meter, packs=ORDER_PACKS):
        """Place an order and let ILMS lock it, as two requests would."""
        with self.site.env(commit=True) as env:
            before, start = env.cr.sql_log_count, time.perf_counter()
            order_id = self.place(env, game_id, packs)
            placed = time.perf_counter() - start
            queries = env.cr.sql_log_count - before
        with self.site.env(commit=True) as env:
            locking = Meter()
            with locking.measure(env):
                env["instant.order"].browse(order_id)._set_locked({"reference": "B"})
        meter.seconds.append(placed + locking.seconds[0])
        meter.queries.append(queries + locking.queries[0])
        return order_id

    def measure_orders(self, reference):
        big, small = Meter(), Meter()
        for _round in range(ROUNDS):
            self.lock_and_confirm(self.ids["big"], big)
            self.lock_and_confirm(self.ids["small"], small)
            if reference:
                reference.measure_order()
        theirs = reference.confirm if reference else None
        yield compare(
            "IT-BEN-02",
            f"lock + confirm {ORDER_PACKS} packs, {BIG} on hand",
            big.ms,
            theirs and theirs.ms,
            "ms",
            1 / 30,
        )
        yield compare(
            "IT-BEN-02",
            f"lock + confirm {ORDER_PACKS} packs, queries",
            big.query_count,
            theirs and theirs.query_count,
            "queries",
            0.35,
        )
        yield at_most(
            "IT-BEN-02",
            f"lock + confirm, {BIG} on hand against {SMALL}",
            big.ms,
            small.ms,
            "ms",
            1.3,
        )

    # === SCANS === #

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

    def measure_scans(self, reference):
        order_id = self.lock_and_confirm(self.ids["big"], Meter(), SCANS)
        with self.site.env() as env:
            codes = self.free_codes(env, self.ids["big"], SCANS)
        spent = self.pick(order_id, codes)
        if reference:
            reference.measure_scan()
        yield compare(
            "IT-BEN-04",
            "one scan, twelve checks, median",
            statistics.median(spent),
            reference and reference.scan_ms,
            "ms",
            1.0,
        )
        yield absolute(
            "IT-BEN-04",
            "one scan, 95th percentile",
            share(spent, 0.95),
            "ms",
            "-",
            True,
        )
        self.close(order_id)

    def close(self, order_id):
        with self.site.env(commit=True) as env:
            order = env["instant.order"].with_user(self.ids["keeper"]).browse(order_id)
            order.scan_station_confirm()
        with self.site.env(commit=True) as env:
            env["instant.order"].browse(order_id)._set_shipped({"reference": "B"})

    def measure_wave(self, reference):
        """An order through, and a wave of 30 orders: without human time."""
        start = time.perf_counter()
        self.go_through(ORDER_PACKS)
        one = (time.perf_counter() - start) * 1000
        theirs = reference and (
            reference.confirm.ms + reference.ship.ms + ORDER_PACKS * reference.scan_ms
        )
        yield compare(
            "IT-BEN-03",
            f"order to shipped, {ORDER_PACKS} packs",
            one,
            theirs,
            "ms",
            0.2,
        )
        orders, packs = WAVE
        start = time.perf_counter()
        for _order in range(orders):
            self.go_through(packs)
        ours = time.perf_counter() - start
        theirs = reference and self.vanilla_wave(reference, orders, packs)
        yield compare(
            "IT-BEN-03", f"wave of {orders} orders x {packs}", ours, theirs, "s", 0.2
        )

    def go_through(self, packs):
        order_id = self.lock_and_confirm(self.ids["big"], Meter(), packs)
        with self.site.env() as env:
            codes = self.free_codes(env, self.ids["big"], packs)
        self.pick(order_id, codes)
        self.close(order_id)

    def vanilla_wave(self, reference, orders, packs):
        with reference.vanilla.site.env() as env:
            made = [
                reference.vanilla.draft(env, [(reference.big, packs)])
                for _order in range(orders)
            ]
            env.flush_all()
            start = time.perf_counter()
            for order in made:
                order.action_confirm()
            for order in made:
                reference.vanilla.ship(order)
            env.flush_all()
            return time.perf_counter() - start

    # === TRANSFER === #

    def measure_transfer(self, reference):
        with self.site.env(commit=True) as env:
            game = env["instant.game"].browse(self.ids["big"])
            packs = TRANSFER_CARTONS * game.packs_per_carton
            source = env["stock.warehouse"].browse(self.ids["warehouse"])
            target = env["stock.warehouse"].browse(self.ids["south"])
            start = time.perf_counter()
            picking = self.create_transfer(env, source, target, game.product_id, packs)
            picking.button_validate()
            env.flush_all()
            ours = (time.perf_counter() - start) * 1000
        theirs = reference and self.vanilla_transfer(reference, packs)
        name = f"transfer of {TRANSFER_CARTONS} cartons ({packs} packs)"
        yield compare("IT-BEN-03", name, ours, theirs, "ms", 0.3)

    def create_transfer(self, env, source, target, product, packs):
        places = {
            "location_id": source.lot_stock_id.id,
            "location_dest_id": target.lot_stock_id.id,
        }
        picking = env["stock.picking"].create(
            {
                "picking_type_id": source.int_type_id.id,
                **places,
                "move_ids": [
                    (
                        0,
                        0,
                        {"product_id": product.id, "product_uom_qty": packs, **places},
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        picking.move_ids.picked = True
        return picking

    def vanilla_transfer(self, reference, packs):
        with reference.vanilla.site.env() as env:
            product = env["product.product"].browse(reference.big)
            source = env["stock.warehouse"].search([], limit=1)
            target = env["stock.warehouse"].create({"name": "Bench", "code": "BNCH"})
            start = time.perf_counter()
            picking = self.create_transfer(env, source, target, product, packs)
            picking.move_line_ids.picked = True
            picking.button_validate()
            env.flush_all()
            return (time.perf_counter() - start) * 1000

    # === RACES === #

    def measure_race(self):
        """20 orders for 10 packs, 20 times; who is refused is told so."""
        worst, twice = 0, 0
        for _run in range(RACE_RUNS):
            with self.site.env(commit=True) as env:
                fixture = self.bind(env)
                fixture.numbers = count(int(time.time() * 1000) % 10**9)
                game = fixture._create_game(code=f"R{uuid.uuid4().hex[:8]}".upper())
                warehouse = env["stock.warehouse"].browse(self.ids["warehouse"])
                fixture._stock(game, warehouse, RACE_PACKS)
                game_id = game.id
            placed = race([lambda g=game_id: self.place_or_none(g)] * RACERS)
            for error in filter(lambda r: isinstance(r, Exception), placed):
                raise error
            promised = len([order for order in placed if order])
            worst = max(worst, promised / RACE_PACKS)
            with self.site.env() as env:
                env.cr.execute(
                    "SELECT count(*) FROM instant_availability "
                    "WHERE game_id = %s AND held > on_hand",
                    [game_id],
                )
                twice += env.cr.fetchone()[0]
        yield absolute(
            "IT-BEN-01",
            f"promised / available, {RACERS} orders on {RACE_PACKS} packs",
            worst,
            "x",
            "<= 1.0",
            worst <= 1 and not twice,
            note=f"{RACE_RUNS} runs",
        )

    def place_or_none(self, game_id):
        with self.site.env(commit=True) as env:
            try:
                return self.place(env, game_id, 1)
            except UserError:
                return None

    def measure_imports(self):
        """The same manifest loaded at once by eight people."""
        with self.site.env() as env:
            code = env["instant.game"].browse(self.ids["small"]).code
        manifest = [
            {
                "game": code,
                "carton": 900_000 + n,
                "serial_from": 9_000_000 + 20 * n,
                "serial_to": 9_000_019 + 20 * n,
            }
            for n in range(25)
        ]
        loaded = [r for r in race([lambda: self.load(manifest)] * 8) if r is True]
        with self.site.env() as env:
            packs = env["instant.pack"].search_count(
                [("game_id", "=", self.ids["small"]), ("serial", ">=", 9_000_000)]
            )
        yield absolute(
            "IT-BEN-06",
            "duplicate serials in eight concurrent imports",
            packs - 500,
            "packs",
            "0",
            packs == 500 and len(loaded) == 1,
        )

    def load(self, manifest):
        with self.site.env(commit=True) as env:
            warehouse = env["stock.warehouse"].browse(self.ids["warehouse"])
            receipts = env["instant.receipt"]
            return bool(
                retrying(
                    lambda: receipts._create_from_manifest(warehouse, manifest), env
                )
            )

    def judge_books(self):
        with self.site.env() as env:
            broken = [c for c in env["instant.conservation"]._check() if not c["ok"]]
        return absolute(
            "IT-WHS-01",
            "equations of packs and money broken after all of it",
            len(broken),
            "equations",
            "0",
            not broken,
            note=", ".join(check["name"] for check in broken),
        )


if __name__ == "__main__":
    from odoo.tools import config

    config.parse_config([])
    for row in run(Site(sys.argv[1])):
        print(json.dumps(asdict(row), ensure_ascii=False))
