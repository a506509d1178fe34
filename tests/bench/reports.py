"""Files and figures of reports over very many records (PF-RPT-01).

The peak of memory is that of a process of its own, for a tenth of the rows and for all.
"""

import multiprocessing
import resource
import tempfile
import time
import uuid

from odoo import models
from odoo.fields import Domain
from odoo.orm.model_classes import add_to_registry

from .filling import multiply
from .frame import Site, absolute, measures

SECONDS_EACH = 240  # for 1,000,000 rows
FIGURES_SECONDS = 5
MEMORY = 1.15  # all rows to a tenth of them
REPORT = "lottery.report.bench"
MIB = 1024  # ru_maxrss counts KiB


@measures("PF-RPT-01")
def reports(stage):
    count = stage.size.tagged
    with stage.site.env(commit=True) as env:
        mark = uuid.uuid4().hex[:8]
        make_rows(env, mark, count)
    tenth, whole = (
        measure_file(stage.site.database, mark, rows) for rows in (count // 10, count)
    )
    yield absolute(
        "PF-RPT-01",
        f"{count:,} rows to XLSX",
        whole["seconds"],
        "s",
        f"<= {SECONDS_EACH * count / 1_000_000:g}",
        whole["seconds"] <= SECONDS_EACH * count / 1_000_000,
        note=f"{whole['bytes'] / MIB / MIB:.0f} MiB",
    )
    yield absolute(
        "PF-RPT-01",
        f"peak of memory, {count:,} rows to XLSX",
        whole["peak"],
        "MiB",
        f"<= {MEMORY} x {count // 10:,} rows",
        whole["peak"] <= MEMORY * tenth["peak"],
        reference=tenth["peak"],
        note=f"reference: {count // 10:,} rows",
    )
    plain, compared = measure_figures(stage.site, mark)
    for name, seconds in (("", plain), (", year on year", compared)):
        yield absolute(
            "PF-RPT-01",
            f"report by month and unit over {count:,} records{name}",
            seconds,
            "s",
            f"<= {FIGURES_SECONDS}",
            seconds <= FIGURES_SECONDS,
        )


def make_rows(env, mark, count):
    """Contacts of eight units, made over two years."""
    units = env["lottery.branch"].create(
        [
            {
                "name": f"Bench {mark} {number}",
                "code": f"B-{mark}-{number}",
                "kind": "prefecture",
                "parent_id": env.ref("lottery_base.lottery_branch_centre").id,
            }
            for number in range(8)
        ]
    )
    source = env["res.partner"].create({"name": "Bench", "ref": mark})
    env.flush_all()
    multiply(
        env.cr,
        "res_partner",
        source.id,
        count,
        name="'Bench ' || n",
        complete_name="'Bench ' || n",
        commercial_partner_id="NULL::int",
        branch_id=f"{units[0].id} + n %% 8",
        color="n %% 100",
        partner_latitude="n %% 9000 / 100.0",
        create_date="timestamp '2026-11-25' - (n %% 730) * interval '1 day'",
    )
    source.unlink()
    env.cr.execute("ANALYZE res_partner")


def register(env, mark, rows=None):
    """Bring the bench's report, of the first rows, into this process's registry."""
    env.cr.execute("SELECT min(id) FROM res_partner WHERE ref = %s", [mark])
    first = env.cr.fetchone()[0]
    from odoo.addons.lottery_report.engine.spec import Dimension, Measure

    class BenchReport(models.AbstractModel):
        _name = REPORT
        _inherit = ["lottery.report"]
        _description = "Bench"
        _module = "lottery_report"

        _report_name = "Bench"
        _report_model = "res.partner"
        _report_dimensions = {
            "day": Dimension("Day", "create_date"),
            "unit": Dimension("Unit", "branch_id"),
            "kind": Dimension("Kind", "type"),
            "name": Dimension("Name", "name"),
        }
        _report_measures = {
            "records": Measure("Records", aggregate="count"),
            "colour": Measure("Colour", "color"),
            "latitude": Measure("Latitude", "partner_latitude", kind="float"),
        }

        def _report_domain(self):
            domain = Domain("ref", "=", mark)
            return domain & Domain("id", "<", first + rows) if rows else domain

    add_to_registry(env.registry, BenchReport)
    env.registry._setup_models__(env.cr, [REPORT])
    env["lottery.report.definition"].create({"name": "Bench", "report": REPORT})
    return env[REPORT]


def measure_file(database, mark, rows):
    """Write a file in a fresh process; return its seconds, bytes and peak."""
    context = multiprocessing.get_context("spawn")
    answer, send = context.Pipe(duplex=False)
    process = context.Process(target=write_file, args=(database, mark, rows, send))
    process.start()
    send.close()  # with its end the process is gone, and waiting too
    try:
        return answer.recv()
    except EOFError as error:
        raise RuntimeError("the process that writes the file failed") from error
    finally:
        process.join()


def write_file(database, mark, rows, answer):
    import os

    from odoo import tools

    tools.config.parse_config(["--workers=0", "--no-http"], setup_logging=False)
    with Site(database).env() as env:
        report = register(env, mark, rows)
        params = {"options": report._parse_options(OPTIONS), "detail": True}
        job = env["lottery.export.job"].new(
            {"name": "Bench", "producer": REPORT, "params": params}
        )
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with tempfile.TemporaryDirectory() as workdir:
            path = os.path.join(workdir, "bench.xlsx")
            start = time.perf_counter()
            job._write_file(path, workdir)
            seconds = time.perf_counter() - start
            size = os.path.getsize(path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer.send(
        {
            "seconds": seconds,
            "bytes": size,
            "before": before / MIB,
            "peak": peak / MIB,
        }
    )


OPTIONS = {
    "period": {"kind": "custom", "first": "2024-11-01", "last": "2026-12-31"},
    "dimensions": ["day", "unit"],
    "granularity": "month",
}


def measure_figures(site, mark):
    """Seconds of the figures, alone and compared, the better of two."""
    with site.env() as env:
        report = register(env, mark)
        period = {"kind": "custom", "first": "2025-11-26", "last": "2026-11-25"}
        best = []
        for comparison in (False, "year"):
            seconds = []
            for _round in range(2):
                start = time.perf_counter()
                options = {**OPTIONS, "period": period, "comparison": comparison}
                result = report.get_report(options)
                seconds.append(time.perf_counter() - start)
            if len(result["rows"]) < 8 * 12:
                raise AssertionError(f"{len(result['rows'])} rows")
            best.append(min(seconds))
        return best
