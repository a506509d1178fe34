"""Cluster, backups, faults: what can be said without starting them (PF-OPS-01, PF-OPS-02)."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import types

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools"
sys.path[:0] = [str(ROOT), str(TOOLS)]

import rehearsal  # noqa: E402

from tests.faults import __main__ as faults  # noqa: E402
from tests.faults import report  # noqa: E402
from tests.faults.frame import FAULTS, Fault, Row, judge  # noqa: E402
from tests.faults.line import BadLine  # noqa: E402
from tests.faults.load import Load  # noqa: E402

yaml = pytest.importorskip("yaml", reason="pylint-odoo's dependencies bring it")


def lib(command, **environ):
    """Output of a line of shell after tools/lib.sh."""
    return subprocess.run(
        ["bash", "-c", f". tools/lib.sh; {command}"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "LOTTERY_INSTANCE": "cluster", **environ},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


# === CONFIGURATION === #


def test_no_two_processes_share_a_port():
    names = lib('echo "${CLUSTER_PORTS[@]}"').split()
    ports = [int(lib(f"cluster_port {name}", HTTP_PORT="9000")) for name in names]
    assert len(set(ports)) == len(ports) == len(names)
    others = {9000, 9100, 9101, 9102, 9103, 9010, 9110, 9111, 9112, 9113}
    assert others.isdisjoint(ports)


def test_cluster_is_never_an_outside_server():
    assert lib("echo $PGHOST $EMBEDDED", PGHOST="db.example") == "127.0.0.1 yes"


@pytest.fixture(scope="module")
def patroni():
    """The parsed settings of the keepers."""
    return yaml.safe_load((ROOT / "conf" / "patroni.yml").read_text())


def test_nothing_acknowledged_is_lost_by_a_promotion(patroni):
    """PF-OPS-02: only who has all that was acknowledged may take over."""
    settings = patroni["bootstrap"]["dcs"]
    assert settings["synchronous_mode"] is True
    conf = (ROOT / "conf" / "postgresql.conf").read_text()
    assert re.search(r"^synchronous_commit = remote_apply$", conf, re.MULTILINE)


def test_promotion_fits_in_a_minute(patroni):
    """PF-OPS-02: a machine that is gone is replaced within ttl and two looks."""
    settings = patroni["bootstrap"]["dcs"]
    assert settings["ttl"] + 2 * settings["loop_wait"] + settings["retry_timeout"] < 45
    # Patroni's own rule for a primary to keep its lease
    assert settings["loop_wait"] + 2 * settings["retry_timeout"] <= settings["ttl"]


def test_settings_hold_no_secrets_and_no_addresses():
    for name in ("patroni.yml", "haproxy.cfg", "pgbackrest.conf"):
        text = (ROOT / "conf" / name).read_text()
        assert "password:" not in text and "cipher-pass=" not in text, name
        assert not re.search(r"\d+\.\d+\.\d+\.\d+", text), name


def test_haproxy_asks_for_names_both_shapes_fill_in():
    text = (ROOT / "conf" / "haproxy.cfg").read_text()
    cluster = (TOOLS / "cluster").read_text()
    compose = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
    given = compose["services"]["balancer"]["environment"]
    for name in set(re.findall(r"\$\{([A-Z_0-9]+)\}", text)):
        assert re.search(rf"\b{name}\b", cluster), name
        assert name in given, name


@pytest.mark.skipif(not shutil.which("haproxy"), reason="make cluster installs it")
def test_haproxy_takes_its_configuration():
    text = (ROOT / "conf" / "haproxy.cfg").read_text()
    names = set(re.findall(r"\$\{([A-Z_0-9]+)\}", text))
    values = {
        name: "1" if name.endswith("_PORT") else "127.0.0.1:1" for name in names
    } | {"HAPROXY_RUN": "."}
    subprocess.run(
        ["haproxy", "-c", "-q", "-f", ROOT / "conf" / "haproxy.cfg"],
        env=os.environ | values,
        check=True,
        timeout=30,
    )


def test_programs_of_the_cluster_are_known_to_the_service():
    text = (ROOT / "conf" / "supervisord-cluster.conf").read_text()
    service = (TOOLS / "service").read_text()
    for program in re.findall(r"^\[program:(\S+)\]", text, re.MULTILINE):
        assert re.search(rf"^[\w| -]*\b{program}\b[\w| -]*\)", service, re.MULTILINE)


@pytest.mark.parametrize("command", ["backup", "cluster"])
def test_commands_explain_themselves(command, tmp_path):
    (tmp_path / "tools").mkdir()
    for path in (*TOOLS.glob("lib*.sh"), TOOLS / "secrets", TOOLS / command):
        shutil.copy(path, tmp_path / "tools" / path.name)
    (tmp_path / "var" / "cluster" / "pg").mkdir(parents=True)
    answer = subprocess.run(
        [tmp_path / "tools" / command, "--help"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"tools/{command}" in answer.stdout


def test_databases_are_not_cloned_by_wal():
    """PF-OPS-02: a promoted replica would hand out numbers of sequences again."""
    text = (TOOLS / "database").read_text()
    assert "STRATEGY file_copy" in text and "STRATEGY wal_log" not in text
    creations = re.findall(r'CREATE DATABASE \\"\$2\\" TEMPLATE .*', text)
    assert creations and all("$strategy" in line for line in creations)


def test_a_frozen_primary_cannot_take_its_lease_back():
    """PF-OPS-02: seen with Debian 12's Patroni and etcd's third protocol: what the new
    primary had acknowledged was lost when the old one woke and wrote its lease over."""
    for path in (TOOLS / "cluster", ROOT / "docker" / "database.Dockerfile"):
        text = path.read_text()
        assert "PATRONI_ETCD_HOSTS" in text and "PATRONI_ETCD3_HOSTS" not in text


# === BACKUPS === #


class Cursor:
    """Answers in their order."""

    def __init__(self, sequences, behind):
        self.rows, self.behind = sequences, iter(behind)

    def execute(self, query):
        self.query = query

    def fetchall(self):
        return self.rows

    def fetchone(self):
        return [next(self.behind)]


def test_sequences_behind_their_table_are_found():
    rows = [("public.a_seq", "public.a", "id"), ("public.b_seq", "public.b", "id")]
    assert rehearsal.find_sequences_behind(Cursor(rows, [False, True])) == [
        "public.b_seq"
    ]
    assert rehearsal.find_sequences_behind(Cursor(rows, [None, False])) == []


def test_files_are_copied_once_and_damage_is_found(tmp_path):
    """PF-OPS-02: the filestore is part of the backup."""
    source, target = tmp_path / "store", tmp_path / "copy"
    name = "ab/" + rehearsal.hashlib.sha1(b"hello").hexdigest()
    (source / "ab").mkdir(parents=True)
    (source / "checklist").mkdir()
    (source / "checklist" / "x").touch()
    (source / name).write_bytes(b"hello")
    assert rehearsal.copy_new(source, target) == 1
    assert rehearsal.copy_new(source, target) == 0
    assert rehearsal.find_bad_files([name], target) == []
    (source / name).unlink()
    rehearsal.copy_new(source, target)
    assert (target / name).exists(), "an earlier moment still needs it"
    (target / name).write_bytes(b"other")
    assert rehearsal.find_bad_files([name, "ab/none"], target) == [
        f"{name}: content differs",
        "ab/none: missing",
    ]


def test_status_keeps_the_first_moment(tmp_path):
    path = tmp_path / "backup.json"
    rehearsal.note(path, "backup")
    first = json.loads(path.read_text())
    rehearsal.note(path, "backup")
    rehearsal.note(path, "rehearsal")
    second = json.loads(path.read_text())
    assert second["since"] == first["since"]
    assert second["backup"] > first["backup"]
    assert rehearsal.age(path, "rehearsal") in (0, 1)


# === FAULTS === #


def test_every_fault_of_the_requirement_is_there():
    """PF-OPS-02: what has to be survived."""
    chosen = faults.choose([])
    assert {fault.name for fault in chosen} >= {
        *("worker_killed", "node_killed", "primary_killed", "primary_lost"),
        *("primary_paused", "replica_lost", "latency_300", "latency_2000", "resets"),
        *("archive_full", "clock_ahead", "filestore_away", "sms_down", "ilms_down"),
        *("proxy_restarted", "job_runner_killed"),
    }
    assert len(chosen) == len({fault.name for fault in FAULTS})
    with pytest.raises(SystemExit, match="no_such"):
        faults.choose(["no_such"])


def judged(times, *, counted_from="start", **values):
    row = Row("x", "x", 10, counted_from, **{"whole": 1.0} | values)
    fault = Fault("x", "x", 10, counted_from, None)
    judge(fault, row, times, (100, 120, 140))
    return row


def test_judging():
    steady = [moment / 2 for moment in range(180, 280)]
    assert judged(steady).back == 0 and judged(steady).ok
    broken = [moment for moment in steady if not 101 < moment < 125]
    assert (judged(broken).silence, judged(broken).back) == (24, 25)
    assert not judged(broken).ok
    assert judged(broken, counted_from="end").back == 5
    assert judged(broken, counted_from="end").ok
    assert not judged(steady, lost=1).ok and not judged(steady, doubled=1).ok
    assert not judged(steady, whole=None).ok
    assert not judged([]).ok


def test_tables_go_between_the_marks(monkeypatch, tmp_path):
    path = tmp_path / "operations.md"
    path.write_text(f"# A\n{report.BEGIN}stale\n{report.END}# B\n", encoding="utf-8")
    monkeypatch.setattr(report, "DOCUMENTS", {path: "en"})
    row = Row("x", "a | b", 60, "end", 1.5, 2, 3, 4, 0, 0, 5, True, load=2)
    report.document([row], [{"ok": True}, {"ok": False}], "small")
    text = path.read_text(encoding="utf-8")
    assert (
        "| a / b | 60 after its end | 1.50 | 2 | 5 | 3 | 4 | 0 | 0 | yes | 2 |" in text
    )
    assert "books: 1 / 2" in text and "stale" not in text
    assert text.startswith("# A\n") and text.endswith("# B\n")


def test_every_fault_has_its_chinese_name():
    assert {fault.name for fault in faults.choose([])} == set(report.TITLES_ZH)
    assert len(report.HEADER) == len(report.HEADER_ZH)


def test_a_later_run_replaces_a_fault(tmp_path):
    for name, back in (("a.json", 1.0), ("b.json", 2.0)):
        rows = [Row("x", "x", 60, "start", back)]
        options = types.SimpleNamespace(report=tmp_path / name, size="small")
        report.write(rows, [{"ok": True}], options)
    rows, checks = report.load([tmp_path / "a.json", tmp_path / "b.json"])
    assert [row.back for row in rows] == [2.0] and checks == [{"ok": True}]


@pytest.fixture
def echo():
    """A server that sends back what it gets; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    connection, _address = server.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        def answer(connection):
            with connection:
                try:
                    while part := connection.recv(100):
                        connection.sendall(part)
                except OSError:
                    pass

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_the_bad_line_is_late_and_resets(echo):
    with (
        BadLine(free_port(), ("127.0.0.1", echo), 0.2) as line,
        socket.create_connection(("127.0.0.1", line.port), 5) as client,
    ):
        start = os.times().elapsed
        client.sendall(b"hello")
        assert client.recv(10) == b"hello"
        assert os.times().elapsed - start >= 0.19
        line.reset_all()
        with pytest.raises(ConnectionResetError):
            client.recv(10)


def test_an_order_without_answer_is_sent_again_with_its_key(monkeypatch):
    """The load behaves like the owner's page: one key until there is an answer."""
    sent = []

    class Line:
        def __init__(self, *_arguments):
            pass

        async def rpc(self, _path, params):
            sent.append(params["key"])
            if len(sent) == 1:
                raise ConnectionError("HTTP 503")
            return {"ok": True, "name": "ORDER"}

        def close(self):
            pass

    import tests.faults.load as module

    monkeypatch.setattr(module, "Line", Line)
    size = types.SimpleNamespace(rhythm=0.01, patience=10)
    town = types.SimpleNamespace(
        owners=[{"outlet": 1, "session": "s"}], choose_lines=lambda games: []
    )
    load = Load("http://127.0.0.1", town, size)
    with load:
        while len(load.acknowledged) < 2:
            load._thread.join(0.05)
    assert sent[0] == sent[1] != sent[2]
    assert len(load.failed) == 1
    assert load.acknowledged[sent[0]][0] == "ORDER"
