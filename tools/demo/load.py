"""Demo data: sixteen prefectures at work, with invented people.

`load(env)` is called by tools/provision.py. Each step commits and finds its own work done when
run again, so an interrupted load resumes.
"""

import random

from odoo_env import password_for

from . import history, ilms, people, platform, shops, stock

STEPS = (
    ("people", people.load),
    ("games and warehouses", stock.load_places),
    ("outlets", shops.load),
    ("central accounts and stock", ilms.load),
    ("packs", stock.load_packs),
    ("orders", history.load),
    ("teams, tags, announcements, changes", platform.load),
)


def load(env):
    """Load what is missing and return the accounts.

    :return: ``[{"login", "role", "kind", "branch"}]``; passwords are
        ``odoo_env.password_for(login)``
    """
    random.seed(20260301)
    for name, step in STEPS:
        print(f"demo: {name}", flush=True)
        step(env)
        env.cr.commit()
    return people.accounts(env) + shops.accounts(env)


__all__ = ["load", "password_for"]
