"""A hundred owners order at once over HTTP; the reference confirms over RPC
(IT-BEN-07)."""

import asyncio
import collections
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import uuid

from .frame import absolute, measures, share
from .rival import Rival
from .wire import Line, timed

GAMES_EACH = 5
STOCK_EACH = 400
TARGET_RATIO = 20
TARGET_P95 = 0.3
PGBENCH_SECONDS = 8
CALM_CALLERS, CALM_EACH = 2, 10
# A tenth of a second between two owners' orders: ten orders a second.
CALM_RATE = 10


@measures("IT-BEN-07")
def rush(stage):
    """Both sides in turn; each owner sends the next order when the last is answered."""
    town = stage.town
    ours, theirs, in_turn, calm = (Figures() for _n in range(4))
    half = max(1, stage.size.orders_each // 2)
    with Rival(stage) as rival:
        calm_orders = CALM_CALLERS * CALM_EACH
        orders = make_quotations(stage, stage.size.owners + calm_orders)
        asyncio.run(storm(stage, town, 1, Figures()))  # caches of the workers
        asyncio.run(storm(stage, town, half, ours))
        asyncio.run(confirm_in_turn(rival, orders[:calm_orders], in_turn))
        asyncio.run(confirm_all(rival, orders[calm_orders:], theirs))
        asyncio.run(storm(stage, town, half, ours))
    asyncio.run(trickle(stage, town, calm))
    ours.check(), calm.check()
    yield from judge(ours, theirs, in_turn, calm)
    yield from measure_limit(stage)


class Figures:
    """Seconds of the requests that were answered, failures, time of the whole."""

    def __init__(self):
        self.seconds, self.failures, self.refused, self.elapsed = [], [], [], 0.0

    @property
    def rate(self):
        return len(self.seconds) / self.elapsed

    def ms(self, part):
        return share(self.seconds, part) * 1000

    def describe(self):
        """How many failed, and the commonest reason."""
        common = collections.Counter(self.failures).most_common(1)
        return f"{len(self.failures)}" + (f" ({common[0][0][:80]})" if common else "")

    def check(self):
        if self.refused:
            raise AssertionError(f"{len(self.refused)} refused: {self.refused[0]}")


def judge(ours, theirs, in_turn, calm):
    """The reference's rate is the better one: of a hundred callers, or of a few."""
    reference = max(theirs.rate, in_turn.rate)
    ratio = ours.rate / reference
    yield absolute(
        "IT-BEN-07",
        "orders through the portal, 100 owners without a pause",
        ours.rate,
        "orders/s",
        f"ratio >= {TARGET_RATIO}",
        ratio >= TARGET_RATIO and not ours.failures,
        reference=reference,
        note=f"failed: {ours.describe()}; reference, confirm over RPC: "
        f"{theirs.rate:.2f}/s with 100 callers, failed {theirs.describe()}; "
        f"{in_turn.rate:.2f}/s with {CALM_CALLERS}, failed {in_turn.describe()}",
    )
    for part, name in ((0.5, "median"), (0.95, "95th percentile")):
        yield absolute(
            "IT-BEN-07",
            f"orders, 100 owners without a pause, {name}",
            ours.ms(part),
            "ms",
            "<= 300" if part > 0.9 else "-",
            part < 0.9 or ours.ms(part) <= TARGET_P95 * 1000,
            reference=theirs.ms(part),
        )
    yield absolute(
        "IT-BEN-07",
        f"orders, 100 owners, {CALM_RATE} orders a second, 95th percentile",
        calm.ms(0.95),
        "ms",
        "<= 300",
        calm.ms(0.95) <= TARGET_P95 * 1000 and not calm.failures,
    )


# === OURS === #


async def order(line, owner, town, figures):
    answer = await timed(
        line.rpc(
            "/my/tickets/order",
            {
                "outlet": owner["outlet"],
                "key": f"bench-{uuid.uuid4()}",
                "lines": town.choose_lines(GAMES_EACH),
            },
        ),
        figures.seconds,
        figures.failures,
    )
    if answer and not answer["ok"]:
        figures.refused.append(answer)


async def open_lines(stage, town):
    lines = [Line(stage.options.base_url, o["session"]) for o in town.owners]
    await asyncio.gather(*(line.open() for line in lines))
    return lines


async def storm(stage, town, orders_each, figures):
    lines = await open_lines(stage, town)

    async def send(line, owner):
        for _number in range(orders_each):
            await order(line, owner, town, figures)

    start = time.perf_counter()
    await asyncio.gather(*map(send, lines, town.owners))
    figures.elapsed += time.perf_counter() - start
    for line in lines:
        line.close()


async def trickle(stage, town, figures):
    """Every owner orders once, one after the other at an even pace."""
    lines = await open_lines(stage, town)

    async def send(number, line, owner):
        await asyncio.sleep(number / CALM_RATE)
        await order(line, owner, town, figures)

    start = time.perf_counter()
    await asyncio.gather(
        *(
            send(n, line, o)
            for n, (line, o) in enumerate(zip(lines, town.owners, strict=True))
        )
    )
    figures.elapsed += time.perf_counter() - start
    for line in lines:
        line.close()


# === THE REFERENCE === #


def make_quotations(stage, orders):
    """Quotations of five games each from ten with enough serials."""
    vanilla = stage.vanilla
    with vanilla.site.env(commit=True) as env:
        games = [
            vanilla.create_game(env, f"RUSH-{uuid.uuid4().hex[:8]}") for _n in range(10)
        ]
        for game in games:
            vanilla.create_serials(env, game, STOCK_EACH)
        ids = [game.id for game in games]
        dice = stage.town.dice
        return [
            vanilla.draft(env, [(game, 1) for game in dice.sample(ids, GAMES_EACH)]).id
            for _number in range(orders)
        ]


async def confirm_all(rival, order_ids, figures):
    """All at once, each on a connection of its own."""
    start = time.perf_counter()
    await asyncio.gather(
        *(confirm_one(rival, order_id, figures) for order_id in order_ids)
    )
    figures.elapsed += time.perf_counter() - start


async def confirm_in_turn(rival, order_ids, figures):
    """Few callers, each confirming one order after the other: no race is lost."""

    async def confirm_some(own):
        for order_id in own:
            await confirm_one(rival, order_id, figures)

    start = time.perf_counter()
    await asyncio.gather(
        *(confirm_some(order_ids[n::CALM_CALLERS]) for n in range(CALM_CALLERS))
    )
    figures.elapsed += time.perf_counter() - start


async def confirm_one(rival, order_id, figures):
    line = Line(rival.url)
    await timed(
        line.rpc("/jsonrpc", rival.call("sale.order", "action_confirm", [order_id])),
        figures.seconds,
        figures.failures,
    )
    line.close()


# === THE LIMIT === #

TABLES = """
DROP SCHEMA IF EXISTS limit_bench CASCADE; CREATE SCHEMA limit_bench;
SET search_path = limit_bench;
CREATE TABLE account (id int PRIMARY KEY, held numeric);
CREATE TABLE stock (id int PRIMARY KEY, held int);
CREATE TABLE orders (id serial PRIMARY KEY, account_id int, key text UNIQUE, amount numeric);
CREATE TABLE line (id serial PRIMARY KEY, order_id int, stock_id int, packs int);
CREATE TABLE staging (id serial PRIMARY KEY, body text);
INSERT INTO account SELECT n, 0 FROM generate_series(1, 100) n;
INSERT INTO stock SELECT n, 0 FROM generate_series(1, 40) n;
"""
TRANSACTION = r"""
\set account random(1, 100)
\set first random(0, 7)
BEGIN;
SELECT held FROM limit_bench.account WHERE id = :account FOR UPDATE;
SELECT held FROM limit_bench.stock
  WHERE id BETWEEN :first * 5 + 1 AND :first * 5 + 5 ORDER BY id FOR UPDATE;
WITH placed AS (INSERT INTO limit_bench.orders (account_id, key, amount)
  VALUES (:account, gen_random_uuid()::text, 2500) RETURNING id)
INSERT INTO limit_bench.line (order_id, stock_id, packs)
  SELECT id, :first * 5 + n, 1 FROM placed, generate_series(1, 5) n;
UPDATE limit_bench.account SET held = held + 2500 WHERE id = :account;
UPDATE limit_bench.stock SET held = held + 1
  WHERE id BETWEEN :first * 5 + 1 AND :first * 5 + 5;
INSERT INTO limit_bench.staging (body) VALUES ('order.submitted');
COMMIT;
"""


def measure_limit(stage):
    """The bare transaction of an order: rows locked, written, committed."""
    found = shutil.which("pgbench") or next(
        iter(sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pgbench"))), None
    )
    if not found:
        raise FileNotFoundError("pgbench (Debian: postgresql)")
    dsn = stage.dsn(stage.site.database)
    with stage.site.env(commit=True) as env:
        env.cr.execute(TABLES)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(TRANSACTION)
        script.flush()
        for clients in (1, 8):
            done = subprocess.run(
                [found, "-n", "-f", script.name, "-c", str(clients), "-j", "2"]
                + ["-T", str(PGBENCH_SECONDS), dsn],
                env=os.environ,
                capture_output=True,
                text=True,
                check=True,
            )
            yield absolute(
                "IT-BEN-07",
                f"the limit: bare transaction, {clients} connections",
                float(re.search(r"tps = ([\d.]+)", done.stdout)[1]),
                "orders/s",
                "stated",
                True,
                note="pgbench",
            )
    with stage.site.env(commit=True) as env:
        env.cr.execute("DROP SCHEMA limit_bench CASCADE")
