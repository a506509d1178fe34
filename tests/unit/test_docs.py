"""The documents' links lead somewhere; their pictures are taken, small and used (PF-DOC-01)."""

import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXTS = [
    *ROOT.glob("README*.md"),
    *(path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts),
]
IMAGES = sorted((ROOT / "docs" / "images").glob("*.png"))
LINK = re.compile(r'(?:\]\(|src="|href=")([^)"#\s]+)')
MAX_BYTES = 150_000


def links_of(text):
    """Relative links of a Markdown text."""
    return [link for link in LINK.findall(text) if "://" not in link]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    missing = [link for link in links_of(text) if not (path.parent / link).exists()]
    assert not missing


def test_pictures_are_taken_used_and_small():
    used = {
        (path.parent / link).resolve()
        for path in TEXTS
        for link in links_of(path.read_text(encoding="utf-8"))
        if link.endswith(".png")
    }
    taken = set(
        re.findall(
            r'camera\.take\([^"]*"([\w-]+)"',
            "".join(
                path.read_text(encoding="utf-8")
                for path in (ROOT / "tests" / "browser").glob("test_*.py")
            ),
        )
    )
    assert {path.stem for path in used} == {path.stem for path in IMAGES}
    assert {path.stem for path in IMAGES} == taken
    assert [path.name for path in IMAGES if path.stat().st_size > MAX_BYTES] == []


def test_map_of_requirements_is_of_this_tree():
    made = subprocess.run(
        [sys.executable, ROOT / "tools" / "requirements_map.py"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    kept = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
    assert made == kept, "run make docs, or tools/requirements_map.py"
