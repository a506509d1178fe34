"""ILMS under faults, kills and lost races (IT-BEN-06).

Orders are locked, confirmed and cancelled while 30 % of the calls time out, the worker
that sends them is killed with SIGKILL again and again, and another session keeps writing
the rows they need. Afterwards both sides' books are compared.

    python -m tests.bench.ilms workers DATABASE     # the workers that are killed
"""

import contextlib
import os
import random
import select
import signal
import subprocess
import sys
import threading
import time
import uuid
from unittest.mock import patch

import psycopg2

from odoo import sql_db
from odoo.tools import config

from .frame import Site, absolute, measures

SHARE_CANCELLED = 0.2
SHARE_OF_FAULTS = 0.3
KILL_EVERY = (0.8, 2.4)
LEASE_SECONDS = 4
PATIENCE = 240
ID = "IT-BEN-06"
FAULTS = [
    {"kind": "drop_before", "probability": SHARE_OF_FAULTS / 3},
    {"kind": "drop_after", "probability": SHARE_OF_FAULTS / 3},
    {"kind": "delay", "probability": SHARE_OF_FAULTS / 3, "ms": 900},
]


@measures(ID)
def ilms_storm(stage):
    from odoo.addons.instant_ticket.tests.ilms_common import SimulatorProcess

    simulator = SimulatorProcess().start()
    environ = {
        "LOTTERY_ILMS_URL": simulator.url,
        "LOTTERY_ILMS_CONNECT_TIMEOUT": "1",
        "LOTTERY_ILMS_READ_TIMEOUT": "0.5",
        **simulator.environ,
    }
    try:
        # the running instance's simulator has another token
        with patch.dict(os.environ, environ):
            storm = Storm(
                stage.site, simulator, dict(os.environ), stage.size.ilms_orders
            )
            storm.prepare()
            storm.blow()
            rows = list(storm.judge())
    finally:
        simulator.close()
    yield from rows


