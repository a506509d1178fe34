"""A real HTTP server on this machine that plays the WeChat API."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

APP, SECRET = "wx0000test", "wechat-secret-of-tests"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        parts = urlsplit(self.path)
        if parts.path == "/cgi-bin/stable_token":
            answer = self._give_token(data)
        else:
            token = parse_qs(parts.query).get("access_token", [""])[0]
            answer = self._take(data, token)
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _give_token(self, data):
        server = self.server
        if (data["appid"], data["secret"]) != (APP, SECRET):
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        with server.lock:
            server.fetched += 1
            server.entered.set()
        server.gate.wait(10)
        return {"access_token": server.token, "expires_in": 7200}

    def _take(self, data, token):
        server = self.server
        if token != server.token:
            return {"errcode": 40001, "errmsg": "invalid credential"}
        if server.errcode:
            return {"errcode": server.errcode, "errmsg": "no"}
        if data["client_msg_id"] not in [sent["client_msg_id"] for sent in server.sent]:
            server.sent.append(data)
        return {"errcode": 0, "errmsg": "ok", "msgid": 200 + len(server.sent)}

    def log_message(self, *args):
        """Keep the tests' output clean."""


@contextmanager
def serve():
    """Yield a server: ``url``, ``token`` in force, ``fetched`` times it was asked for,
    messages ``sent``, ``errcode`` to refuse with, ``gate`` to keep tokens back."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.token, server.fetched, server.sent, server.errcode = "TOKEN-1", 0, [], 0
    server.lock, server.gate = threading.Lock(), threading.Event()
    server.entered = threading.Event()
    server.gate.set()
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.gate.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
