"""HTTP clients that cost little: the machine that is measured also runs them."""

import asyncio
import json
import time
import urllib.parse


class Line:
    """One kept-alive connection; requests one after the other."""

    def __init__(self, base_url, cookie=""):
        url = urllib.parse.urlsplit(base_url)
        self.host, self.port = url.hostname, url.port
        self.cookie = cookie
        self.reader = self.writer = None

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port)

    def close(self):
        if self.writer:
            self.writer.close()
            self.reader = self.writer = None

    async def get(self, path):
        """Return (status, body)."""
        return await self._send("GET", path, b"")

    async def rpc(self, path, params):
        """Return the result of a JSON-RPC route.

        :raise ConnectionError: HTTP or the route failed
        """
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        status, answer = await self._send("POST", path, body.encode())
        if status != 200:
            raise ConnectionError(f"{path}: HTTP {status}")
        answer = json.loads(answer)
        if "error" in answer:
            data = answer["error"].get("data") or answer["error"]
            raise ConnectionError(f"{path}: {data.get('message')}")
        return answer.get("result")

    async def _send(self, method, path, body):
        if self.writer is None:
            await self.open()
        self.writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            f"Cookie: session_id={self.cookie}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(head.split(" ", 2)[1])
        fields = dict(
            line.lower().split(": ", 1)
            for line in head.split("\r\n")[1:]
            if ": " in line
        )
        answer = await self._read_body(fields)
        if fields.get("connection") == "close":
            self.close()
        return status, answer

    async def _read_body(self, fields):
        if "chunked" not in fields.get("transfer-encoding", ""):
            return await self.reader.readexactly(int(fields.get("content-length", 0)))
        chunks = []
        while True:
            size = int(await self.reader.readline(), 16)
            chunk = await self.reader.readexactly(size + 2)
            if not size:
                return b"".join(chunks)
            chunks.append(chunk[:-2])


async def timed(work, seconds, failures):
    """Await ``work``; note its seconds, or what went wrong."""
    start = time.perf_counter()
    try:
        answer = await work
    except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError) as error:
        failures.append(f"{type(error).__name__}: {error}")
        return None
    seconds.append(time.perf_counter() - start)
    return answer