class Storm:
    """One outlet, one game, two prefectures' worth of trouble."""

    def __init__(self, site, simulator, environ, orders):
        self.site, self.simulator, self.environ = site, simulator, environ
        self.orders = orders
        self.dice = random.Random(6)
        self.stopping = threading.Event()
        self.kills = self.lost_races = 0
        self.order_ids = []

    # === BEFORE === #

    def prepare(self):
        """Stock and money on both sides; the outbox holds nothing else."""
        from odoo.addons.instant_ticket.tests.common import TicketFixture

        mark = uuid.uuid4().hex[:5].upper()
        fixture = type("BenchTickets", (TicketFixture,), {})
        with self.site.env(commit=True) as env:
            self._prepare_unit(env, fixture, mark)
            fixture._stock(fixture.game, fixture.warehouse, self.orders * 3)
            fixture._top_up(fixture.outlet, 10_000_000)
            self.outlet_id, self.game_id = fixture.outlet.id, fixture.game.id
            self.number = fixture.outlet.number
            env.cr.execute(
                "UPDATE lottery_outbox SET state = 'cancelled' WHERE channel = 'ilms' "
                "AND state IN ('pending', 'running', 'parked')"
            )
            self.simulator.seed(
                games=[{"code": fixture.game.code, "packAmount": 50_000}],
                accounts=[{"outlet": self.number, "instant": 1_000_000_000}],
                packs=[
                    {
                        "game": fixture.game.code,
                        "warehouse": fixture.warehouse.code,
                        "first": 1,
                        "count": self.orders * 3,
                    }
                ],
            )

    def _prepare_unit(self, env, fixture, mark):
        from itertools import count

        fixture.env = env
        fixture.numbers = count(random.SystemRandom().randrange(10**5, 9 * 10**5))
        fixture.serials, fixture.cartons = {}, {}
        branch = env["lottery.branch"].create(
            {
                "name": f"Bench {mark}",
                "code": f"B{mark}",
                "kind": "prefecture",
                "parent_id": env.ref("lottery_base.lottery_branch_centre").id,
            }
        )
        fixture.north = fixture.north_county = branch
        fixture.warehouse = fixture._create_warehouse(branch, mark)
        fixture.outlet = fixture._create_outlet(
            branch,
            owner=fixture._create_owner(branch, phone=f"+86154{mark_digits(mark)}"),
        )
        fixture.game = fixture._create_game(
            f"B{mark}", face_value=5, tickets_per_pack=100
        )

    # === THE STORM === #

    def blow(self):
        self.simulator.admin("POST", "/sim/faults", {"seed": 6, "rules": FAULTS})
        helpers = [
            threading.Thread(target=work)
            for work in (self._kill_workers, self._lose_races)
        ]
        for helper in helpers:
            helper.start()
        try:
            for _number in range(self.orders):
                self._place()
            self._wait(lambda: not self._count("submitted"))
            self._pick_and_cancel()
            self._wait(lambda: not self._count("picking"))
        finally:
            self.stopping.set()
            for helper in helpers:
                helper.join()
        self.simulator.heal()
        self._reconcile()

    def _place(self):
        with self.site.env() as env:
            placed = env["instant.order"]._place(
                self.outlet_id,
                [(self.game_id, self.dice.randint(1, 3))],
                channel="api",
                key=uuid.uuid4().hex,
            )
        self.order_ids.append(placed["order_id"])

    def _pick_and_cancel(self):
        for order_id in self.order_ids:
            cancel = self.dice.random() < SHARE_CANCELLED
            with self.site.env(commit=True) as env:
                order = env["instant.order"].browse(order_id)
                if cancel:
                    order.action_cancel()
                    continue
                for line in order.line_ids:
                    packs = env["instant.pack"].search(
                        [
                            ("game_id", "=", line.game_id.id),
                            ("warehouse_id", "=", order.warehouse_id.id),
                            ("state", "=", "available"),
                        ],
                        limit=line.quantity,
                    )
                    codes = packs.mapped("code")
            with self.site.env() as env:
                order = env["instant.order"].browse(order_id)
                for code in codes:
                    order._scan(code)
                order.action_confirm_out()

    def _kill_workers(self):
        """A worker sends what is due until it is killed; then the next one does."""
        nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.ilms", "workers", self.site.database],
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.stopping.wait()
        # It ends between two workers, none of which may be left behind.
        nursery.stdin.close()
        self.kills += nursery.stdout.read().count("killed")
        nursery.wait()
        nursery.stdout.close()

    def _lose_races(self):
        """Write the account all the time, so that others lose it and have to retry."""
        with contextlib.closing(connect(self.site.database)) as connection:
            while not self.stopping.is_set():
                with connection, connection.cursor() as cr:
                    cr.execute(
                        "UPDATE instant_account SET synced_at = now() "
                        "WHERE outlet_id = %s",
                        [self.outlet_id],
                    )
                self.lost_races += 1
                self.stopping.wait(0.03)

    def _wait(self, done):
        deadline = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > deadline:
                raise TimeoutError(f"orders are stuck: {self._states()}")
            self._let_time_pass()
            time.sleep(0.2)

    def _let_time_pass(self):
        """Nobody waits for back-off and breaker in a measurement."""
        with (
            contextlib.closing(connect(self.site.database)) as connection,
            connection,
            connection.cursor() as cr,
        ):
            cr.execute(
                "UPDATE lottery_outbox SET next_attempt_at = now() AT TIME ZONE 'UTC' "
                "WHERE id IN (SELECT id FROM lottery_outbox WHERE channel = 'ilms' "
                "AND state = 'pending' FOR UPDATE SKIP LOCKED)"
            )
            cr.execute(
                "UPDATE lottery_outbox_circuit SET until = now() AT TIME ZONE 'UTC' "
                "WHERE id IN (SELECT id FROM lottery_outbox_circuit "
                "WHERE channel = 'ilms' FOR UPDATE SKIP LOCKED)"
            )

    def _states(self):
        with self.site.env() as env:
            orders = env["instant.order"].browse(self.order_ids)
            return dict(
                env["instant.order"]._read_group(
                    [("id", "in", orders.ids)], ["state"], ["__count"]
                )
            )

    def _count(self, state):
        return self._states().get(state, 0)

    # === AFTERWARDS === #

    def _reconcile(self):
        """Retry what was parked, send the rest, ask about what still differs."""
        for _round in range(30):
            with self.site.env(commit=True) as env:
                outbox = env["lottery.outbox"]
                outbox.search(
                    [("channel", "=", "ilms"), ("state", "=", "parked")]
                ).action_retry()
            self._let_time_pass()
            with self.site.env(commit=True) as env:
                shorten_lease(env)
                env["lottery.outbox"]._drain("ilms")
            with self.site.env() as env:
                waiting = env["lottery.outbox"].search_count(
                    [
                        ("channel", "=", "ilms"),
                        ("state", "in", ("pending", "running", "parked")),
                    ]
                )
            if not waiting:
                return
            time.sleep(LEASE_SECONDS / 4)

    def judge(self):
        dump = self.simulator.dump()
        with self.site.env() as env:
            orders = env["instant.order"].browse(self.order_ids)
            account = env["instant.account"].search(
                [("outlet_id", "=", self.outlet_id)]
            )
            shipped = orders.filtered("shipped_at")
            deducted = -sum(
                account.move_ids.filtered(lambda m: m.kind == "deduct").mapped("amount")
            )
            due = sum(shipped.mapped("amount"))
            held = account.held
            ends = set(orders.mapped("state"))
            broken = [
                row["name"]
                for row in env["instant.conservation"]._check()
                if not row["ok"]
            ]
        theirs = dump["accounts"][self.number]
        double = round(abs(deducted - due) * 100) + abs(
            1_000_000_000 - theirs["instant"] - round(due * 100)
        )
        faults = sum(bool(row["faults"]) for row in self.simulator.log(10_000))
        note = (
            f"{self.orders} orders, {faults} calls with a fault, {self.kills} workers killed, "
            f"{self.lost_races} competing writes"
        )
        yield absolute(
            ID,
            "ILMS under faults and kills: fen deducted twice or not at all",
            double,
            "fen",
            "0",
            double == 0 and not dump["broken"] and not broken,
            note=note,
        )
        stuck = round(held * 100) + theirs["frozen"]
        settled = ends <= {"shipped", "cancelled"}
        yield absolute(
            ID,
            "ILMS under faults and kills: fen held after reconciliation",
            stuck,
            "fen",
            "0",
            stuck == 0 and settled,
            note=", ".join(sorted(ends)),
        )


