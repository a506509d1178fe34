"""What a measurement is made of: a register, environments, timing, rows.

A measurement is a generator `measure(stage) -> Row…`, registered by `@measures(id)`.
"""

import contextlib
import dataclasses
import os
import statistics
import threading
import time

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry

MEASURES = []  # (id, measurement), in the order they run


def measures(bench_id):
    """Register a measurement of the requirement ``bench_id``."""

    def register(measurement):
        MEASURES.append((bench_id, measurement))
        return measurement

    return register


@dataclasses.dataclass
class Row:
    """One line of `var/bench.json`.

    ``ours`` and ``reference`` are medians in ``unit``; ``ratio`` is ours / reference;
    ``target`` says in words what has to hold, ``ok`` whether it did; ``load`` is the
    machine's load of the last minute when the row was made.
    """

    id: str
    name: str
    ours: float | None
    reference: float | None
    unit: str
    target: str
    ok: bool
    ratio: float | None = None
    note: str = ""
    load: float = dataclasses.field(
        default_factory=lambda: round(os.getloadavg()[0], 1)
    )

    def __post_init__(self):
        if self.ratio is None and self.ours is not None and self.reference:
            self.ratio = self.ours / self.reference


def at_most(bench_id, name, ours, reference, unit, limit, note=""):
    """Row that holds when ours / reference <= limit."""
    ratio = ours / reference if reference else None
    return Row(
        bench_id,
        name,
        ours,
        reference,
        unit,
        f"ratio <= {limit:g}",
        ratio is not None and ratio <= limit,
        ratio,
        note,
    )


def absolute(bench_id, name, ours, unit, target, ok, reference=None, note=""):
    """Row that holds by itself."""
    return Row(bench_id, name, ours, reference, unit, target, bool(ok), None, note)


class Site:
    """One database with its registry."""

    def __init__(self, database):
        self.database = database
        self.registry = Registry(database)

    @contextlib.contextmanager
    def env(self, commit=False):
        """Superuser environment; rolled back unless ``commit``."""
        with self.registry.cursor() as cr:
            yield Environment(
                cr, SUPERUSER_ID, {"lang": "en_US", "tz": "Asia/Shanghai"}
            )
            if not commit:
                cr.rollback()


class Meter:
    """Times and queries of one repeated step."""

    def __init__(self):
        self.seconds, self.queries = [], []

    @contextlib.contextmanager
    def measure(self, env):
        env.flush_all()
        before, start = env.cr.sql_log_count, time.perf_counter()
        yield
        env.flush_all()
        self.seconds.append(time.perf_counter() - start)
        self.queries.append(env.cr.sql_log_count - before)

    @property
    def ms(self):
        return statistics.median(self.seconds) * 1000

    @property
    def query_count(self):
        return statistics.median(self.queries)


def alternate(times, *steps):
    """Run the steps in turn, ``times`` rounds, so that drift hits all alike."""
    for _ in range(times):
        for step in steps:
            step()


def race(workers):
    """Start all callables at one moment in threads; return results or exceptions."""
    barrier = threading.Barrier(len(workers))
    results = [None] * len(workers)

    def run(index, work):
        barrier.wait()
        try:
            results[index] = work()
        except Exception as error:  # the caller judges what went wrong
            results[index] = error

    threads = [
        threading.Thread(target=run, args=(index, work))
        for index, work in enumerate(workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def share(values, part):
    """Return the value that ``part`` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
