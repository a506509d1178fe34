"""The simulator's own interface: its books and its faults."""

import aiohttp

STORM = [
    {"kind": "delay", "probability": 0.10, "ms": 400},
    {"kind": "drop_before", "probability": 0.06},
    {"kind": "drop_after", "probability": 0.06},
    {"kind": "duplicate", "probability": 0.10},
    {"kind": "error_500", "probability": 0.06},
    {"kind": "reorder", "probability": 0.04, "ms": 400},
    {"kind": "bad_signature", "probability": 0.02},
    {"kind": "tamper", "probability": 0.02},
    {"kind": "truncate", "probability": 0.02},
    {"kind": "restart_after", "probability": 1, "count": 1, "api": "order.lock"},
]


class Ilms:
    def __init__(self, url, token):
        self.url, self.headers = url, {"Authorization": f"Bearer {token}"}

    async def _call(self, method, path, **options):
        timeout = aiohttp.ClientTimeout(total=120)
        async with (
            aiohttp.ClientSession(headers=self.headers, timeout=timeout) as session,
            session.request(method, self.url + path, **options) as answer,
        ):
            body = await answer.json(content_type=None)
            if answer.status >= 400:
                raise ConnectionError(f"{path}: {answer.status} {body}")
            return body

    async def seed(self, **values):
        return await self._call("POST", "/sim/seed", json=values)

    async def activate(self, day, packs):
        return await self._call(
            "POST", "/sim/activate", json={"day": day, "packs": packs}
        )

    async def dump(self):
        return await self._call("GET", "/sim/dump")

    async def storm(self, seed):
        return await self._call(
            "POST", "/sim/faults", json={"seed": seed, "rules": STORM}
        )

    async def calm(self):
        return await self._call("DELETE", "/sim/faults")
