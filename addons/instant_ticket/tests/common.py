"""Records for the tests of instant tickets, made the way the suite makes them."""

import uuid
from contextlib import contextmanager
from itertools import count

from odoo.exceptions import UserError
from odoo.tests import HttpCase, TransactionCase

from odoo.addons.lottery_base.tests.common import BranchFixture

# a prefix no carrier has
PHONE = "+861540001%04d"


class TicketFixture(BranchFixture):
    """Two sibling prefectures, each with a warehouse, keeper, desk and one outlet.

    ``north`` is the scene of the action, ``south`` the neighbour that must see nothing.
    Users: ``keeper``, ``desk``, ``head`` (north), ``keeper_south``, ``desk_south``.
    """

    @classmethod
    def _set_up_tickets(cls):
        cls._set_up_branches()
        cls.numbers = count(1)
        cls.serials = {}
        cls.cartons = {}
        cls.warehouse = cls._create_warehouse(cls.north, "NW")
        cls.warehouse_south = cls._create_warehouse(cls.south, "SW")
        cls.keeper = cls._create_user("t_keeper", cls.north, "warehouse_keeper")
        cls.desk = cls._create_user("t_desk", cls.north, "order_desk")
        cls.head = cls._create_user("t_head", cls.north, "branch_head")
        cls.keeper_south = cls._create_user("t_keeper_s", cls.south, "warehouse_keeper")
        cls.desk_south = cls._create_user("t_desk_s", cls.south, "order_desk")
        cls.outlet = cls._create_outlet(cls.north_county)
        cls.outlet_south = cls._create_outlet(cls.south)
        cls.game = cls._create_game("TA01", face_value=5, tickets_per_pack=100)
        cls.other_game = cls._create_game("TA02", face_value=10, tickets_per_pack=50)

    # === MASTER DATA === #

    @classmethod
    def _create_warehouse(cls, branch, code):
        return cls.env["stock.warehouse"].create(
            {"name": f"Warehouse {code}", "code": code, "branch_id": branch.id}
        )

    @classmethod
    def _create_owner(cls, branch=None, **values):
        number = next(cls.numbers)
        return cls.env["res.partner"].create(
            {
                "name": f"Owner {number}",
                "phone": PHONE % number,
                "branch_id": (branch or cls.north).id,
                "is_outlet_owner": True,
                **values,
            }
        )

    @classmethod
    def _create_outlet(cls, branch=None, owner=None, state="active", **values):
        """An outlet of ``branch`` with its account, opened unless told otherwise."""
        branch = branch or cls.north_county
        number = next(cls.numbers)
        outlet = cls.env["lottery.outlet"].create(
            {
                "number": f"6599{number:06d}",
                "name": f"Outlet {number}",
                "branch_id": branch.id,
                "owner_id": (owner or cls._create_owner(branch)).id,
                "address": f"Street {number}",
                **values,
            }
        )
        if state == "active":
            outlet.action_start_opening()
            outlet.action_activate()
        return outlet

    @classmethod
    def _create_game(cls, code=None, state="on_sale", **values):
        """A game on sale with 20 packs in a carton unless told otherwise."""
        game = cls.env["instant.game"].create(
            {
                "code": code or f"T{next(cls.numbers):04d}",
                "name": f"Game {code or next(cls.numbers)}",
                "face_value": 10,
                "tickets_per_pack": 50,
                "packs_per_carton": 20,
                **values,
            }
        )
        if state != "draft":
            game._update_state("on_sale")
        if state == "exiting":
            game._update_state("exiting")
        return game

    # === STOCK AND MONEY === #

    @classmethod
    def _announce(cls, game, warehouse, packs, reference=None):
        """Load a manifest of whole cartons; the last one may hold fewer packs.

        :return: the receipt
        """
        size = game.packs_per_carton
        rows = []
        serial = cls.serials.get(game.id, 1)
        carton = cls.cartons.get(game.id, 1)
        last = serial + packs - 1
        while serial <= last:
            to = min(serial + size - 1, last)
            rows.append(
                {
                    "game": game.code,
                    "carton": carton,
                    "serial_from": serial,
                    "serial_to": to,
                }
            )
            serial, carton = to + 1, carton + 1
        cls.serials[game.id], cls.cartons[game.id] = serial, carton
        return cls.env["instant.receipt"]._create_from_manifest(
            warehouse, rows, reference=reference
        )

    @classmethod
    def _stock(cls, game, warehouse, packs):
        """Receive ``packs`` packs; return them, lowest serial first."""
        receipt = cls._announce(game, warehouse, packs)
        for carton in receipt.carton_ids:
            receipt._set_carton_state(carton.id, "arrived")
        receipt.action_validate()
        return receipt.carton_ids.pack_ids.sorted("serial")

    @classmethod
    def _top_up(cls, outlet, amount):
        """Put ``amount`` yuan on the outlet's instant account, as ILMS would."""
        accounts = cls.env["instant.account"].sudo()
        accounts._lock_outlets(outlet.ids)
        accounts._book(outlet.id, "top_up", amount)

    # === ORDERS === #

    @classmethod
    def _place(cls, outlet, packs_by_game, *, channel="desk", key=None, user=None):
        """Place an order of ``{game: packs}``; return it."""
        orders = cls.env["instant.order"]
        if user:
            orders = orders.with_user(user)
        placed = orders._place(
            outlet.id,
            [(game.id, packs) for game, packs in packs_by_game.items()],
            channel=channel,
            key=key or uuid.uuid4().hex,
        )
        cls.env.invalidate_all()
        return cls.env["instant.order"].browse(placed["order_id"])

    @classmethod
    def _lock(cls, order):
        """ILMS accepts the order: it waits for picking."""
        order._set_locked({"reference": f"L-{order.name}"})
        return order

    @classmethod
    def _pick(cls, order, user=None):
        """Scan free packs for every line, pack by pack; return them."""
        order = order.with_user(user or cls.keeper)
        taken = cls.env["instant.pack"]
        for line in order.sudo().line_ids:
            packs = cls.env["instant.pack"].search(
                [
                    ("game_id", "=", line.game_id.id),
                    ("warehouse_id", "=", order.sudo().warehouse_id.id),
                    ("state", "=", "available"),
                ],
                limit=line.quantity - line.scanned,
            )
            for pack in packs:
                answer = order.scan_station_scan(pack.code)
                assert answer["result"] == "ok", answer
            taken |= packs
        return taken

    @classmethod
    def _ship(cls, order, user=None):
        """Pick, close the parcel, let ILMS confirm; return the packs."""
        packs = cls._pick(order, user)
        order.with_user(user or cls.keeper).scan_station_confirm()
        order.invalidate_recordset()
        order._set_shipped({"reference": f"C-{order.name}"})
        return packs

    @classmethod
    def _ready_order(cls, packs=3, stock=40, game=None, outlet=None):
        """A locked order of ``packs`` packs with stock and money behind it."""
        game, outlet = game or cls.game, outlet or cls.outlet
        cls._stock(game, outlet.warehouse_id, stock)
        cls._top_up(outlet, game.pack_amount * packs)
        return cls._lock(cls._place(outlet, {game: packs}))

    # === CHECKS === #

    @contextmanager
    def assertUserError(self, pattern):
        """A refusal whose text matches; rolled back as Odoo would."""
        with self.assertRaises(UserError) as caught:
            yield
        self.assertRegex(str(caught.exception), pattern)

    def assertBooksAgree(self):
        """Every equation of money and packs holds."""
        broken = [
            row for row in self.env["instant.conservation"]._check() if not row["ok"]
        ]
        self.assertFalse(broken)

    def assertPacks(self, packs, state):
        packs.invalidate_recordset()
        self.assertEqual(set(packs.mapped("state")), {state})


class TicketCase(TicketFixture, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_tickets()


class TicketHttpCase(TicketFixture, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_tickets()
