"""Measurements beside the reference (stock Odoo 19), in one run on one server.

Each module offers `rows(bench) -> iterable of Row`; `python -m tests.bench` runs them
all or those that `BENCH=IT-BEN-02,…` names. Only ratios are worth quoting.
"""
