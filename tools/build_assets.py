"""Copy third-party JavaScript from node_modules into the addons' static/lib.

package.json lists the files under "lotteryAssets": target in the repository -> source
below node_modules. Targets are not committed; the lock file fixes what they are.
"""

import filecmp
import json
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def build(root: pathlib.Path = ROOT) -> list[pathlib.Path]:
    """Copy what is missing or differs.

    :return: the targets that were written
    :raise FileNotFoundError: a source is not in node_modules
    """
    package = json.loads((root / "package.json").read_text(encoding="utf-8"))
    written = []
    for target_name, source_name in package.get("lotteryAssets", {}).items():
        source = root / "node_modules" / source_name
        target = root / target_name
        if target.is_file() and filecmp.cmp(source, target, shallow=False):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        written.append(target)
    return written


if __name__ == "__main__":
    try:
        build()
    except FileNotFoundError as error:
        sys.exit(f"build_assets: {error.filename} is missing")
