"""Rows as a file, as a table on the terminal, and as a table of docs/benchmarks.md.

python -m tests.bench.report var/bench.json full    # only the document
"""

import json
import pathlib
import platform
import sys
from dataclasses import asdict

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"


def figure(value):
    """
    >>> figure(None), figure(0), figure(12345.6), figure(3.14159), figure(0.00123)
    ('', '0', '12,346', '3.14', '0.0012')
    """
    if value is None:
        return ""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.2g}"


def one_line(text):
    r"""
    >>> one_line("a |\n b")
    'a / b'
    """
    return " ".join(text.replace("|", "/").split())


def write(rows, path):
    path.write_text(
        json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1) + "\n",
        encoding="utf-8",
    )


def cells(row):
    return [
        row.id,
        row.name,
        figure(row.ours),
        figure(row.reference),
        row.unit,
        figure(row.ratio),
        row.target,
        "yes" if row.ok else "NO",
    ]


def line(row):
    """One row while the run goes on."""
    mark = "ok  " if row.ok else "MISS"
    ratio = "" if row.ratio is None else f", ratio {figure(row.ratio)}"
    reference = "" if row.reference is None else f" / {figure(row.reference)}"
    note = f" [{row.note}]" if row.note else ""
    return (
        f"   {mark} {row.name}: {figure(row.ours)}{reference} {row.unit}{ratio}"
        f" (target {row.target}){note}"
    )


HEADER = ["id", "what", "ours", "reference", "unit", "ratio", "target", "reached"]


def table(rows):
    """The rows as text, columns aligned."""
    lines = [HEADER, *map(cells, rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEADER))]
    numbers = {2, 3, 5}
    return "\n".join(
        "  ".join(
            text.rjust(width) if n in numbers else text.ljust(width)
            for n, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def document(rows, size):
    """Replace the figures of docs/benchmarks.md by these rows."""
    lines = [
        f"Size `{size}`, {platform.machine()}, Python {platform.python_version()}.",
        "",
        "| " + " | ".join([*HEADER, "load", "note"]) + " |",
        "|---|---|--:|--:|---|--:|---|---|--:|---|",
    ]
    lines += [
        "| " + " | ".join([*cells(row), figure(row.load), one_line(row.note)]) + " |"
        for row in rows
    ]
    text = DOCUMENT.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    DOCUMENT.write_text(head + BEGIN + "\n".join(lines) + "\n" + END + tail, "utf-8")


def load(paths):
    """Rows of several runs; an id is taken whole from the last file that has it."""
    by_id = {}
    for path in paths:
        rows = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        for bench_id in {row["id"] for row in rows}:
            by_id[bench_id] = [row for row in rows if row["id"] == bench_id]
    return [row for bench_id in sorted(by_id) for row in by_id[bench_id]]


if __name__ == "__main__":
    from .frame import Row

    document([Row(**row) for row in load(sys.argv[2:])], sys.argv[1])
