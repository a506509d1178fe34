"""python -m tests.faults --size small|full --base-url URL --accounts FILE --state DIR
       --database NAME --ilms-url URL --report FILE [--document]

Breaks parts of the running cluster while owners order, or those that FAULTS=name,… names.
The exit code tells of lost or doubled orders, of books that differ and of what broke off;
a missed goal is a row with ok=false.
"""

import argparse
import logging
import os
import pathlib
import signal
import sys
import time
import traceback

from odoo import tools

from . import report
from .books import close_books
from .frame import FAULTS, Row, clock, judge
from .scene import Scene
from .sizes import SIZES


def parse():
    parser = argparse.ArgumentParser(
        prog="tests.faults",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--accounts", type=pathlib.Path, required=True)
    parser.add_argument("--state", type=pathlib.Path, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--ilms-url", required=True)
    parser.add_argument("--report", type=pathlib.Path, required=True)
    parser.add_argument(
        "--document", action="store_true", help="write the tables of the guides"
    )
    return parser.parse_args()


def choose(wanted):
    """Return the faults whose name is wanted; all when none is named."""
    from . import parts  # noqa: F401  registers them

    if unknown := set(wanted) - {fault.name for fault in FAULTS}:
        raise SystemExit(
            f"FAULTS: unknown {sorted(unknown)}, known are {[f.name for f in FAULTS]}"
        )
    return [fault for fault in FAULTS if not wanted or fault.name in wanted]


def try_fault(scene, fault):
    """Break something under load; return its row."""
    row = Row(fault.name, fault.title, fault.goal, fault.counted_from)
    scene.cluster.wait_until(scene.cluster.is_whole, "the cluster before the fault")
    with scene.load() as load:
        time.sleep(scene.size.before)
        with clock() as span, fault.apply(scene):
            pass
        try:
            waited = scene.cluster.wait_until(scene.cluster.is_whole, "whole again")
            row.whole = round(waited, 1)
        except TimeoutError as error:
            row.note = str(error)  # what was lost is counted all the same
        time.sleep(scene.size.after)
        closed = time.monotonic()
    times = load.moments()
    row.failed, row.acknowledged = len(load.failed), len(times)
    lost, doubled = scene.find_losses(load.acknowledged)
    row.lost, row.doubled = len(lost), len(doubled)
    row.note = "; ".join(
        [row.note]
        + [f"{code}: {count}" for code, count in load.refused.items()]
        + sorted({what[:80] for _moment, what in load.failed})[:3]
    ).strip("; ")
    judge(fault, row, times, (*span, closed))
    return row


def run(scene, chosen):
    """Return (rows, number that broke off); the report grows meanwhile."""
    rows, broken = [], 0
    for fault in chosen:
        start = time.monotonic()
        print(f"== {fault.title}", flush=True)
        try:
            row = try_fault(scene, fault)
        except Exception as error:
            broken += 1
            traceback.print_exc()
            row = Row(fault.name, fault.title, fault.goal, fault.counted_from)
            row.note = f"broke off: {type(error).__name__}: {error}"[:300]
        rows.append(row)
        print(report.line(row), flush=True)
        print(f"   {time.monotonic() - start:.0f} s", flush=True)
        report.write(rows, [], scene.options)
    return rows, broken


def main():
    options = parse()
    # What was broken is healed on the way out, whatever ends the run.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.environ["BENCH_SESSION_DB_URI"] = os.environ.pop("SESSION_DB_URI", "")
    tools.config.parse_config(["--workers=0", "--no-http"], setup_logging=True)
    for name in ("odoo", "odoo.sql_db", "py.warnings"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    wanted = [name for name in os.environ.get("FAULTS", "").split(",") if name]
    chosen = choose(wanted)
    scene = Scene(options)
    print("== the town", flush=True)
    print(f"   {len(scene.town.owners)} owners", flush=True)
    rows, broken = run(scene, chosen)
    checks = close_books(scene)
    report.write(rows, checks, options)
    if options.document:
        report.document(rows, checks, options.size)
    wrong = broken or any(row.lost or row.doubled for row in rows)
    return 1 if wrong or not all(check["ok"] for check in checks) else 0


if __name__ == "__main__":
    sys.exit(main())
