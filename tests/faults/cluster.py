"""The running cluster in the hands of a test: only what its own supervisor started."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.error
import urllib.request

import psutil

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENVIRONMENT = os.environ | {"LOTTERY_INSTANCE": "cluster"}


def run(*command, check=True):
    """Output of one of the tools."""
    answer = subprocess.run(
        [ROOT / "tools" / command[0], *command[1:]],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    if check and answer.returncode:
        raise RuntimeError(f"{command}: {answer.stderr[-400:]}{answer.stdout[-200:]}")
    return answer.stdout.strip()


class Cluster:
    """Processes are found below the supervisor of the cluster's pid file, PostgreSQL's by
    their data directory."""

    def __init__(self, state, base_url):
        self.state, self.base_url = pathlib.Path(state), base_url
        self.home = (self.state / "pg").resolve()
        pid = int((self.state / "run" / "supervisord.pid").read_text())
        self.supervisor = psutil.Process(pid)

    # === PROCESSES === #

    def control(self, *arguments):
        return run("instance", "control", *arguments, check=False)

    def tree(self, program):
        """The program's process and all below it."""
        pid = int(self.control("pid", program).split()[-1] or 0)
        if not pid:
            return []
        process = psutil.Process(pid)
        if self.supervisor not in process.parents():
            raise RuntimeError(f"{program}: {pid} is not of this cluster")
        return [process, *process.children(recursive=True)]

    def titled(self, program, word):
        """Processes of a program whose title has the word."""
        found = []
        for process in self.tree(program):
            with contextlib.suppress(psutil.Error):
                if word in " ".join(process.cmdline()):
                    found.append(process)
        return found

    def postgres(self, name):
        """Processes of a PostgreSQL server; they outlive their keeper."""
        place = self.home / name / "data"
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if (
                    pathlib.Path(process.cwd()) == place
                    and process.name() == "postgres"
                ):
                    found.append(process)
        return found

    @staticmethod
    def send(processes, number):
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def kill(self, processes):
        self.send(processes, signal.SIGKILL)

    # === ROLES === #

    def member(self, role):
        return run("cluster", "member", role, check=False)

    def wait_until(self, check, what, patience=120):
        """Return the seconds until ``check()`` is true."""
        start = time.monotonic()
        while time.monotonic() - start < patience:
            with contextlib.suppress(OSError, RuntimeError, ValueError):
                if check():
                    return time.monotonic() - start
            time.sleep(0.5)
        raise TimeoutError(f"{what}: not within {patience} s")

    def is_whole(self):
        """Primary, synchronous replica, all nodes ready, the page answers."""
        return (
            self.member("leader")
            and self.member("sync_standby")
            and self.up("nodes") == 2
            and self.answers("/lottery/ready")
        )

    def up(self, backend):
        """How many servers of a HAProxy backend are in use."""
        rows = self.proxy("show stat").splitlines()
        fields = [row.split(",") for row in rows if row and row[0] != "#"]
        return sum(
            row[0] == backend
            and row[1] not in ("BACKEND", "FRONTEND")
            and row[17].startswith("UP")
            for row in fields
        )

    def proxy(self, command):
        return run("cluster", "proxy", command)

    def answers(self, path):
        try:
            with urllib.request.urlopen(self.base_url + path, timeout=10) as answer:
                return answer.status == 200
        except urllib.error.HTTPError:
            return False

    # === KEEPERS === #

    @contextlib.contextmanager
    def frozen_keeper(self, name):
        """A server without its Patroni: as if the machine were gone."""
        keepers = [
            process
            for process in self.tree(f"pg-{name}")
            if "patroni" in " ".join(process.cmdline())
        ]
        self.send(keepers, signal.SIGSTOP)
        try:
            yield
        finally:
            self.send(keepers, signal.SIGCONT)

    def members(self):
        return json.loads(run("cluster", "members"))["members"]
