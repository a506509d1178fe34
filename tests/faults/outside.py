"""What the suite talks to: ILMS, the provider of short messages."""

import asyncio
import collections
import http.server
import json
import threading

from tests.scenario.owner import Owner

from .frame import fault

NODE = 10
CODES = 4
WAITING = ("queued",)


@fault("ILMS down", goal=NODE, lasts="slow")
def ilms_down(scene):
    scene.cluster.control("stop", "ilms")
    try:
        scene.nap(scene.size.slow)
        yield
    finally:
        scene.cluster.control("start", "ilms")


class Sink:
    """A provider that keeps what it was sent, when it is there."""

    def __init__(self, port):
        self.port, self.seen = port, collections.Counter()

    def __enter__(self):
        seen = self.seen

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                seen[json.loads(self.rfile.read(length))["reference"]] += 1
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever).start()
        return self

    def __exit__(self, *_exception):
        self.server.shutdown()
        self.server.server_close()


async def ask_codes(scene):
    """Owners ask for codes; return how many were promised one."""
    promised = 0
    for number, row in enumerate(scene.town.owners[:CODES]):
        with scene.live.env() as env:
            phone = env["lottery.outlet"].browse(row["outlet"]).owner_phone
        owner = Owner(scene.options.base_url, number, {"owner_phone": phone})
        await owner.open()
        try:
            promised += bool(await owner.ask_code())
        finally:
            await owner.close()
    return promised


@fault("provider of short messages down", goal=NODE, lasts="slow")
def sms_down(scene):
    """Codes asked meanwhile are sent when it is back, each once, or said to have failed."""
    port = scene.port("fault")
    with scene.live.env(commit=True) as env:
        provider = env["lottery.sms.provider"].create(
            {
                "name": "Fault",
                "key": "FAULT",
                "code": "http",
                "sequence": 0,
                "http_url": f"http://127.0.0.1:{port}/",
            }
        )
        last = env["lottery.sms.message"].search([], order="id desc", limit=1).id or 0
    try:
        promised = asyncio.run(ask_codes(scene))
        scene.nap(scene.size.slow)
        with Sink(port) as sink:
            yield
            states = wait_for_messages(scene, last)
            doubled = [ref for ref, count in sink.seen.items() if count > 1]
        if doubled or sum(states.values()) != promised:
            raise AssertionError(f"{promised} promised, {states}, twice: {doubled}")
        scene.say(f"{promised} codes promised: {dict(states)}")
    finally:
        with scene.live.env(commit=True) as env:
            env["lottery.sms.provider"].browse(provider.id).active = False


def wait_for_messages(scene, last):
    """Return the states of the messages since, when none waits any more."""

    def states():
        with scene.live.env() as env:
            messages = env["lottery.sms.message"].search([("id", ">", last)])
            return collections.Counter(messages.mapped("state"))

    scene.cluster.wait_until(
        lambda: not sum(states()[state] for state in WAITING), "short messages", 180
    )
    return states()
