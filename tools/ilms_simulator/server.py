"""HTTP face of the simulator: envelope, idempotency, faults, administration."""

import hashlib
import hmac
import json
import re
import socket
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from . import calls, faults, hand
from .protocol import ANSWER, REQUEST, Call, ProtocolError, canonical, seal, unseal
from .rules import Malformed, Refusal
from .seed import seed

VERSION = "1.0"
GATEWAY = re.compile(r"/gw/([A-Za-z0-9._-]{1,64})/([0-9.]{1,8})/")
MAX_BODY = 32 * 1024 * 1024


class HttpRefusal(Exception):
    """Not an answer of ILMS but of its gateway; unsigned."""

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status


class Dropped(Exception):
    """The line is cut without an answer."""


class Simulator(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(
        self, address, store, credentials, *, token, replay_window_ms, restart
    ):
        self.store = store
        self.credentials = credentials
        self.token = token
        self.replay_window_ms = replay_window_ms
        self.restart = restart
        self.overtaking = faults.Overtaking()
        super().__init__(address, Handler)

    # === GATEWAY === #

    def gateway(self, api: str, version: str, appid: str, message) -> bytes:
        """Take one call; returns the body of the answer.

        :raise HttpRefusal: the envelope is not acceptable
        :raise Dropped: by a fault
        """
        if not hmac.compare_digest(appid.encode(), self.credentials.appid.encode()):
            raise HttpRefusal(401, "unknown APPID")
        if version != VERSION or api not in calls.CALLS:
            raise HttpRefusal(404, "unknown call or version")
        try:
            call = Call(api, version, message.get("requestId"))
            payload = unseal(
                self.credentials, REQUEST, call, message, self.replay_window_ms
            )
        except ProtocolError as error:
            raise HttpRefusal(401, str(error)) from error
        return self._answer(call, payload)

    def _answer(self, call: Call, payload: dict) -> bytes:
        log_id, attempt = self.store.log_arrival(call.api, call.request_id)
        struck = faults.strike(self.store, call.api, call.request_id, attempt, log_id)
        self.store.log_outcome(log_id, struck.kinds, None)
        self._before(struck)
        answer = self._process(call, payload)
        if "duplicate" in struck:
            answer = self._process(call, payload)
        self.store.log_outcome(log_id, struck.kinds, answer["code"])
        self.overtaking.processed()
        if "restart_after" in struck:
            self.restart()
        if "drop_after" in struck:
            raise Dropped
        return faults.spoil(struck, seal(self.credentials, ANSWER, call, answer))

    def _before(self, struck: faults.Struck) -> None:
        if "delay" in struck:
            time.sleep(struck.milliseconds("delay", faults.DEFAULT_DELAY_MS))
        if "reorder" in struck:
            held = struck.milliseconds("reorder", faults.DEFAULT_HOLD_MS)
            self.overtaking.wait(held)
        if "restart_before" in struck:
            self.restart()
        if "drop_before" in struck:
            raise Dropped
        if "error_500" in struck:
            raise HttpRefusal(500, "injected")

    def _process(self, call: Call, payload: dict) -> dict:
        function, changes = calls.CALLS[call.api]
        if not changes:
            return self._read(function, payload)
        digest = hashlib.sha256(call.api.encode() + b"\n" + canonical(payload)).digest()
        with self.store.transaction() as db:
            earlier = db.execute(
                "SELECT * FROM answered WHERE request_id = ?", (call.request_id,)
            ).fetchone()
            if earlier:
                if earlier["digest"] != digest:
                    raise HttpRefusal(
                        409, "the request id was used for another request"
                    )
                return json.loads(earlier["answer"])
            answer = self._change(db, function, payload)
            db.execute(
                "INSERT INTO answered VALUES (?, ?, ?, ?)",
                (call.request_id, digest, json.dumps(answer), time.time()),
            )
            return answer

    def _change(self, db, function, payload) -> dict:
        """A refusal is an answer to keep, but whatever it had begun is undone."""
        db.execute("SAVEPOINT call")
        try:
            answer = function(self.store, db, payload)
        except Refusal as refusal:
            db.execute("ROLLBACK TO call")
            answer = refusal.answer
        except Malformed as error:
            raise HttpRefusal(422, str(error)) from error
        db.execute("RELEASE call")
        return answer

    def _read(self, function, payload) -> dict:
        db = self.store.connection()
        db.execute("BEGIN")
        try:
            return function(self.store, db, payload)
        except Refusal as refusal:
            return refusal.answer
        except Malformed as error:
            raise HttpRefusal(422, str(error)) from error
        finally:
            db.execute("ROLLBACK")

    # === ADMINISTRATION === #

    def administrate(self, method: str, path: str, query: dict, values: dict):
        """Return what a ``/sim/…`` address answers."""
        key = (method, path)
        if key == ("GET", "/sim/dump"):
            return self.store.dump()
        if key == ("GET", "/sim/log"):
            return self.store.log(int(query.get("limit", ["100"])[0]))
        if path == "/sim/faults":
            return self._faults(method, values)
        if method != "POST":
            raise HttpRefusal(405, "POST expected")
        if path == "/sim/restart":
            threading.Timer(0.05, self.restart).start()
            return {"restart": True}
        actions = {
            "/sim/seed": seed,
            "/sim/account": hand.adjust_account,
            "/sim/activate": hand.activate,
            "/sim/settle": hand.settle,
            "/sim/game": hand.set_game,
            "/sim/reset": lambda store, values: store.reset(),
        }
        if path not in actions:
            raise HttpRefusal(404, "unknown address")
        return actions[path](self.store, values)

    def _faults(self, method: str, values: dict):
        if method == "DELETE":
            self.store.set_faults(0, [])
        elif method == "POST":
            rules = faults.check_rules(values.get("rules"))
            self.store.set_faults(int(values.get("seed", 0)), rules)
        seed_value, rules = self.store.faults()
        return {"seed": seed_value, "rules": [rule for _id, rule in rules]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60
    server: Simulator

    def do_GET(self):
        self._handle()

    def do_POST(self):
        self._handle()

    def do_DELETE(self):
        self._handle()

    def _handle(self) -> None:
        try:
            status, body = 200, self._route()
        except Dropped:
            self._cut()
            return
        except HttpRefusal as refusal:
            status, body = refusal.status, self._error(refusal)
        except (ValueError, KeyError, TypeError, Malformed) as error:
            status, body = 400, self._error(error)
        except Exception as error:
            # A fault of the simulator itself: say so, go on serving.
            traceback.print_exc()
            status, body = 500, self._error(error)
        self._send(status, body)

    def _route(self) -> bytes:
        parts = urlsplit(self.path)
        if parts.path == "/health" and self.command == "GET":
            self.server.store.connection().execute("SELECT 1 FROM setting LIMIT 1")
            return json.dumps({"status": "ok"}).encode()
        values = self._body()
        gateway = GATEWAY.fullmatch(parts.path)
        if gateway and self.command == "POST":
            appid = self.headers.get("APPID", "")
            return self.server.gateway(*gateway.groups(), appid, values)
        if not parts.path.startswith("/sim/"):
            raise HttpRefusal(404, "unknown address")
        self._check_token()
        query = parse_qs(parts.query)
        result = self.server.administrate(self.command, parts.path, query, values)
        return json.dumps(result, ensure_ascii=False).encode()

    def _check_token(self) -> None:
        token = self.server.token
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token:
            raise HttpRefusal(403, "closed: LOTTERY_ILMS_SIM_TOKEN is not set")
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise HttpRefusal(401, "wrong token")

    def _body(self) -> dict:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= MAX_BODY:
            self.close_connection = True
            raise HttpRefusal(413, "the request is too long")
        values = json.loads(self.rfile.read(length) or b"{}")
        if not isinstance(values, dict):
            raise HttpRefusal(400, "a JSON object is expected")
        return values

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            # Said aloud, or the caller keeps a connection that is about to end.
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _cut(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the caller was faster

    @staticmethod
    def _error(error: Exception) -> bytes:
        return json.dumps({"error": str(error)}).encode()

    def log_message(self, format, *args):
        """Requests are in the store's log (``/sim/log``)."""
