"""python -m tests.bench --size small|full --base-url URL --accounts FILE --state DIR
       --database NAME --ilms-url URL --report FILE [--document]

Runs all measurements, or those that BENCH=IT-BEN-02,… names, beside the reference. The
exit code tells only of measurements that broke; a missed target is a row with ok=false.
"""

import argparse
import logging
import os
import pathlib
import sys
import time
import traceback

from odoo import tools

from . import report
from .frame import MEASURES, absolute
from .sizes import SIZES
from .stage import Stage

# Threads of the races use two connections each.
CONNECTIONS = 120


def parse():
    parser = argparse.ArgumentParser(
        prog="tests.bench",
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
        "--document", action="store_true", help="write the table of docs/benchmarks.md"
    )
    return parser.parse_args()


def choose(wanted):
    """Return the measurements whose id is wanted; all when none is named."""
    from . import parts  # noqa: F401  registers them

    known = {bench_id for bench_id, _measurement in MEASURES}
    if unknown := set(wanted) - known:
        raise SystemExit(f"BENCH: unknown {sorted(unknown)}, known are {sorted(known)}")
    return [entry for entry in MEASURES if not wanted or entry[0] in wanted]


def run(stage, chosen):
    """Return (rows, number of measurements that broke); the report grows meanwhile."""
    rows, broken = [], 0
    for bench_id, measurement in chosen:
        start = time.monotonic()
        print(f"== {bench_id} {measurement.__name__}", flush=True)
        try:
            for row in measurement(stage):
                rows.append(row)
                print(report.line(row), flush=True)
        except Exception as error:
            broken += 1
            traceback.print_exc()
            text = f"{type(error).__name__}: {error}"
            name = f"{measurement.__name__} broke"
            rows.append(
                absolute(bench_id, name, None, "", "it runs", False, note=text[:300])
            )
        print(f"   {time.monotonic() - start:.0f} s", flush=True)
        report.write(rows, stage.options.report)
    return rows, broken


def main():
    options = parse()
    # Sessions of pages that are called in this process are not the instance's.
    os.environ["BENCH_SESSION_DB_URI"] = os.environ.pop("SESSION_DB_URI", "")
    tools.config.parse_config(["--workers=0", "--no-http"], setup_logging=True)
    tools.config["db_maxconn"] = CONNECTIONS
    # Lost races are logged as bad queries; what matters of them is measured.
    for name in ("odoo", "odoo.sql_db", "py.warnings"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    wanted = [name for name in os.environ.get("BENCH", "").split(",") if name]
    rows, broken = run(Stage(options), choose(wanted))
    print(report.table(rows))
    if options.document:
        report.document(rows, options.size)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
