"""The measurements, in the order they run."""

from . import tickets, races, ilms, otp, journal  # noqa: F401, I001  isort: skip
