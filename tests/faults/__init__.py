"""Parts of the running cluster are broken under load; no acknowledged order may be lost.

Each module registers faults (`frame.fault`); `python -m tests.faults` runs them all or
those that `FAULTS=node,primary_killed` names.
"""
