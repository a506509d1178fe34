"""Setting the stage through the doors: outlets, games, packs, accounts, keepers."""

import asyncio
import base64
import csv
import io
import random
import secrets

from .clients import Office

CARTON = 20
FEN = 100
OUTLET_FIRST = 5000
# 1349 belongs to a satellite service that gives out no numbers
PHONE = "1349{:07d}"


def csv_file(header, rows):
    """Return a base64 CSV as the web client uploads it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    writer.writerows(rows)
    return base64.b64encode(buffer.getvalue().encode("utf-8-sig")).decode()


async def import_file(office, model, header, rows, **values):
    """Upload, dry run, import; as a person does it in the wizard."""
    [wizard] = await office.call(
        model,
        "create",
        [{"file": csv_file(header, rows), "filename": "f.csv", **values}],
    )
    await office.call(model, "action_check", [wizard])
    [seen] = await office.call(
        model, "read", [wizard], ["state", "fault_count", "row_count", "fault_ids"]
    )
    if seen["fault_count"]:
        raise AssertionError(f"{model}: {seen}")
    await office.call(model, "action_import", [wizard])
    return wizard


def as_county(area):
    """Name of a delivery area as addresses have it, without its second name."""
    return area.partition("（")[0]


class World:
    """What the scenario made, for the steps that play in it."""

    def __init__(self, size, admin, ilms, book, open_office):
        self.size, self.admin, self.ilms, self.book = size, admin, ilms, book
        self.open_office = open_office  # (login, password) -> Office
        self.chance = random.Random(19)
        self.games, self.warehouses, self.outlets = [], [], []
        self.keepers = {}  # warehouse id -> Office
        self.serials = {}  # (warehouse id, game id) -> serials not scanned out yet

    async def build(self):
        await self._make_games()
        await self._find_warehouses()
        await self._make_outlets()
        await self._hire_keepers()
        await self._open_accounts()
        await self._receive_packs()

    async def _make_games(self):
        values = [
            {
                "code": f"S{number:04d}",
                "name": f"样例票{number}",
                "face_value": self.chance.choice((5, 10, 20)),
                "tickets_per_pack": 60,
                "packs_per_carton": CARTON,
                "launch_date": "2026-01-01",
            }
            for number in range(1, self.size.games + 1)
        ]
        ids = await self.admin.call("instant.game", "create", values)
        await self.admin.call("instant.game", "action_start_sale", ids)
        self.games = await self.admin.call(
            "instant.game", "read", ids, ["code", "pack_amount"]
        )

    async def _find_warehouses(self):
        rows = await self.admin.call(
            "stock.warehouse",
            "search_read",
            [["branch_id.kind", "=", "prefecture"]],
            ["code", "branch_id"],
        )
        self.warehouses = sorted(rows, key=lambda row: row["code"])
        self.book.check(
            "sixteen prefectures", len(rows) == 16, f"{len(rows)} warehouses"
        )

    async def _make_outlets(self):
        """Outlets in the counties and towns of the delivery scheme, by file."""
        areas = await self.admin.call(
            "instant.delivery.area", "search_read", [], ["name", "branch_id"]
        )
        places = {}
        for area in areas:
            places.setdefault(area["branch_id"][0], []).append(as_county(area["name"]))
        rows = []
        for number in range(self.size.outlets):
            warehouse = self.warehouses[number % len(self.warehouses)]
            branch = warehouse["branch_id"][0]
            names = places.get(branch) or ["城区"]
            rows.append(
                [
                    f"{warehouse['code']}{OUTLET_FIRST + number}",
                    f"样例店{number}",
                    warehouse["code"],
                    names[number // 16 % len(names)],
                    f"样例路{number + 1}号",
                    f"样例{number}",
                    PHONE.format(OUTLET_FIRST + number),
                    self.chance.choice((8, 30, 120, 380, 520)),
                ]
            )
        header = [
            "number",
            "name",
            "branch",
            "county",
            "address",
            "owner_name",
            "owner_phone",
            "distance_km",
        ]
        await import_file(self.admin, "lottery.outlet.import", header, rows)
        self.outlets = await self.admin.call(
            "lottery.outlet",
            "search_read",
            [["number", "in", [row[0] for row in rows]]],
            ["number", "owner_phone", "warehouse_id", "branch_id", "state", "user_id"],
            order="number",
        )
        active = [o for o in self.outlets if o["state"] == "active" and o["user_id"]]
        self.book.check(
            "outlets imported with their owners' logins",
            len(active) == self.size.outlets,
            f"{len(active)} of {self.size.outlets}",
        )

    async def _hire_keepers(self):
        """A keeper for each prefecture of the race; elsewhere the administrator."""
        [group] = await self.admin.call(
            "res.groups",
            "search",
            [["id", "in", [await self.ref("lottery_base", "group_warehouse_keeper")]]],
        )
        self.keepers = {warehouse["id"]: self.admin for warehouse in self.warehouses}
        for warehouse in self.warehouses[: self.size.racing_prefectures]:
            login = f"keeper.{warehouse['code']}"
            password = secrets.token_urlsafe(12) + "aA1!"
            await self.admin.call(
                "res.users",
                "create",
                {
                    "name": f"样例库管 {warehouse['code']}",
                    "login": login,
                    "password": password,
                    "must_change_password": False,  # the keeper is a program
                    "group_ids": [[6, 0, [group]]],
                    "branch_ids": [[6, 0, [warehouse["branch_id"][0]]]],
                },
            )
            self.keepers[warehouse["id"]] = await self.open_office(login, password)

    async def ref(self, module, name):
        [row] = await self.admin.call(
            "ir.model.data",
            "search_read",
            [["module", "=", module], ["name", "=", name]],
            ["res_id"],
        )
        return row["res_id"]

    async def _open_accounts(self):
        """Money at ILMS, then our balances from there."""
        await self.ilms.seed(
            games=[
                {
                    "code": game["code"],
                    "packAmount": round(game["pack_amount"] * FEN),
                    "packsPerCarton": CARTON,
                }
                for game in self.games
            ],
            accounts=[
                {
                    "outlet": outlet["number"],
                    "payment": 5_000 * FEN,
                    "instant": self.chance.randrange(12_000, 60_000) * FEN,
                }
                for outlet in self.outlets
            ],
            packs=[
                {
                    "game": game["code"],
                    "warehouse": warehouse["code"],
                    "first": first,
                    "count": count,
                }
                for warehouse, game, first, count in self._assortment()
            ],
        )
        ids = [outlet["id"] for outlet in self.outlets]
        await self.admin.call("lottery.outlet", "action_refresh_balance", ids)
        for _ in range(120):
            funded = await self.admin.call(
                "instant.account",
                "search_count",
                [["outlet_id", "in", ids], ["balance", ">", 0]],
            )
            if funded == len(ids):
                break
            await asyncio.sleep(0.5)
        self.book.check(
            "balances came from ILMS", funded == len(ids), f"{funded} accounts"
        )

    def _assortment(self):
        """Yield ``(warehouse, game, first serial, packs)``; serials differ by place."""
        for place, warehouse in enumerate(self.warehouses):
            for row, game in enumerate(self.games):
                cartons = self.size.cartons_per_stock + (row < self.size.extra_cartons)
                yield warehouse, game, 1 + place * 1000, cartons * CARTON

    async def _receive_packs(self):
        """Manifests by file, cartons scanned in, put in stock; all keepers at once."""
        rows_by_warehouse = {}
        for warehouse, game, first, count in self._assortment():
            serials = range(first, first + count)
            self.serials[warehouse["id"], game["id"]] = list(serials)
            rows_by_warehouse.setdefault(warehouse["id"], []).extend(
                [game["code"], (start - 1) // CARTON + 1, start, start + CARTON - 1]
                for start in range(first, first + count, CARTON)
            )
        start = asyncio.get_running_loop().time()
        await asyncio.gather(
            *(
                self._receive(warehouse_id, rows)
                for warehouse_id, rows in rows_by_warehouse.items()
            )
        )
        seconds = asyncio.get_running_loop().time() - start
        stocked = await self.admin.call(
            "instant.pack",
            "search_count",
            [
                ["game_id", "in", [g["id"] for g in self.games]],
                ["state", "=", "available"],
            ],
        )
        self.book.check(
            "packs received from manifests",
            stocked == self.size.packs,
            f"{stocked} of {self.size.packs}",
        )
        self.book.figure("receipt_seconds", seconds)
        self.book.figure("packs_received", stocked)

    async def _receive(self, warehouse_id, rows):
        keeper: Office = self.keepers[warehouse_id]
        wizard = await import_file(
            keeper,
            "instant.receipt.import",
            ["game", "carton", "serial", "serial_to"],
            rows,
            warehouse_id=warehouse_id,
            reference=f"S-{warehouse_id}",
        )
        [made] = await keeper.call(
            "instant.receipt.import", "read", [wizard], ["receipt_id"]
        )
        receipt = made["receipt_id"][0]
        for code, carton, _first, _last in rows:
            label = f"{code}-C{carton:06d}"
            answer = await keeper.call(
                "instant.receipt", "receive_station_scan", [receipt], label, label
            )
            if answer["result"] != "ok":
                raise AssertionError(f"{label}: {answer}")
        await keeper.call("instant.receipt", "action_validate", [receipt])
