"""When all is over: our books, ILMS's and the journal agree."""

import asyncio
import contextlib
import json
import os
import types

from tests.scenario.audit import compare_all, verify_journal
from tests.scenario.book import Book
from tests.scenario.clients import Office
from tests.scenario.ilms import Ilms
from tools.rehearsal import find_sequences_behind

SETTLE = 300  # seconds ILMS gets for what waited


def close_books(scene):
    """Return the checks, as `tests.scenario` writes them."""
    book = Book(scene.options.report)
    asyncio.run(_compare(scene.options, book))
    with contextlib.closing(scene.connect()) as db, db.cursor() as cr:
        behind = find_sequences_behind(cr)
    book.check("no number is handed out twice", not behind, ", ".join(behind))
    return book.checks


async def _compare(options, book):
    accounts = json.loads(options.accounts.read_text(encoding="utf-8"))
    admin = next(row for row in accounts if row["role"] == "admin")
    async with Office(
        options.base_url, admin["login"], admin["password"], options.database
    ) as office:
        world = types.SimpleNamespace(
            book=book,
            admin=office,
            ilms=Ilms(options.ilms_url, os.environ["LOTTERY_ILMS_SIM_TOKEN"]),
            warehouses=await office.call(
                "stock.warehouse", "search_read", [], ["code"]
            ),
        )
        await _settle(world)
        await compare_all(world)
        await verify_journal(world)


async def _settle(world):
    """ILMS has answered all that waited."""
    waiting = None
    for _ in range(SETTLE):
        waiting = await world.admin.patient(
            "lottery.outbox",
            "search_count",
            [["channel", "=", "ilms"], ["state", "in", ["pending", "running"]]],
        )
        if not waiting:
            break
        await asyncio.sleep(1)
    parked = await world.admin.patient(
        "lottery.outbox",
        "search_count",
        [["channel", "=", "ilms"], ["state", "=", "parked"]],
    )
    world.book.check(
        "ILMS answered everything", not waiting and not parked, f"{parked} parked"
    )
