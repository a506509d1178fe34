"""Where the faults play: the cluster, its town of owners, the orders that come in."""

import contextlib
import itertools
import pathlib
import subprocess
import time

import psycopg2

from tests.bench.stage import Stage

from .cluster import Cluster
from .load import Load
from .sizes import SIZES

LOSSES = """
    SELECT key, COUNT(*), MIN(name) FROM instant_order
     WHERE key = ANY(%s) GROUP BY key
"""


class Scene(Stage):
    """One run. The town is made when the first order is to come in."""

    def __init__(self, options):  # pylint: disable=super-init-not-called
        self.options = options
        self.size = SIZES[options.size]
        self.numbers = itertools.count(1 + int(time.time()) // 60 * 300 % 9000)
        self.cluster = Cluster(options.state, options.base_url)

    @contextlib.contextmanager
    def load(self):
        with Load(self.options.base_url, self.town, self.size) as load:
            yield load

    def connect(self):
        return psycopg2.connect(self.dsn(self.options.database))

    def find_losses(self, acknowledged):
        """Return ``(lost, doubled)`` keys: every answer has its order, and one.

        :param acknowledged: ``{key: (name, moment)}``
        """
        with contextlib.closing(self.connect()) as db, db.cursor() as cr:
            cr.execute(LOSSES, [list(acknowledged)])
            found = {key: (count, name) for key, count, name in cr.fetchall()}
        lost = [
            key
            for key, (name, _moment) in acknowledged.items()
            if key not in found or found[key][1] != name
        ]
        doubled = [key for key, (count, _name) in found.items() if count > 1]
        return lost, doubled

    def port(self, name):
        """Port of a process of the cluster (tools/lib.sh)."""
        root = pathlib.Path(__file__).resolve().parents[2]
        answer = subprocess.run(
            ["bash", "-c", '. tools/lib.sh; cluster_port "$1"', "-", name],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
        return int(answer.stdout)

    def say(self, text):
        print(f"   {text}", flush=True)

    def nap(self, seconds):
        """Let the fault last."""
        time.sleep(seconds)
