"""What measurements share: the databases, the running instance, the stock of packs."""

import functools
import itertools
import json
import time
import uuid

from odoo import tools

from .frame import Site
from .sizes import SIZES


class Stage:
    """One run. Everything is made when a measurement first asks for it.

    ``site`` is a copy of the installed suite that no server works on, so that neither
    jobs nor crons change what is measured in this process; ``vanilla`` is stock Odoo
    in a database beside it; ``live`` is the database of the running instance.
    """

    def __init__(self, options):
        self.options = options
        self.size = SIZES[options.size]
        # phones end in four digits of it; a run soon after another has others
        self.numbers = itertools.count(1 + int(time.time()) // 60 * 300 % 9000)

    @functools.cached_property
    def site(self):
        return Site(f"{self.options.database}_bench")

    @functools.cached_property
    def live(self):
        return Site(self.options.database)

    @functools.cached_property
    def vanilla(self):
        from .vanilla import Vanilla

        return Vanilla(Site(f"{self.options.database}_vanilla"), self.size)

    @functools.cached_property
    def tickets(self):
        from .tickets import Tickets

        return Tickets(self)

    @functools.cached_property
    def town(self):
        from .town import Town

        return Town(self)

    def bind(self, env):
        """Return the tests' fixture working in ``env``, with numbers nobody has."""
        from odoo.addons.instant_ticket.tests.common import TicketFixture

        fixture = type("BenchTickets", (TicketFixture,), {})
        fixture.env = env
        fixture.numbers = self.numbers
        fixture.serials, fixture.cartons = {}, {}
        return fixture

    def make_prefectures(self, env, names=("north", "south")):
        centre = env.ref("lottery_base.lottery_branch_centre")
        return env["lottery.branch"].create(
            [
                {
                    "name": f"Bench {name}",
                    "code": f"B-{uuid.uuid4().hex[:10]}",
                    "kind": "prefecture",
                    "parent_id": centre.id,
                }
                for name in names
            ]
        )

    @functools.cached_property
    def accounts(self):
        """Accounts of the running instance by role, the first of each."""
        rows = json.loads(self.options.accounts.read_text(encoding="utf-8"))
        return {row["role"]: row for row in reversed(rows)}

    def dsn(self, database):
        """Connection parameters for psycopg2."""
        config = tools.config
        parts = {
            "dbname": database,
            "host": config["db_host"],
            "port": config["db_port"],
            "user": config["db_user"],
            "password": config["db_password"],
        }
        return " ".join(f"{name}={value}" for name, value in parts.items() if value)
