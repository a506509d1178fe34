"""The bench tells misses: rows, report, exit code (PF-PERF-01)."""

import json
import pathlib
import sys
import types

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tests.bench import __main__ as main  # noqa: E402
from tests.bench import report  # noqa: E402
from tests.bench.frame import MEASURES, Row, absolute, at_most  # noqa: E402


@pytest.fixture
def measured(tmp_path):
    """A run of the given measurements; returns (rows of the file, broken)."""
    path = tmp_path / "bench.json"
    stage = types.SimpleNamespace(options=types.SimpleNamespace(report=path))

    def run(*measurements):
        chosen = [("IT-BEN-02", measurement) for measurement in measurements]
        _rows, broken = main.run(stage, chosen)
        return json.loads(path.read_text(encoding="utf-8")), broken

    return run


def test_ratio_decides():
    assert at_most("X", "x", 1.0, 30.0, "ms", 1 / 30).ok
    missed = at_most("X", "x", 1.1, 30.0, "ms", 1 / 30)
    assert not missed.ok and missed.ratio == pytest.approx(0.0367, abs=1e-4)
    assert not at_most("X", "x", 1.0, 0, "ms", 1).ok


def test_a_miss_is_reported_and_breaks_nothing(measured):
    def slow(_stage):
        yield at_most("IT-BEN-02", "slow", 9, 1, "ms", 1)

    [row], broken = measured(slow)
    assert (row["ok"], row["ratio"], broken) == (False, 9, 0)


def test_what_breaks_is_told_and_the_rest_goes_on(measured):
    def breaks(_stage):
        yield absolute("IT-BEN-02", "before", 1, "ms", "-", True)
        raise ValueError("no stock")

    def works(_stage):
        yield absolute("IT-BEN-02", "after", 1, "ms", "-", True)

    rows, broken = measured(breaks, works)
    assert [row["name"] for row in rows] == ["before", "breaks broke", "after"]
    assert not rows[1]["ok"] and "no stock" in rows[1]["note"]
    assert broken == 1


def test_table_and_document(monkeypatch, tmp_path):
    document = tmp_path / "benchmarks.md"
    document.write_text(f"# A\n{report.BEGIN}old\n{report.END}# B\n", encoding="utf-8")
    monkeypatch.setattr(report, "DOCUMENT", document)
    row = Row("IT-BEN-04", "one scan", 10.31, 17.82, "ms", "ratio <= 1", True, load=2)
    row.note = "two\nlines"
    report.document([row], "small")
    text = document.read_text(encoding="utf-8")
    assert text.startswith("# A\n") and text.endswith("# B\n") and "old" not in text
    assert "| IT-BEN-04 | one scan | 10.31 | 17.82 | ms | 0.58 |" in text
    assert "| 2 | two lines |" in text
    assert report.table([row]).splitlines()[1].endswith("yes")


def test_a_later_run_replaces_whole_ids(tmp_path):
    earlier, later = tmp_path / "a.json", tmp_path / "b.json"
    report.write([absolute(name, "a", 1, "s", "-", True) for name in "XYY"], earlier)
    report.write([absolute("Y", "b", 2, "s", "-", True)], later)
    rows = report.load([earlier, later])
    assert [(row["id"], row["name"]) for row in rows] == [("X", "a"), ("Y", "b")]


def test_every_id_can_be_chosen():
    chosen = main.choose(["PF-SEC-02"])
    assert [bench_id for bench_id, _measurement in chosen] == ["PF-SEC-02"]
    assert len(main.choose([])) == len(MEASURES)
    ids = {bench_id for bench_id, _measurement in MEASURES}
    assert ids == {
        *(f"IT-BEN-0{number}" for number in range(1, 8)),
        *("PF-AUD-01", "PF-AUD-02", "PF-NTF-01", "PF-OTP-01", "PF-PERF-01"),
        *("PF-RPT-01", "PF-SEC-02", "PF-SEC-03", "PF-TAG-02"),
    }
    with pytest.raises(SystemExit, match="X-BEN-99"):
        main.choose(["X-BEN-99"])
