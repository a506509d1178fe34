"""The faults, in the order they run: what costs a server comes last."""

from . import nodes, outside, storage, databases  # noqa: F401, I001  isort: skip
