"""python -m tests.scenario --size small|full --base-url URL --accounts FILE --state DIR
       --ilms-url URL --database NAME

Runs the suite's main job on the running instance, through the doors its users use, and
compares all books at the end. `make scenario` starts a private instance for it.

The stage: outlets in all counties and towns of the delivery scheme, games, packs received
from manifests, money at ILMS. Owners log in by code and order at once, more than there is,
while ILMS delays, drops, doubles, fails and restarts and workers and the job runner are
killed. Desk and a central system order too; ILMS recovers; owners cancel. Keepers scan out
with wrong labels in between, drivers hand over with wrong codes in between, owners confirm,
packs go on sale. Then money and packs are compared: our books, the quants, the pack ledger,
ILMS, the journal.

It prints what happens with times, writes the report (`{checks: [{name, ok, detail}],
figures: {...}}`) and ends with 1 when anything disagrees. The simulator's token is read from
LOTTERY_ILMS_SIM_TOKEN.
"""

import argparse
import asyncio
import json
import os
import pathlib
import sys

from .audit import check_methods, compare_all, verify_journal
from .book import Book
from .clients import Integrator, Office
from .ilms import Ilms
from .processes import Processes
from .sizes import SIZES
from .story import Story
from .world import World


def parse():
    parser = argparse.ArgumentParser(
        prog="tests.scenario",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--accounts", type=pathlib.Path, required=True)
    parser.add_argument("--state", type=pathlib.Path, required=True)
    parser.add_argument("--ilms-url", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--report", default="var/scenario.json")
    return parser.parse_args()


async def play(options, book):
    accounts = json.loads(options.accounts.read_text(encoding="utf-8"))
    by_role = {account["role"]: account for account in accounts}
    offices = []

    async def open_office(login, password):
        office = Office(options.base_url, login, password, options.database)
        offices.append(await office.__aenter__())
        return office

    def credentials(role):
        return by_role[role]["login"], by_role[role]["password"]

    admin = await open_office(*credentials("admin"))
    desk = await open_office(*credentials("order_desk"))
    integrator = await asyncio.to_thread(
        Integrator, options.base_url, *credentials("integrator"), options.database
    )
    ilms = Ilms(options.ilms_url, os.environ["LOTTERY_ILMS_SIM_TOKEN"])
    world = World(SIZES[options.size], admin, ilms, book, open_office)
    story = Story(world, options.base_url, Processes(options.state), integrator, desk)
    try:
        book.chapter("the stage: outlets, games, packs, accounts")
        await world.build()
        book.chapter("owners log in")
        await story.log_in()
        book.chapter("the race, with ILMS in a storm and processes killed")
        await story.race()
        book.chapter("other doors; ILMS recovers")
        await story.other_doors()
        await story.settle()
        await story.cancel_some()
        await story.settle()
        book.chapter("scan-out, with wrong scans and ILMS in a storm")
        await story.pick()
        book.chapter("delivery")
        await check_methods(world)
        await story.deliver()
        book.chapter("packs go on sale")
        await story.activate()
        book.chapter("the books")
        await compare_all(world)
        await verify_journal(world)
    finally:
        await story.close()
        for office in offices:
            await office.__aexit__(None, None, None)


def main():
    options = parse()
    book = Book(options.report)
    book.say(f"size {options.size} on {options.base_url}")
    try:
        asyncio.run(play(options, book))
    except Exception as error:  # the story broke off: that is a result too
        book.check(
            "the story was told to its end", False, f"{type(error).__name__}: {error}"
        )
        if os.environ.get("SCENARIO_TRACE"):
            raise
    return book.close()


if __name__ == "__main__":
    sys.exit(main())
