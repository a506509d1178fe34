#!/usr/bin/env python3
"""What the addons of the suite are and whether they changed.

tools/addons.py names           their names, comma separated
tools/addons.py key             one hash over what an installation depends on
tools/addons.py hashes          {"addon": "hash", ...} as JSON
tools/addons.py changed JSON    two lines: names to install, names to update,
                                compared with an earlier `hashes`
tools/addons.py outdated DIR... names, comma separated, of modules whose manifest has another
                                version than standard input says (lines of name|version)
tools/addons.py halves          two lines: directories of tests that take about as long
"""

import ast
import hashlib
import json
import pathlib
import re
import sys

ADDONS = pathlib.Path(__file__).resolve().parent.parent / "addons"
# Read at run time or by people; a database does not depend on it.
IGNORED = ("tests/", "readme/", "static/src/", "static/lib/", "static/tests/", "README")

SERIES = "19.0"
MANIFEST = "__manifest__.py"
TEST = re.compile(r"^    def test_", re.M)


def installable(root: pathlib.Path = ADDONS) -> list[pathlib.Path]:
    """:return: directories of the installable addons, sorted by name"""
    found = []
    for manifest in sorted(root.glob(f"*/{MANIFEST}")):
        values = ast.literal_eval(manifest.read_text(encoding="utf-8"))
        if values.get("installable", True):
            found.append(manifest.parent)
    return found


def addon_hash(addon: pathlib.Path) -> str:
    """Hash of everything an installed addon leaves in the database."""
    digest = hashlib.sha256()
    for path in sorted(addon.rglob("*")):
        name = path.relative_to(addon).as_posix()
        if not path.is_file() or "__pycache__" in name or name.startswith(IGNORED):
            continue
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def hashes(root: pathlib.Path = ADDONS) -> dict[str, str]:
    """:return: name -> hash"""
    return {addon.name: addon_hash(addon) for addon in installable(root)}


def changed(old: dict, new: dict) -> tuple[list[str], list[str]]:
    """:return: (names to install, names to update)

    >>> changed({"a": "1", "b": "1"}, {"a": "2", "b": "1", "c": "1"})
    (['c'], ['a'])
    """
    install = sorted(set(new) - set(old))
    update = sorted(name for name in new if name in old and old[name] != new[name])
    return install, update


def outdated(installed: dict[str, str], folders: list[pathlib.Path]) -> list[str]:
    """Return the modules whose manifest has another version than the database.

    Odoo's and OCA's modules, which come with requirements.txt and bring migrations; the
    suite's own are compared by what they hold.

    :param installed: name -> version as the database tells it
    """
    names = []
    own = hashes().keys()
    for name, version in sorted(installed.items()):
        manifests = [path for f in folders if (path := f / name / MANIFEST).is_file()]
        if name in own or not manifests:
            continue
        values = ast.literal_eval(manifests[0].read_text(encoding="utf-8"))
        wanted = values.get("version", "1.0")
        if not wanted.startswith(f"{SERIES}."):
            wanted = f"{SERIES}.{wanted}"
        if wanted != version:
            names.append(name)
    return names


def halves(weights: dict[str, int]) -> tuple[list[str], list[str]]:
    """Two lists of names of about the same weight, the heaviest name first.

    >>> halves({"a": 5, "b": 3, "c": 1, "d": 1})
    (['a'], ['b', 'c', 'd'])
    """
    lists: tuple[list[str], list[str]] = ([], [])
    for name in sorted(weights, key=lambda name: (-weights[name], name)):
        min(lists, key=lambda names: sum(weights[name] for name in names)).append(name)
    return lists


def test_weights(root: pathlib.Path = ADDONS) -> dict[str, int]:
    """:return: directory of an addon's tests -> how many tests it has"""
    return {
        str(folder): sum(
            len(TEST.findall(path.read_text(encoding="utf-8")))
            for path in folder.glob("test_*.py")
        )
        for folder in sorted(root.glob("*/tests"))
    }


def main(arguments: list[str]) -> None:
    """Command line, see the module's text."""
    match arguments:
        case ["names"]:
            print(",".join(addon.name for addon in installable()))
        case ["hashes"]:
            print(json.dumps(hashes(), sort_keys=True))
        case ["key"]:
            text = json.dumps(hashes(), sort_keys=True)
            print(hashlib.sha256(text.encode()).hexdigest()[:16])
        case ["outdated", *folders]:
            rows = (line.strip().split("|") for line in sys.stdin)
            found = outdated(
                dict(row for row in rows if len(row) == 2),
                [pathlib.Path(folder) for folder in folders],
            )
            print(",".join(found))
        case ["halves"]:
            for names in halves(test_weights()):
                print(" ".join(names))
        case ["changed", old]:
            for names in changed(json.loads(old or "{}"), hashes()):
                print(",".join(names))
        case _:
            print(__doc__)
            sys.exit(arguments != ["--help"])


if __name__ == "__main__":
    main(sys.argv[1:])
