"""Usage: tools/requirements_map.py > docs/requirements.md

Writes which code and which tests quote each requirement ID, so that the map is what the
repository says and not what somebody remembers.
"""

import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ID = re.compile(r"\b(?:PF|IT|OC|GP|MC|WC|PS)-[A-Z]{3,4}-\d{2}\b")
SUFFIXES = {".py", ".js", ".xml", ".scss"}
FOLDERS = ("addons", "tools", "tests")

HEAD = """# Requirements: ID → code → test

Made by `tools/requirements_map.py` from the IDs that code and tests quote; an ID without a
test is not met. What an ID asks for is written in the requirements of the project.

| ID | code | tests |
|---|---|---|
"""


def is_test(path):
    """Whether a file of the repository is a test.

    >>> is_test(pathlib.Path("addons/x/tests/test_a.py"))
    True
    >>> is_test(pathlib.Path("addons/x/models/a.py"))
    False
    """
    return "tests" in path.parts


def quoted():
    """Return ``{ID: {"code": paths, "test": paths}}`` of the repository."""
    found = collections.defaultdict(lambda: {"code": set(), "test": set()})
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in SUFFIXES or not path.is_file():
                continue
            relative = path.relative_to(ROOT)
            kind = "test" if is_test(relative) else "code"
            for name in ID.findall(path.read_text(encoding="utf-8")):
                found[name][kind].add(relative.as_posix())
    return found


def main():
    sys.stdout.write(HEAD)
    for name, paths in sorted(quoted().items()):
        cells = (
            "<br>".join(f"`{path}`" for path in sorted(paths[kind])) or "–"
            for kind in ("code", "test")
        )
        sys.stdout.write(f"| {name} | {' | '.join(cells)} |\n")


if __name__ == "__main__":
    main()