def mark_digits(mark):
    """Eight digits for a phone number that no carrier has."""
    return f"{int(mark, 16) % 10**8:08d}"


def connect(database):
    return psycopg2.connect(
        dbname=database,
        host=config["db_host"] or None,
        port=config["db_port"] or None,
        user=config["db_user"] or None,
        password=config["db_password"] or None,
    )


def shorten_lease(env):
    """Calls of killed workers are due again after seconds, not after a minute."""
    type(env["lottery.outbox.channel.ilms"])._lease_seconds = LEASE_SECONDS


def raise_workers(database):
    """Fork workers and kill them, one after the other; a line for each.

    One process loads the suite once; its children have the caches, not the connections.
    """
    site, dice = Site(database), random.Random(60)
    send_once(site)
    while not select.select([sys.stdin], [], [], 0)[0]:  # until it is closed
        child = os.fork()
        if not child:
            forget_connections(site)
            while True:
                send_once(site)
                time.sleep(0.02)
        try:
            time.sleep(dice.uniform(*KILL_EVERY))
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        print("killed", flush=True)


def forget_connections(site):
    """A forked worker must not speak on its parent's connections."""
    sql_db._Pool = sql_db._Pool_readonly = None
    site.registry._db = sql_db.db_connect(site.database)
    site.registry._db_readonly = None


def send_once(site):
    with site.env(commit=True) as env:
        shorten_lease(env)
        env["lottery.outbox"]._drain("ilms", budget=5)


def main(arguments):
    config.parse_config([])
    raise_workers(arguments[1])


if __name__ == "__main__":
    main(sys.argv[1:])
