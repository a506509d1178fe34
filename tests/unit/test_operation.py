"""Secrets, environments and leftovers, tried on a copy of the tools in an empty directory."""

import os
import pathlib
import shutil
import stat
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path):
    """A checkout with nothing but the shell tools: state goes below it."""
    (tmp_path / "tools").mkdir()
    for name in ("lib.sh", "lib_words.sh", "secrets", "service", "database"):
        shutil.copy(ROOT / "tools" / name, tmp_path / "tools" / name)
    return tmp_path


def run(checkout, *command, **environ):
    """Output of a tool of the copy."""
    answer = subprocess.run(
        [checkout / "tools" / command[0], *command[1:]],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout


def environment_of(checkout, **environ):
    """What a program of the suite gets to see."""
    lines = run(checkout, "service", "env", "env", **environ).splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_secrets_are_made_once_and_for_the_owner_only(checkout):
    run(checkout, "secrets")
    path = checkout / "var" / "secrets.env"
    first = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    run(checkout, "secrets")
    assert path.read_text() == first


def test_two_machines_have_nothing_in_common(checkout, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    shutil.copytree(checkout / "tools", other / "tools")
    values = []
    for place in (checkout, other):
        run(place, "secrets")
        lines = (place / "var" / "secrets.env").read_text().splitlines()
        values.append({line.split("=")[1] for line in lines if "CIPHER" not in line})
    assert values[0].isdisjoint(values[1])


def test_odoo_does_not_get_the_chain_key(checkout):
    """PF-AUD-02: only the sealer can make the chain."""
    seen = environment_of(checkout)
    assert "LOTTERY_JOURNAL_ROW_KEY" in seen
    hidden = {"LOTTERY_JOURNAL_CHAIN_KEY", "LOTTERY_SEALER_PASSWORD"}
    hidden |= {"LOTTERY_PG_SUPERUSER_PASSWORD", "LOTTERY_SUPERVISOR_PASSWORD"}
    assert hidden.isdisjoint(seen)


def test_outside_server_is_used_as_named(checkout):
    seen = environment_of(checkout, PGHOST="db.example", PGUSER="suite")
    assert (seen["PGHOST"], seen["PGPORT"], seen["PGUSER"]) == (
        "db.example",
        "5432",
        "suite",
    )
    assert "PGPASSWORD" not in seen


def fails(checkout, *command, **environ):
    """What a tool of the copy says when it refuses."""
    answer = subprocess.run(
        [checkout / "tools" / command[0], *command[1:]],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode
    return answer.stderr


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"HTTP_PORT": "http"}, "HTTP_PORT is 'http' -> use a number"),
        ({"HTTP_PORT": "70000"}, "HTTP_PORT is '70000' -> use a number"),
        ({"LOTTERY_INSTANCE": "prod"}, "LOTTERY_INSTANCE is 'prod' -> use main"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(checkout, environ, words):
    assert f"FAILED: {words}" in fails(checkout, "secrets", **environ)


def test_a_prompt_without_server_says_what_to_start(checkout):
    free = {"HTTP_PORT": "64000"}
    assert "start it: make up" in fails(checkout, "database", "psql", **free)


def test_settings_of_an_instance_stay(checkout):
    """PF-OPS-02: backups and heads go to the same place whoever calls a tool."""
    state = checkout / "var" / "cluster"
    state.mkdir(parents=True)
    (state / "settings.env").write_text(
        "# other disks\nLOTTERY_JOURNAL_HEAD_DIRS=/a:/b\nLOTTERY_BACKUP_DIR=/backup\n"
    )
    line = '. tools/lib.sh; echo "$LOTTERY_BACKUP_DIR ${HEADS[*]}"'

    def seen(**environ):
        return subprocess.run(
            ["bash", "-c", line],
            cwd=checkout,
            env={"PATH": os.environ["PATH"], **environ},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    assert seen(LOTTERY_INSTANCE="cluster") == "/backup /a /b"
    changed = seen(LOTTERY_INSTANCE="cluster", LOTTERY_BACKUP_DIR="/else")
    assert changed == "/else /a /b"


def test_ports_follow_and_instances_keep_apart(checkout):
    main = environment_of(checkout, HTTP_PORT="9000")
    test = environment_of(checkout, HTTP_PORT="9000", LOTTERY_INSTANCE="test")
    names = ("ODOO_HTTP_PORT", "ODOO_GEVENT_PORT", "PGPORT")
    assert [main[name] for name in names] == ["9100", "9101", "9103"]
    assert [test[name] for name in names] == ["9110", "9111", "9113"]
    assert main["ODOO_DATA_DIR"] != test["ODOO_DATA_DIR"]


def test_what_a_killed_parent_left_is_ended(checkout):
    """A job runner that outlives its parent would keep the port for ever."""
    home = checkout / "var" / "run" / "odoo"
    home.mkdir(parents=True)
    leftover = subprocess.Popen(["sleep", "60"], cwd=home)
    stranger = subprocess.Popen(["sleep", "60"], cwd=home.parent)
    try:
        run(checkout, "service", "clear", "odoo")
        assert leftover.wait(timeout=10) == -9
        assert stranger.poll() is None
    finally:
        for process in (leftover, stranger):
            process.kill()
            process.wait()
