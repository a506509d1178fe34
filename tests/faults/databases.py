"""PostgreSQL: the primary dies, freezes, or is reached badly; the replica goes away."""

import contextlib
import signal

from .frame import fault
from .line import BadLine

NODE, DATABASE = 10, 60
RESETS = 8


@fault("PostgreSQL primary killed, replica promoted", goal=DATABASE)
def primary_killed(scene):
    cluster = scene.cluster
    old = cluster.member("leader")
    cluster.kill(cluster.postgres(old))
    cluster.wait_until(lambda: cluster.member("leader") not in ("", old), "promotion")
    yield


@fault("PostgreSQL primary's machine gone, replica promoted", goal=DATABASE)
def primary_lost(scene):
    cluster = scene.cluster
    old = cluster.member("leader")
    with cluster.frozen_keeper(old):
        cluster.kill(cluster.postgres(old))
        cluster.wait_until(
            lambda: cluster.member("leader") not in ("", old), "promotion"
        )
        yield


@fault("PostgreSQL primary frozen", goal=DATABASE, lasts="pause")
def primary_paused(scene):
    cluster = scene.cluster
    frozen = cluster.postgres(cluster.member("leader"))
    cluster.send(frozen, signal.SIGSTOP)
    try:
        scene.nap(scene.size.pause)
        yield
    finally:
        cluster.send(frozen, signal.SIGCONT)


@fault("replica's machine gone", goal=DATABASE, lasts="pause")
def replica_lost(scene):
    cluster = scene.cluster
    replica = cluster.member("sync_standby")
    with cluster.frozen_keeper(replica):
        cluster.kill(cluster.postgres(replica))
        scene.nap(scene.size.pause)
        yield


@contextlib.contextmanager
def bad_line(scene, delay):
    """New connections to the primary go over a bad line; the old ones are ended."""
    cluster = scene.cluster
    primary = cluster.member("leader")
    port = scene.port(f"pg-{primary}")
    server = f"primary/{primary}"

    def redirect(to):
        cluster.proxy(f"set server {server} addr 127.0.0.1 port {to}")
        cluster.proxy(f"shutdown sessions server {server}")

    with BadLine(scene.port("fault"), ("127.0.0.1", port), delay) as line:
        redirect(line.port)
        try:
            yield line
        finally:
            redirect(port)


@fault("300 ms more to the database", goal=DATABASE, counted_from="end", lasts="slow")
def latency_300(scene):
    with bad_line(scene, 0.3):
        scene.nap(scene.size.slow)
        yield


@fault("2 s more to the database", goal=DATABASE, counted_from="end", lasts="slow")
def latency_2000(scene):
    with bad_line(scene, 2.0):
        scene.nap(scene.size.slow)
        yield


@fault("connections to the database reset again and again", goal=DATABASE, lasts="slow")
def resets(scene):
    with bad_line(scene, 0) as line:
        for _ in range(RESETS):
            scene.nap(scene.size.slow / RESETS)
            line.reset_all()
        yield
