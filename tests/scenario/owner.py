"""An outlet's owner on a phone: logs in by code, orders, confirms."""

import asyncio
import base64
import hashlib
import json
import random
import re

import aiohttp

from .clients import Refused, post_rpc

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
ALGORITHMS = {"SHA-256": hashlib.sha256, "SHA-512": hashlib.sha512}


def solve(challenge):
    """Return the proof of work of an altcha challenge, as the page sends it."""
    digest = ALGORITHMS[challenge["algorithm"]]
    salt = challenge["salt"].encode()
    for number in range(challenge["maxNumber"] + 1):
        if digest(salt + str(number).encode()).hexdigest() == challenge["challenge"]:
            break
    else:
        raise Refused("the puzzle has no solution")
    payload = {
        name: challenge[name]
        for name in ("algorithm", "challenge", "salt", "signature")
    }
    return base64.b64encode(json.dumps({**payload, "number": number}).encode()).decode()


class Owner:
    """One owner, one phone, one network address of its own."""

    def __init__(self, base_url, number, outlet):
        self.base_url, self.number, self.outlet = base_url, number, outlet
        self.phone = outlet["owner_phone"]
        self.orders = {}  # key -> answer of the route
        # phones come from different networks: the limits of codes count addresses
        self.address = f"127.{10 + number // 200}.{number % 200 + 1}.1"
        self.session = None

    async def open(self):
        self.session = aiohttp.ClientSession(
            base_url=self.base_url,
            connector=aiohttp.TCPConnector(local_addr=(self.address, 0)),
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=60),
        )

    async def close(self):
        await self.session.close()

    async def rpc(self, path, **params):
        return await post_rpc(self.session, path, params)

    async def page(self, path):
        async with self.session.get(path) as answer:
            return answer.status, await answer.text()

    async def ask_code(self):
        """Ask for a code; return the challenge that belongs to it."""
        await self.page("/owner/login")
        proof = solve(await self.rpc("/lottery/otp/proof"))
        answer = await self.rpc("/owner/login/code", phone=self.phone, proof=proof)
        if not answer["ok"]:
            raise Refused(answer["message"], answer)
        return answer["challenge"]

    async def enter_code(self, challenge, code):
        return await self.rpc(
            "/owner/login/verify", phone=self.phone, challenge=challenge, code=code
        )

    async def place(self, key, lines, double=False):
        """Order; a broken line is retried with the same key, like the page does.

        :param double: the button is pressed twice
        :return: the route's answer
        """
        sends = [self._place_once(key, lines)]
        if double:
            sends.append(self._place_once(key, lines))
        answers = await asyncio.gather(*sends)
        first = answers[0]
        for answer in answers[1:]:
            if answer.get("name") != first.get("name"):
                raise AssertionError(f"{key}: two orders for one request: {answers}")
        self.orders[key] = first
        return first

    async def _place_once(self, key, lines):
        for attempt in range(60):
            try:
                return await self.rpc(
                    "/my/tickets/order", outlet=self.outlet["id"], key=key, lines=lines
                )
            except (ConnectionError, aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(
                    min(0.2 * (attempt + 1), 1.5) * (0.5 + random.random())
                )
        raise ConnectionError(f"{key}: never answered")

    async def post_form(self, page, path, **values):
        """Send a form of a page, with the page's token; return the final status."""
        _status, html = await self.page(page)
        token = CSRF.search(html)
        if not token:
            raise AssertionError(f"no form on {page}")
        async with self.session.post(
            path, data={"csrf_token": token[1], **values}
        ) as answer:
            return answer.status, await answer.text()

    async def cancel(self, order_id):
        page = f"/my/tickets/orders/{order_id}"
        return await self.post_form(page, f"{page}/cancel")

    async def receive(self, order_id):
        page = f"/my/tickets/orders/{order_id}"
        return await self.post_form(page, f"{page}/receive")
