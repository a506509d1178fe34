"""The measurements, in the order they run: what fills the databases comes last."""

from . import tickets, races, faults, ilms  # noqa: F401, I001  isort: skip
from . import rush, crowd, journal, portal, isolation, otp  # noqa: F401, I001  isort: skip
