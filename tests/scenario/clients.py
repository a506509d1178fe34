"""The doors: the web client's own calls, XML-RPC, and the owner's phone."""

import asyncio
import json
import re
import time
import xmlrpc.client

import aiohttp


class Refused(Exception):
    """The server answered a call with an error meant for its user.

    :ivar data: the error's data as the server sent it
    """

    def __init__(self, message, data=None):
        super().__init__(message)
        self.data = data or {}


async def post_rpc(session, path, params):
    """Call a JSON-RPC route; return its result.

    :raise Refused: the server's answer is an error
    :raise ConnectionError: there is no answer to speak of
    """
    async with session.post(
        path, json={"jsonrpc": "2.0", "method": "call", "params": params}
    ) as answer:
        if answer.status != 200:
            raise ConnectionError(f"{path}: HTTP {answer.status}")
        body = await answer.json(content_type=None)
    if "error" in body:
        data = body["error"].get("data") or {}
        raise Refused(data.get("message") or body["error"]["message"], data)
    return body.get("result")


class Office:
    """A back-office user in the web client: session, then `call_kw`."""

    def __init__(self, base_url, login, password, database):
        self.base_url, self.login = base_url, login
        self.password, self.database = password, database
        self.session = None

    async def __aenter__(self):
        self.session = aiohttp.ClientSession(
            base_url=self.base_url,
            timeout=aiohttp.ClientTimeout(total=120),
            headers={"X-Requested-With": "XMLHttpRequest"},
            # The instance is named by its address; aiohttp drops such cookies otherwise.
            cookie_jar=aiohttp.CookieJar(unsafe=True),
        )
        await self.authenticate()
        return self

    async def __aexit__(self, *exc):
        await self.session.close()

    async def authenticate(self):
        await self.rpc(
            "/web/session/authenticate",
            {"db": self.database, "login": self.login, "password": self.password},
        )

    async def rpc(self, path, params):
        return await post_rpc(self.session, path, params)

    async def call(self, model, method, *args, **kwargs):
        return await self.rpc(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )

    async def patient(self, model, method, *args, tries=40, **kwargs):
        """Call again while the server is away: what a person does after a broken line."""
        for attempt in range(tries):
            try:
                return await self.call(model, method, *args, **kwargs)
            except (ConnectionError, aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(min(0.25 * (attempt + 1), 2))
            except Refused as error:
                if "SessionExpired" not in str(error.data.get("name")):
                    raise
                await self.authenticate()
        raise ConnectionError(f"{model}.{method}: no answer after {tries} tries")


class Integrator:
    """A central system over XML-RPC."""

    def __init__(self, base_url, login, password, database):
        self.database, self.password = database, password
        common = xmlrpc.client.ServerProxy(f"{base_url}/xmlrpc/2/common")
        self.uid = common.authenticate(database, login, password, {})
        if not self.uid:
            raise Refused(f"{login} may not log in over XML-RPC")
        self.models = xmlrpc.client.ServerProxy(
            f"{base_url}/xmlrpc/2/object", allow_none=True
        )

    def call(self, model, method, *args, **kwargs):
        return self.models.execute_kw(
            self.database, self.uid, self.password, model, method, list(args), kwargs
        )


class Stopwatch:
    """Times of one kind of request, in seconds."""

    def __init__(self):
        self.times = []

    def __enter__(self):
        self.start = time.monotonic()
        return self

    def __exit__(self, *exc):
        self.times.append(time.monotonic() - self.start)

    def share(self, share):
        """Return the time that this share of the requests did not exceed."""
        ordered = sorted(self.times)
        return (
            ordered[min(len(ordered) - 1, int(share * len(ordered)))]
            if ordered
            else 0.0
        )


def find_json(html, name):
    """Return the JSON of a `<script type="application/json" id=name>`."""
    match = re.search(
        rf'<script[^>]*id="{name}"[^>]*>(.*?)</script>', html, flags=re.DOTALL
    )
    return json.loads(match[1]) if match else None
