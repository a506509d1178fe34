"""The ILMS simulator as a process of its own, for tests of both sides."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

from odoo.tests.common import BaseCase

from ..engine.ilms_client import IlmsClient, Settings

SIMULATOR = Path(__file__).resolve().parents[3] / "tools" / "ilms_simulator"
SECRETS = {
    "LOTTERY_ILMS_APPID": "test-app",
    "LOTTERY_ILMS_APP_SECRET": "00112233445566778899aabbccddeeff",
    "LOTTERY_ILMS_SIGN_SECRET": "0f" * 32,
    "LOTTERY_ILMS_CIPHER": "aes-gcm",
    "LOTTERY_ILMS_SIM_TOKEN": "token-of-the-test",
}
START_SECONDS = 20


class SimulatorProcess:
    """A running simulator with a store of its own."""

    def __init__(self, **environ):
        self._directory = tempfile.TemporaryDirectory(prefix="ilms_")
        self.store = Path(self._directory.name) / "ilms.sqlite"
        self.environ = {**SECRETS, **environ}
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = None
        self._errors = Path(self._directory.name, "stderr").open("ab")
        self._http = requests.Session()
        self._http.trust_env = False
        # A kept connection may belong to a simulator that a fault has ended.
        self._http.headers["Connection"] = "close"
        token = self.environ["LOTTERY_ILMS_SIM_TOKEN"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def start(self):
        """Start (again) and wait until it answers."""
        self._process = subprocess.Popen(
            [
                sys.executable,
                str(SIMULATOR),
                "--port",
                str(self.port),
                "--store",
                str(self.store),
                "--respawn",
            ],
            env={**os.environ, **self.environ},
            # Not our own streams: a simulator left behind by a killed test run would
            # hold them open for ever.
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,
        )
        self.wait()
        return self

    def stop(self):
        if self._process:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def close(self):
        self.stop()
        self._http.close()
        self._errors.close()
        self._directory.cleanup()

    def wait(self):
        """Until it answers, over a connection of its own."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(
                    ("127.0.0.1", self.port), timeout=5
                ) as link:
                    link.sendall(b"GET /health HTTP/1.0\r\n\r\n")
                    if b" 200 " in link.recv(64):
                        return
            except OSError:
                time.sleep(0.02)  # being restarted
        raise AssertionError("the simulator does not answer")

    def admin(self, method, path, values=None):
        """Call an ``/sim/…`` address; returns the decoded answer."""
        response = self._http.request(
            method, f"{self.url}{path}", json=values, timeout=30
        )
        response.raise_for_status()
        return response.json()

    def seed(self, **values):
        return self.admin("POST", "/sim/seed", values)

    def dump(self):
        return self.admin("GET", "/sim/dump")

    def log(self, limit=100):
        return self.admin("GET", f"/sim/log?limit={limit}")

    def faults(self, *rules, seed=1):
        return self.admin("POST", "/sim/faults", {"seed": seed, "rules": [*rules]})

    def heal(self):
        return self.admin("DELETE", "/sim/faults")

    def settings(self, **changes):
        environ = {
            **self.environ,
            "LOTTERY_ILMS_URL": self.url,
            "LOTTERY_ILMS_CONNECT_TIMEOUT": "1",
            "LOTTERY_ILMS_READ_TIMEOUT": "5",
            **changes,
        }
        return Settings.from_environment(environ)

    def client(self, **changes):
        return IlmsClient(self.settings(**changes))


class SimulatorMixin:
    """Test classes with one simulator, emptied before each test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ilms = SimulatorProcess(**cls._simulator_environ()).start()
        cls.addClassCleanup(cls.ilms.close)

    @classmethod
    def _simulator_environ(cls):
        return {}

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        # Odoo's own handler compares the time-out with a number; ours is a pair, and
        # it must stay as short as it is.
        if request.url.startswith(f"{cls.ilms.url}/"):
            return cls._send_for_real(session, request, **options)
        return super()._request_handler(session, request, **options)

    def setUp(self):
        super().setUp()
        self.ilms.wait()
        self.ilms.admin("POST", "/sim/reset", {})


# Taken before Odoo's test classes replace it.
SimulatorMixin._send_for_real = staticmethod(requests.Session.send)


class SimulatorCase(SimulatorMixin, BaseCase):
    """Without a database: the connector's engine against the simulator."""

    def seed_shop(self, *, instant=1_000_000, packs=20, price=50_000):
        """Outlet 44010001, game 8801, warehouse GZ; amounts in fen."""
        self.ilms.seed(
            games=[{"code": "8801", "name": "Ruby", "packAmount": price}],
            accounts=[{"outlet": "44010001", "payment": 300_000, "instant": instant}],
            packs=[{"game": "8801", "warehouse": "GZ", "first": 1, "count": packs}],
        )

    @staticmethod
    def lock_values(number="T1", packs=2, price=50_000):
        return {
            "orderNo": number,
            "outlet": "44010001",
            "warehouse": "GZ",
            "amount": packs * price,
            "lines": [{"game": "8801", "packs": packs}],
        }
