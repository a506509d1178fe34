"""The measurements, in the order they run: what fills the databases or leaves
work to the jobs comes late."""

from . import tickets, races, faults, ilms  # noqa: F401, I001  isort: skip
from . import crowd, rush, journal, logs, portal, isolation, access  # noqa: F401, I001  isort: skip
from . import notify, tags, reports, otp  # noqa: F401, I001  isort: skip
