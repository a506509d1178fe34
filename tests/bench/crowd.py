"""A hundred users on the pages of the main flows; 1,200 open connections (PF-PERF-01)."""

import asyncio
import collections
import random
import resource
import time

from .frame import absolute, measures, share
from .inside import live_store, make_session
from .wire import Line, timed

OWNER_SHARE = 0.6
THINK = (3.0, 7.0)  # seconds between two pages of a person
PAGES_EACH = 6
# Not counted: a worker that has just started fills its caches with the first pages.
WARM_UP_PAGES = 2
ASSISTANTS = ("order_desk", "warehouse_keeper", "branch_head", "centre_leader")
CONNECTION_SECONDS = 40
LIMIT = 1.0
OWNER_PAGES = (
    "/my/tickets",
    "/my/tickets/cart",
    "/my/tickets/orders",
    "/my/tickets/account",
)
# What a list, a form and a count of the web client ask for.
ORDER_LIST = {
    "name": {},
    "outlet_id": {"fields": {"display_name": {}}},
    "state": {},
    "amount": {},
    "submitted_at": {},
    "deadline": {},
}
PACK_LIST = {
    "game_id": {"fields": {"display_name": {}}},
    "serial": {},
    "state": {},
    "warehouse_id": {"fields": {"display_name": {}}},
}
OFFICE_PAGES = {
    "orders": ("instant.order", ORDER_LIST),
    "outlets": ("lottery.outlet", {"number": {}, "name": {}, "state": {}}),
    "packs": ("instant.pack", PACK_LIST),
    "stock": (
        "instant.availability",
        {"game_id": {"fields": {"display_name": {}}}, "on_hand": {}, "available": {}},
    ),
}


@measures("PF-PERF-01")
def pages(stage):
    """Everybody opens a page, reads for some seconds, opens the next."""
    sessions = get_sessions(stage)
    asyncio.run(walk(stage, sessions, pages_each=WARM_UP_PAGES))
    seconds, failures = asyncio.run(walk(stage, sessions, pages_each=PAGES_EACH))
    everything = [spent for times in seconds.values() for spent in times]
    worst = max(seconds, key=lambda page: share(seconds[page], 0.95))
    yield absolute(
        "PF-PERF-01",
        f"{stage.size.users} users at once, all pages, 95th percentile",
        share(everything, 0.95),
        "s",
        "< 1",
        share(everything, 0.95) < LIMIT and not failures,
        note=f"{len(everything)} pages, {len(failures)} failed, "
        f"{THINK[0]:.0f} to {THINK[1]:.0f} s of reading between two pages",
    )
    yield absolute(
        "PF-PERF-01",
        f"{stage.size.users} users at once, slowest page, 95th percentile",
        share(seconds[worst], 0.95),
        "s",
        "< 1",
        share(seconds[worst], 0.95) < LIMIT,
        note=worst,
    )


@measures("PF-PERF-01")
def connections(stage):
    """Connections stay open all the time; each asks for a page once."""
    resource.setrlimit(
        resource.RLIMIT_NOFILE,
        (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
    )
    seconds, failures = asyncio.run(hold_open(stage))
    yield absolute(
        "PF-PERF-01",
        f"{stage.size.connections:,} open connections, failed requests",
        len(failures),
        "requests",
        "0",
        not failures,
        note="; ".join(collections.Counter(failures[:200])) or "one page each",
    )
    yield absolute(
        "PF-PERF-01",
        f"{stage.size.connections:,} open connections, 95th percentile",
        share(seconds, 0.95) if seconds else None,
        "s",
        "stated",
        True,
        note=f"{stage.size.connections / CONNECTION_SECONDS:.0f} requests/s",
    )


def get_sessions(stage):
    """Return [(kind, session)] of owners and of the office."""
    owners = [row["session"] for row in stage.town.owners]
    of_owners = round(stage.size.users * OWNER_SHARE)
    with stage.live.env() as env:
        store = live_store()
        logins = [
            stage.accounts[role]["login"]
            for role in ASSISTANTS
            if role in stage.accounts
        ]
        office = [
            make_session(env, logins[number % len(logins)], store)
            for number in range(stage.size.users - of_owners)
        ]
    return [("owner", session) for session in owners[:of_owners]] + [
        ("office", session) for session in office
    ]


async def walk(stage, sessions, *, pages_each):
    seconds, failures = collections.defaultdict(list), []
    dice = random.Random(7)

    async def person(kind, session):
        line = Line(stage.options.base_url, session)
        await asyncio.sleep(dice.uniform(0, THINK[1]))
        for _page in range(pages_each):
            await visit(line, kind, dice, seconds, failures)
            await asyncio.sleep(dice.uniform(*THINK))
        line.close()

    await asyncio.gather(*(person(*entry) for entry in sessions))
    return seconds, failures


async def visit(line, kind, dice, seconds, failures):
    if kind == "owner":
        path = dice.choice(OWNER_PAGES)
        await timed(page(line, path), seconds[path], failures)
        return
    name = dice.choice(list(OFFICE_PAGES))
    model, specification = OFFICE_PAGES[name]
    call = line.rpc(
        f"/web/dataset/call_kw/{model}/web_search_read",
        {
            "model": model,
            "method": "web_search_read",
            "args": [],
            "kwargs": {
                "domain": [],
                "specification": specification,
                "limit": 80,
                "count_limit": 10_001,
            },
        },
    )
    await timed(call, seconds[f"list of {name}"], failures)


async def page(line, path):
    status, _body = await line.get(path)
    if status != 200:
        raise ConnectionError(f"{path}: HTTP {status}")


async def hold_open(stage):
    seconds, failures = [], []
    dice = random.Random(8)
    sessions = [row["session"] for row in stage.town.owners]
    lines = [
        Line(stage.options.base_url, sessions[number % len(sessions)])
        for number in range(stage.size.connections)
    ]
    await asyncio.gather(*(line.open() for line in lines))
    end = time.monotonic() + CONNECTION_SECONDS

    async def ask(line):
        await asyncio.sleep(dice.uniform(0, CONNECTION_SECONDS))
        await timed(page(line, dice.choice(OWNER_PAGES)), seconds, failures)
        await asyncio.sleep(max(0, end - time.monotonic()))

    await asyncio.gather(*map(ask, lines))
    for line in lines:
        line.close()
    return seconds, failures
