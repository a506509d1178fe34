"""The tools' own rules: what they derive, and what may not get into the repository."""

import json
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools"
sys.path.insert(0, str(TOOLS))

import build_assets  # noqa: E402

import addons  # noqa: E402


@pytest.fixture
def addon(tmp_path):
    """One addon in a directory of its own."""
    path = tmp_path / "addons" / "sample"
    (path / "tests").mkdir(parents=True)
    (path / "__manifest__.py").write_text('{"name": "Sample"}')
    (path / "model.py").write_text("a = 1")
    return path


def test_hash_follows_what_a_database_depends_on(addon):
    before = addons.hashes(addon.parent)
    (addon / "tests" / "test_a.py").write_text("b = 1")
    assert addons.hashes(addon.parent) == before
    (addon / "model.py").write_text("a = 2")
    assert addons.hashes(addon.parent) != before


def test_uninstallable_addons_are_left_out(addon):
    (addon / "__manifest__.py").write_text('{"name": "S", "installable": False}')
    assert addons.installable(addon.parent) == []


def test_assets_are_copied_once_and_missing_ones_are_named(tmp_path):
    package = {"lotteryAssets": {"addons/a/static/lib/x.js": "x/x.js"}}
    (tmp_path / "package.json").write_text(json.dumps(package))
    with pytest.raises(FileNotFoundError, match=r"x\.js"):
        build_assets.build(tmp_path)
    source = tmp_path / "node_modules" / "x" / "x.js"
    source.parent.mkdir(parents=True)
    source.write_text("export {}")
    target = tmp_path / "addons" / "a" / "static" / "lib" / "x.js"
    assert build_assets.build(tmp_path) == [target]
    assert target.read_text() == "export {}"
    assert build_assets.build(tmp_path) == []


def test_every_listed_asset_is_locked():
    """A file served to users comes from a package whose version the lock file fixes."""
    package = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for source in package["lotteryAssets"].values():
        parts = source.split("/")
        name = "/".join(parts[: 2 if source.startswith("@") else 1])
        assert f"node_modules/{name}" in locked, source


def test_lock_holds_no_addresses():
    text = (ROOT / "package-lock.json").read_text()
    assert "resolved" not in text
    assert text.count('"integrity"') == text.count('"node_modules/')


def test_requirements_are_pinned():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    loose = [
        line
        for line in lines
        if line
        and not line.startswith("#")
        and not re.fullmatch(r"[A-Za-z0-9_.\-]+==[0-9][0-9A-Za-z.+]*", line)
    ]
    assert loose == []


@pytest.mark.parametrize(
    "command",
    [
        "addons.py",
        "clean",
        "database",
        "hygiene.py",
        "instance",
        "lint",
        "secrets",
        "setup",
        "test",
    ],
)
def test_commands_explain_themselves(command):
    answer = subprocess.run(
        [TOOLS / command, "--help"], capture_output=True, text=True, check=True
    )
    assert command in answer.stdout


def test_proxy_template_asks_only_for_names_both_shapes_fill_in():
    """The same nginx configuration runs here and in docker/."""
    template = (ROOT / "conf" / "nginx.conf.template").read_text()
    names = set(re.findall(r"\$\{([A-Z_]+)\}", template))
    service = (TOOLS / "service").read_text()
    compose = (ROOT / "docker" / "compose.yaml").read_text()
    for name in names:
        assert f"[{name}]=" in service
        assert re.search(rf"^\s+{name}: ", compose, re.MULTILINE), name
