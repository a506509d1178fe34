"""Run with ``python tools/ilms_simulator --port N --store FILE`` (``--help``)."""

import sys
from pathlib import Path

# Started as a directory, Python puts the directory itself on the path, and relative
# imports have no package; its parent makes it one.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from ilms_simulator.cli import main  # noqa: E402  the path has to be set first

if __name__ == "__main__":
    sys.exit(main())
