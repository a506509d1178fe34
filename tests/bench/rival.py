"""Stock Odoo as a server of its own, with the configuration of ours."""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

PATIENCE = 120
LISTEN = pathlib.Path(__file__).resolve().parents[2] / "tools" / "listen.py"


class Rival:
    """Started on entering, stopped on leaving."""

    def __init__(self, stage):
        self.stage = stage
        self.database = stage.vanilla.site.database
        self.password = "bench-rival"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        with self.stage.vanilla.site.env(commit=True) as env:
            admin = env.ref("base.user_admin")
            admin.password = self.password
            self.uid = admin.id
        self.data = self.stage.options.state / "rival"
        command = pathlib.Path(sys.executable).with_name("odoo")
        environ = {
            **os.environ,
            "ODOO_SERVER_WIDE_MODULES": "base,web",
            "ODOO_HTTP_PORT": str(self.port),
            "ODOO_GEVENT_PORT": str(free_port()),
            "ODOO_DATA_DIR": str(self.data),
            "PGDATABASE": self.database,
            "ODOO_DBFILTER": f"^{self.database}$",
        }
        # the log is wanted only where it does not start
        self.log = (self.stage.options.state / "log" / "rival.log").open("w")
        self.process = subprocess.Popen(
            [
                *(sys.executable, LISTEN, "127.0.0.1", str(self.port)),
                *(command, "--max-cron-threads=0"),
            ],
            env=environ,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        self.await_answer()
        return self

    def __exit__(self, *_error):
        self.process.terminate()
        self.process.wait(60)
        self.log.close()
        shutil.rmtree(self.data, ignore_errors=True)

    def await_answer(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/web/health", timeout=5):
                    return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.5)
        self.process.terminate()
        raise RuntimeError(f"stock Odoo did not start, see {self.log.name}")

    def call(self, model, method, *args):
        """Parameters of `/jsonrpc` for a call as its administrator."""
        return {
            "service": "object",
            "method": "execute_kw",
            "args": [self.database, self.uid, self.password, model, method, args],
        }


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
