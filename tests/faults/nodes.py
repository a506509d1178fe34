"""Odoo's processes, the proxies, a node whose clock is wrong."""

import os
import subprocess

from .cluster import ENVIRONMENT, ROOT
from .frame import fault

NODE, DATABASE = 10, 60


@fault("one Odoo worker killed", goal=NODE)
def worker_killed(scene):
    scene.cluster.kill(scene.cluster.titled("odoo1", "WorkerHTTP")[:1])
    yield


@fault("an Odoo node killed, all its processes", goal=NODE)
def node_killed(scene):
    scene.cluster.kill(scene.cluster.tree("odoo1"))
    yield


@fault("node for jobs killed", goal=NODE)
def jobs_killed(scene):
    scene.cluster.kill(scene.cluster.tree("jobs"))
    yield


@fault("job runner killed", goal=NODE)
def job_runner_killed(scene):
    scene.cluster.kill(scene.cluster.titled("jobs", "WorkerJobRunner"))
    yield


@fault("nginx restarted", goal=NODE)
def proxy_restarted(scene):
    scene.cluster.control("restart", "nginx")
    yield


@fault("HAProxy killed", goal=NODE)
def haproxy_killed(scene):
    scene.cluster.kill(scene.cluster.tree("haproxy"))
    yield


@fault("clock of one node 5 minutes ahead", goal=NODE, lasts="slow")
def clock_ahead(scene):
    """The node is started anew under libfaketime, beside its supervisor."""
    cluster = scene.cluster
    cluster.control("stop", "odoo2")
    with open(cluster.state / "log" / "odoo2-ahead.log", "wb") as log:
        node = subprocess.Popen(
            ["faketime", "-f", "+5m", ROOT / "tools" / "service", "odoo2"],
            env=ENVIRONMENT | {"FAKETIME_DONT_FAKE_MONOTONIC": "1"},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        cluster.wait_until(
            lambda: cluster.up("nodes") == 2, "the node with another clock"
        )
        scene.nap(scene.size.slow)
        yield
    finally:
        os.killpg(node.pid, 15)
        try:
            node.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(node.pid, 9)
            node.wait()
        cluster.control("start", "odoo2")
