"""A real HTTP server on this machine that plays an SMS provider."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class _Handler(BaseHTTPRequestHandler):
    def _answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        is_json = "json" in self.headers.get("Content-Type", "")
        self.server.seen.append(
            {
                "method": self.command,
                "path": self.path,
                "headers": dict(self.headers),
                "data": json.loads(body) if is_json else parse_qs(body),
            }
        )
        behaviour = self.server.behaviour
        if behaviour.get("delay"):
            time.sleep(behaviour["delay"])
        if behaviour.get("cut"):
            self.connection.close()
            return
        payload = json.dumps(behaviour.get("answer", {"code": "OK"})).encode()
        self.send_response(behaviour.get("status", 200))
        for name, value in behaviour.get("headers", {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_POST = do_GET = do_PUT = _answer

    def log_message(self, *args):
        """Keep the tests' output clean."""


@contextmanager
def serve():
    """Yield a server; ``url``, ``seen`` requests, ``behaviour`` of the answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.seen, server.behaviour = [], {}
    server.url = f"http://127.0.0.1:{server.server_address[1]}/send"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
