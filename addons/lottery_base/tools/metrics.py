"""Figures of this node for Prometheus (PF-OPS-03): no names, numbers or texts of persons.

With `PROMETHEUS_MULTIPROC_DIR` set, as `tools/service` and `docker/` do, the processes of a
node add up; without it a process tells of itself.
"""

import contextlib
import os
import re
import time

import psutil
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
METHODS = {"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}
# First match wins. Few and fixed, whatever addresses somebody tries.
ROUTES = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("watch", r"/(lottery/(health|ready|metrics)|web/health)$"),
        ("asset", r"/(web/(assets|image|content)/|web/webclient/|\w+/static/)"),
        ("job", r"/queue_job/"),
        ("websocket", r"/websocket"),
        ("api", r"/(xmlrpc|json|jsonrpc)(/|$)"),
        ("office", r"/(web|odoo|report|mail|bus)(/|$)"),
        ("login", r"/(owner/login|lottery/otp)(/|$)"),
        ("portal", r"/(my|owner)(/|$)"),
    )
)
OTHER = "page"
KINDS = {
    "WorkerHTTP": "http",
    "WorkerCron": "cron",
    "WorkerJobRunner": "job_runner",
    "gevent": "websocket",
}

if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    os.makedirs(folder, exist_ok=True)

_registry = CollectorRegistry()
_requests = Counter(
    "lottery_http_requests",
    "Requests answered, by class of route.",
    ("route", "method", "status"),
    registry=_registry,
)
_seconds = Histogram(
    "lottery_http_request_seconds",
    "Time until the answer began, by class of route.",
    ("route",),
    buckets=SECONDS,
    registry=_registry,
)


def route_class(path):
    """Return the class a path is counted under.

    >>> [route_class(path) for path in ("/lottery/health", "/web/assets/1/a.js", "/")]
    ['watch', 'asset', 'page']
    >>> route_class("/web/dataset/call_kw/instant.order/read"), route_class("/json/2/x/y")
    ('office', 'api')
    >>> route_class("/my/tickets"), route_class("/owner/login"), route_class("/mystery")
    ('portal', 'login', 'page')
    """
    for name, pattern in ROUTES:
        if pattern.match(path):
            return name
    return OTHER


class Watch:
    """What is known of a request when it ends; without a status it broke."""

    status = "500"


@contextlib.contextmanager
def measure(environ):
    """Count and time one request of the WSGI server."""
    watch, start = Watch(), time.perf_counter()
    try:
        yield watch
    finally:
        method = environ.get("REQUEST_METHOD", "")
        name = route_class(environ.get("PATH_INFO", ""))
        _seconds.labels(name).observe(time.perf_counter() - start)
        _requests.labels(
            name, method if method in METHODS else "other", watch.status[:3]
        ).inc()


def gauge(name, help_text, rows, labels=()):
    """Return a gauge family.

    :param rows: ``[(value, label value, …)]``
    """
    family = GaugeMetricFamily(name, help_text, labels=labels)
    for value, *values in rows:
        family.add_metric([str(label) for label in values], value)
    return family


def workers():
    """Processes of this node by kind; nothing where one process does everything."""
    count, memory = dict.fromkeys(KINDS.values(), 0), 0
    with contextlib.suppress(psutil.Error):
        for process in psutil.Process(os.getppid()).children():
            with contextlib.suppress(psutil.Error):
                title = " ".join(process.cmdline())
                for word, kind in KINDS.items():
                    if word in title:
                        count[kind] += 1
                        memory += process.memory_info().rss
    return [
        gauge(
            "lottery_workers",
            "Processes of this node.",
            [(number, kind) for kind, number in count.items()],
            ["kind"],
        ),
        gauge("lottery_workers_memory_bytes", "Memory they hold.", [(memory,)]),
    ]


class _Snapshot:
    """A registry as `generate_latest` reads it."""

    def __init__(self, families):
        self.families = families

    def collect(self):
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            yield from MultiProcessCollector(CollectorRegistry()).collect()
        else:
            yield from _registry.collect()
        yield from self.families


def render(families):
    """Return the text Prometheus reads: requests of the node, then the families."""
    return generate_latest(_Snapshot(families))
