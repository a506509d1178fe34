"""The proxy's configuration in front of a stub: what it keeps, and what it says in an outage."""

import http.server
import os
import pathlib
import shutil
import socket
import subprocess
import threading
import urllib.error
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(not NGINX, reason="tools/setup installs it")


class Stub(http.server.BaseHTTPRequestHandler):
    """Odoo, as far as the proxy sees it. Each answer is another."""

    status, count = 200, 0

    def do_GET(self):
        type(self).count += 1
        body = f"{self.path} {self.count}".encode()
        self.send_response(self.status)
        if self.path.startswith("/public"):
            self.send_header("Cache-Control", "public, max-age=0, s-maxage=1")
        if self.path.startswith("/cookie"):
            self.send_header("Cache-Control", "public, max-age=60")
            self.send_header("Set-Cookie", "session_id=x")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    """A function that asks for a path: (status, body, headers)."""
    run = tmp_path_factory.mktemp("nginx")
    port = free_port()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    upstream = f"server 127.0.0.1:{server.server_port} max_fails=0;"
    text = (ROOT / "conf" / "nginx.conf.template").read_text()
    for name, value in {
        "NGINX_RUN": str(run),
        "NGINX_PAGES": str(ROOT / "conf" / "pages"),
        "NGINX_LISTEN": f"listen 127.0.0.1:{port};",
        "ODOO_UPSTREAM": upstream,
        "GEVENT_UPSTREAM": upstream,
    }.items():
        text = text.replace(f"${{{name}}}", value)
    (run / "nginx.conf").write_text(text)
    user = "user root; " if os.getuid() == 0 else ""
    process = subprocess.Popen(
        [NGINX, "-p", run, "-c", run / "nginx.conf", "-e", "stderr"]
        + ["-g", f"{user}daemon off;"]
    )

    def ask(path, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
        for name, value in headers.items():
            request.add_header(name, value)
        try:
            answer = urllib.request.urlopen(request, timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.read().decode(), answer.headers

    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            process.poll()
            threading.Event().wait(0.05)
    yield ask
    process.terminate()
    process.wait(20)
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def healthy():
    yield
    Stub.status = 200


def test_public_pages_are_kept_for_an_outage(proxy):
    """PF-OPS-02: visitors get what was there, also when Odoo says it has no database."""
    status, body, _headers = proxy("/public/1")
    assert status == 200
    Stub.status = 503
    threading.Event().wait(2.1)  # what is kept is old by now
    assert proxy("/public/1")[:2] == (200, body)


def test_who_has_a_session_gets_nothing_kept(proxy):
    first = proxy("/public/2")[1]
    assert proxy("/public/2")[1] == first
    assert proxy("/public/2", Cookie="session_id=x")[1] != first
    theirs = proxy("/public/3", Cookie="session_id=x")[1]
    assert proxy("/public/3")[1] != theirs, "nor is theirs kept"
    Stub.status = 503
    assert proxy("/public/2", Cookie="session_id=x")[0] == 503


@pytest.mark.parametrize("path", ["/private", "/cookie"])
def test_what_is_not_declared_public_is_never_kept(proxy, path):
    assert proxy(path)[1] != proxy(path)[1]
    Stub.status = 503
    assert proxy(path)[0] == 503


def test_an_outage_is_told_in_words(proxy):
    Stub.status = 503
    status, body, headers = proxy("/my/tickets")
    assert status == 503 and "系统正在恢复" in body
    assert headers["Retry-After"] == "5"
    assert headers["Cache-Control"] == "no-store"


def test_machines_read_the_reason(proxy):
    """PF-OPS-03: the health page is handed through."""
    Stub.status = 503
    for path in ("/lottery/health", "/lottery/ready"):
        status, body, _headers = proxy(path)
        assert status == 503 and body.startswith(path)


@pytest.mark.parametrize(
    "path", ["/lottery/metrics", "/web/database/manager", "/queue_job/runjob"]
)
def test_doors_that_are_no_business_of_the_outside(proxy, path):
    """PF-OPS-03: figures of a node are asked past the proxy."""
    before = Stub.count
    assert proxy(path)[0] == 404
    assert Stub.count == before


def test_static_files_outlive_odoo(proxy):
    status, body, _headers = proxy("/web/assets/1/a.css")
    Stub.status = 500
    assert proxy("/web/assets/1/a.css")[:2] == (status, body)
