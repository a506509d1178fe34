"""The acts: codes, the race for packs, picking, delivery."""

import asyncio
import random
import re
import uuid
import xmlrpc.client
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from .clients import Refused, Stopwatch
from .owner import Owner
from .world import CARTON

CODE = re.compile(r"\b(\d{6})\b")
REFUSALS = {"short_stock", "short_balance"}
CHINA = ZoneInfo("Asia/Shanghai")


class Story:
    def __init__(self, world, base_url, processes, integrator, desk):
        self.world, self.base_url, self.processes = world, base_url, processes
        self.integrator, self.desk = integrator, desk
        self.admin, self.book, self.size = world.admin, world.book, world.size
        self.chance = random.Random(23)
        self.owners, self.cancelled = [], set()
        self.times = Stopwatch()

    # === ACT 1: OWNERS LOG IN === #

    async def log_in(self):
        """Phone, code, outlet: for each owner from an address of its own."""
        racing = [
            w["id"] for w in self.world.warehouses[: self.size.racing_prefectures]
        ]
        outlets = [o for o in self.world.outlets if o["warehouse_id"][0] in racing]
        self.owners = [
            Owner(self.base_url, number, outlet)
            for number, outlet in enumerate(outlets[: self.size.owners])
        ]
        gate = asyncio.Semaphore(10)

        async def enter(owner):
            async with gate:
                await owner.open()
                challenge = await owner.ask_code()
                code = await self._read_code(owner.phone)
                wrong = await owner.enter_code(
                    challenge, f"{(int(code) + 1) % 10**6:06d}"
                )
                right = await owner.enter_code(challenge, code)
                again = await owner.enter_code(challenge, code)
                return not wrong["ok"] and right["ok"] and not again["ok"]

        results = await asyncio.gather(*map(enter, self.owners))
        self.book.check(
            "owners log in by code; wrong and used codes are refused",
            results and all(results),
            f"{sum(results)} of {len(results)}",
        )
        stranger = Owner(
            self.base_url, 190, {**outlets[0], "owner_phone": "13490009999"}
        )
        await stranger.open()
        answer = await stranger.enter_code(await stranger.ask_code(), "123456")
        await stranger.close()
        self.book.check("a stranger's phone gets the same answer", not answer["ok"])

    async def _read_code(self, phone):
        """The code, from the developer's outbox of the local provider."""
        for _ in range(100):
            rows = await self.admin.call("lottery.sms.message", "get_local_outbox", 100)
            for row in rows:
                if row["phone"].endswith(phone[-11:]) and CODE.search(
                    row["body"] or ""
                ):
                    return CODE.search(row["body"])[1]
            await asyncio.sleep(0.2)
        raise AssertionError(f"no code arrived for {phone}")

    # === ACT 2: THE RACE === #

    async def race(self):
        """All owners order at once while ILMS storms and processes are killed."""
        await self.world.ilms.storm(seed=11)
        kills = asyncio.create_task(self._kill_now_and_then())
        start = asyncio.get_running_loop().time()
        await asyncio.gather(*map(self._order_all, self.owners))
        seconds = asyncio.get_running_loop().time() - start
        killed = await kills
        answers = [a for owner in self.owners for a in owner.orders.values()]
        placed = [a for a in answers if a["ok"]]
        codes = {a["code"] for a in answers if not a["ok"]}
        self.book.figure("orders_asked", len(answers))
        self.book.figure("orders_placed", len(placed))
        self.book.figure("orders_per_second", len(answers) / seconds)
        self.book.figure("order_p50_seconds", self.times.share(0.5))
        self.book.figure("order_p95_seconds", self.times.share(0.95))
        self.book.check(
            "processes were killed while orders came in",
            len(killed) >= 2 and all(killed),
            f"pids {killed}",
        )
        self.book.check(
            "more was asked for than there was; refusals say why",
            codes and codes <= REFUSALS,
            f"{len(answers) - len(placed)} refused: {sorted(codes)}",
        )
        await self._check_each_once(answers)

    async def _kill_now_and_then(self):
        killed = []
        for _ in range(self.size.worker_kills):
            await asyncio.sleep(1.5)
            killed.append(self.processes.kill_worker())
        await asyncio.sleep(1)
        killed.append(self.processes.kill_job_runner())
        return killed

    async def _order_all(self, owner):
        for number in range(self.size.orders_each):
            lines = self._choose_lines()
            with self.times:
                key = f"{owner.number:04d}-{number:04d}-{uuid.uuid4()}"
                await owner.place(key, lines, double=self.chance.random() < 0.15)

    def _choose_lines(self):
        """A few games, the first ones most wanted."""
        hot = self.world.games[: max(2, self.size.games // 6)]
        games = {g["id"] for g in self.chance.sample(hot, min(2, len(hot)))}
        games |= {g["id"] for g in self.chance.sample(self.world.games, 1)}
        return [
            {"game": game, "packs": self.chance.randint(1, 4)} for game in sorted(games)
        ]

    async def _check_each_once(self, answers):
        rows = await self.admin.patient(
            "instant.order",
            "search_read",
            [["outlet_id", "in", [o.outlet["id"] for o in self.owners]]],
            ["name", "key", "outlet_id"],
        )
        keys = [(row["outlet_id"][0], row["key"]) for row in rows]
        names = {row["name"] for row in rows}
        told = {a["name"] for a in answers if a["ok"]}
        self.book.check(
            "each request made one order, each answer has its order",
            len(keys) == len(set(keys)) and names == told,
            f"{len(rows)} orders, {len(names ^ told)} differ",
        )

    # === ACT 3: OTHER DOORS, ILMS RECOVERS === #

    async def other_doors(self):
        """The desk takes a call, a central system orders over XML-RPC."""
        outlet = self.world.outlets[-1]
        game = self.world.games[-1]
        lines = [{"game": game["code"], "packs": 1}]
        first = await self._by_xmlrpc(outlet, lines)
        second = await self._by_xmlrpc(outlet, lines)
        self.book.check(
            "XML-RPC: the same key is the same order",
            first["name"] == second["name"] and second["duplicate"],
            first["name"],
        )
        draft = await self.desk.call(
            "instant.order",
            "create",
            {
                "outlet_id": outlet["id"],
                "line_ids": [[0, 0, {"game_id": game["id"], "quantity": 2}]],
            },
        )
        await self.desk.call("instant.order", "action_submit", [draft])
        [taken] = await self.desk.call(
            "instant.order", "read", [draft], ["state", "channel"]
        )
        self.book.check(
            "the desk's telephone order is submitted",
            taken["state"] != "draft" and taken["channel"] == "desk",
            str(taken),
        )
        try:
            await self.desk.call("instant.order", "write", [draft], {"state": "done"})
            refused = False
        except Refused:
            refused = True
        self.book.check("a state is not written from outside", refused)

    async def _by_xmlrpc(self, outlet, lines):
        try:
            return await asyncio.to_thread(
                self.integrator.call,
                "instant.order",
                "place_order",
                outlet["id"],
                lines,
                "xmlrpc-1",
            )
        except xmlrpc.client.Fault as fault:
            raise AssertionError(fault.faultString[-400:]) from fault

    async def settle(self, seconds=300):
        """ILMS is calm again: every order gets its answer."""
        await self.world.ilms.calm()
        loop = asyncio.get_running_loop()
        start = loop.time()
        waiting = None
        while loop.time() - start < seconds:
            waiting = await self.admin.patient(
                "lottery.outbox",
                "search_count",
                [["channel", "=", "ilms"], ["state", "in", ["pending", "running"]]],
            )
            if not waiting:
                break
            await asyncio.sleep(1)
        parked = await self.admin.patient(
            "lottery.outbox",
            "search_read",
            [["channel", "=", "ilms"], ["state", "=", "parked"]],
            ["key", "error"],
            limit=3,
        )
        self.book.check(
            "ILMS answered everything after the storm",
            waiting == 0 and not parked,
            f"{waiting} waiting, parked: {parked}",
        )
        self.book.figure("ilms_settle_seconds", loop.time() - start)

    async def cancel_some(self):
        """Owners cancel while nothing is scanned; money and packs are free again."""
        for owner in self.owners[:5]:
            placed = [a for a in owner.orders.values() if a["ok"]]
            if not placed:
                continue
            order = placed[-1]["order_id"]
            before = await self._account(owner)
            status, _html = await owner.cancel(order)
            after = await self._account(owner)
            [row] = await self.admin.call(
                "instant.order", "read", [order], ["state", "amount"]
            )
            freed = round(before["held"] - after["held"] - row["amount"], 2) == 0
            if status < 400 and row["state"] == "cancelled" and freed:
                self.cancelled.add(order)
        self.book.check("owners cancel and get their hold back", self.cancelled)

    async def _account(self, owner):
        [row] = await self.admin.call(
            "instant.account",
            "search_read",
            [["outlet_id", "=", owner.outlet["id"]]],
            ["held", "balance", "available"],
        )
        return row

    # === ACT 4: SCAN-OUT === #

    async def pick(self):
        """Keepers scan at their stations, wrong labels mixed in."""
        await self.world.ilms.storm(seed=12)
        start = asyncio.get_running_loop().time()
        self.scans, self.wrong, self.missed = Stopwatch(), 0, []
        racing = self.world.warehouses[: self.size.racing_prefectures]
        quota = -(-self.size.shipped // len(racing))
        done = await asyncio.gather(*(self._pick_at(w, quota) for w in racing))
        self.picked = [order for orders in done for order in orders]
        await self.settle()
        states = await self._states(self.picked)
        self.book.check(
            "wrong scans are refused and change nothing",
            self.wrong and not self.missed,
            f"{self.wrong} refused, wrongly taken: {self.missed[:3]}",
        )
        self.book.check(
            "confirmed parcels are on their way",
            self.picked and set(states.values()) == {"shipped"},
            f"{len(self.picked)} parcels: {sorted(set(states.values()))}",
        )
        self.book.figure("scan_p50_ms", self.scans.share(0.5) * 1000)
        self.book.figure("scan_p95_ms", self.scans.share(0.95) * 1000)
        self.book.figure("scans", len(self.scans.times))
        self.book.figure("picking_seconds", asyncio.get_running_loop().time() - start)

    async def _states(self, ids):
        rows = await self.admin.patient("instant.order", "read", ids, ["state"])
        return {row["id"]: row["state"] for row in rows}

    async def _pick_at(self, warehouse, quota):
        keeper = self.world.keepers[warehouse["id"]]
        picked, seen = [], []
        while len(picked) < quota:
            order = await keeper.call("instant.order", "scan_station_next", seen)
            if not order:
                break
            order_id = order.get("id") or order.get("order_id")
            seen.append(order_id)
            mine = await self._lines_in_world(order_id)
            if mine is None:
                continue
            await self._scan_order(keeper, warehouse, order_id, mine)
            await keeper.patient("instant.order", "scan_station_confirm", [order_id])
            picked.append(order_id)
        return picked

    async def _lines_in_world(self, order_id):
        """Lines whose games the scenario stocked; None for orders of the demo."""
        lines = await self.admin.call(
            "instant.order.line",
            "search_read",
            [["order_id", "=", order_id]],
            ["game_id", "quantity"],
        )
        known = {game["id"]: game for game in self.world.games}
        if any(line["game_id"][0] not in known for line in lines):
            return None
        return [(known[line["game_id"][0]], line["quantity"]) for line in lines]

    async def _scan_order(self, keeper, warehouse, order_id, lines):
        for game, packs in lines:
            stock = self.world.serials[warehouse["id"], game["id"]]
            for _ in range(packs):
                label = f"{game['code']}-{stock.pop():07d}"
                if self.chance.random() < 0.3:
                    await self._scan_wrong(keeper, order_id, warehouse, game)
                with self.scans:
                    answer = await keeper.call(
                        "instant.order", "scan_station_scan", [order_id], label, label
                    )
                if answer["result"] != "ok":
                    raise AssertionError(f"order {order_id}, {label}: {answer}")
                if self.chance.random() < 0.1:
                    twice = await keeper.call(
                        "instant.order",
                        "scan_station_scan",
                        [order_id],
                        label,
                        label + "b",
                    )
                    self._note_wrong(twice, f"{label} twice")

    async def _scan_wrong(self, keeper, order_id, warehouse, game):
        other = next(w for w in self.world.warehouses if w["id"] != warehouse["id"])
        elsewhere = self.world.serials[other["id"], game["id"]]
        label = self.chance.choice(
            [
                "rubbish",
                f"{game['code']}-9999999",
                f"{game['code']}-{elsewhere[0]:07d}" if elsewhere else "S9999-0000001",
                f"S9999-{CARTON:07d}",
            ]
        )
        answer = await keeper.call(
            "instant.order",
            "scan_station_scan",
            [order_id],
            label,
            f"{label}-{self.chance.random()}",
        )
        self._note_wrong(answer, label)

    def _note_wrong(self, answer, label):
        if answer["result"] == "refused" and answer.get("reason"):
            self.wrong += 1
        else:
            self.missed.append((label, answer))

    # === ACT 5: DELIVERY === #

    async def deliver(self):
        """Drivers hand over against the code, owners confirm."""
        rows = await self.admin.call(
            "instant.order",
            "read",
            self.picked,
            ["pickup_code", "outlet_id", "warehouse_id"],
        )
        owners = {owner.outlet["id"]: owner for owner in self.owners}
        refused = delivered = received = 0
        for row in rows:
            keeper = self.world.keepers[row["warehouse_id"][0]]
            wrong = f"{(int(row['pickup_code']) + 7) % 10**6:06d}"
            answer = await keeper.call(
                "instant.order", "action_deliver", [row["id"]], wrong
            )
            refused += not answer["ok"]
            answer = await keeper.call(
                "instant.order", "action_deliver", [row["id"]], row["pickup_code"]
            )
            delivered += answer["ok"]
            owner = owners.get(row["outlet_id"][0])
            if owner and row is not rows[0]:  # the first one's owner takes his time
                await owner.receive(row["id"])
                received += 1
        states = await self._states(self.picked)
        done = sum(state == "done" for state in states.values())
        self.book.check(
            "wrong pick-up codes are refused, right ones deliver",
            refused == delivered == len(rows),
            f"{refused} refused, {delivered} delivered of {len(rows)}",
        )
        self.book.check(
            "owners confirmed their parcels",
            received and done == received,
            f"{done} done, {received} confirmed",
        )
        attempts = await self.admin.call(
            "instant.delivery.attempt",
            "search_count",
            [["order_id", "in", self.picked], ["outcome", "=", "wrong_code"]],
        )
        self.book.check(
            "each wrong code is on record", attempts == refused, str(attempts)
        )

    # === ACT 6: ON SALE === #

    async def activate(self):
        """ILMS tells which packs went on sale: those of confirmed parcels follow."""
        packs = await self.admin.call(
            "instant.pack",
            "search_read",
            [["order_id", "in", self.picked]],
            ["code", "state"],
        )
        confirmed = {p["code"] for p in packs if p["state"] == "confirmed"}
        early = {p["code"] for p in packs if p["state"] == "in_transit"}
        await self.world.ilms.activate(
            str(datetime.now(CHINA).date() - timedelta(days=1)),
            sorted(confirmed | early),
        )
        await self._run_job("ilms_sales_cron")
        await self.settle()
        packs = await self.admin.call(
            "instant.pack",
            "search_read",
            [["order_id", "in", self.picked], ["state", "=", "activated"]],
            ["code"],
        )
        self.book.check(
            "packs of confirmed parcels go on sale, the others do not",
            confirmed and {p["code"] for p in packs} == confirmed,
            f"{len(packs)} on sale, {len(early)} not confirmed",
        )
        rows = await self.admin.call(
            "instant.ilms.difference",
            "search_read",
            [["kind", "=", "activation"], ["state", "=", "open"]],
            ["key"],
        )
        self.book.check(
            "packs sold before their parcel was confirmed are reported",
            {row["key"] for row in rows} == early,
            f"{len(rows)} reported",
        )

    async def _run_job(self, name):
        """The administrator's button *Run Manually* of a scheduled job."""
        job = await self.world.ref("instant_ticket", name)
        await self.admin.call("ir.cron", "method_direct_trigger", [job])

    async def close(self):
        for owner in self.owners:
            await owner.close()
