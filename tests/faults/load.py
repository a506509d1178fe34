"""Owners who order all the time, and remember every answer they got."""

import asyncio
import collections
import random
import threading
import time
import uuid

from tests.bench.wire import Line

ANSWER_LIMIT = 15.0  # seconds a phone waits before it sends again
BROKEN = (OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError)


class Load:
    """Orders through the portal's door, in a thread of its own.

    ``acknowledged``: ``{key: (name, moment)}``; ``failed``: ``[(moment, what)]``. An
    order that got no answer is sent again with its key until it gets one.
    """

    def __init__(self, base_url, town, size):
        self.base_url, self.town, self.size = base_url, town, size
        self.acknowledged, self.failed = {}, []
        self.refused = collections.Counter()
        self._stopping = threading.Event()
        self._thread = None

    def __enter__(self):
        self._stopping.clear()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run()), name="load"
        )
        self._thread.start()
        return self

    def __exit__(self, *_exception):
        self._stopping.set()
        self._thread.join()

    async def _run(self):
        await asyncio.gather(*map(self._order_on, self.town.owners))

    async def _order_on(self, owner):
        dice = random.Random(owner["outlet"])
        line = Line(self.base_url, owner["session"])
        await asyncio.sleep(dice.uniform(0, self.size.rhythm))
        while not self._stopping.is_set():
            await self._place(line, owner["outlet"])
            await asyncio.sleep(dice.uniform(0.5, 1.5) * self.size.rhythm)
        line.close()

    async def _place(self, line, outlet):
        key, lines = uuid.uuid4().hex, self.town.choose_lines(games=1)
        give_up = time.monotonic() + self.size.patience
        while time.monotonic() < give_up:
            try:
                answer = await asyncio.wait_for(
                    line.rpc(
                        "/my/tickets/order",
                        {"outlet": outlet, "key": key, "lines": lines},
                    ),
                    ANSWER_LIMIT,
                )
            except BROKEN as error:
                line.close()
                self.failed.append(
                    (time.monotonic(), f"{error or type(error).__name__}")
                )
                await asyncio.sleep(0.5)
                continue
            if answer["ok"]:
                self.acknowledged[key] = (answer["name"], time.monotonic())
            else:
                self.refused[answer["code"]] += 1
            return
        self.failed.append((time.monotonic(), "given up"))

    def moments(self):
        return sorted(moment for _name, moment in self.acknowledged.values())
