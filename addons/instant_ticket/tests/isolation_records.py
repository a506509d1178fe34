"""Records of a unit for the isolation walk (PF-SEC-02)."""

import base64
import io
from itertools import count

from PIL import Image

from odoo import fields

from odoo.addons.lottery_base.tests.isolation import common, create_record, factory

from .common import TicketFixture

_numbers = count(7000)

common("instant.game", "games are sold in the whole province")
common("instant.closure", "a closure without a unit concerns the whole province")
common("instant.pack.state", "the states of packs are the suite's configuration")
common("instant.pack.transition", "the steps of packs are the suite's configuration")


def _make_fixture(env, branch):
    """Return a fixture class with one outlet and warehouse of ``branch``."""
    fixture = type("IsolationTickets", (TicketFixture,), {})
    fixture.env = env
    fixture.numbers = _numbers
    fixture.serials, fixture.cartons = {}, {}
    fixture.north = fixture.north_county = branch
    fixture.warehouse = create_record(env, "stock.warehouse", branch)
    fixture.outlet = create_record(env, "lottery.outlet", branch)
    if fixture.outlet.state != "active":
        fixture.outlet.action_start_opening()
        fixture.outlet.action_activate()
    fixture.game = fixture._create_game()
    return fixture


def _make_order(env, branch, scan=False):
    fixture = _make_fixture(env, branch)
    order = fixture._ready_order(packs=1, stock=20)
    if scan:
        pack = env["instant.pack"].search(
            [("game_id", "=", fixture.game.id), ("state", "=", "available")], limit=1
        )
        order._scan(pack.code)
    return order


@factory("instant.account")
def get_account(env, branch):
    return _make_fixture(env, branch).outlet.account_ids


@factory("instant.account.move")
def create_account_move(env, branch):
    return _make_order(env, branch).account_move_ids[:1]


@factory("instant.availability")
def create_availability(env, branch):
    fixture = _make_fixture(env, branch)
    fixture._stock(fixture.game, fixture.warehouse, 1)
    return fixture.game.availability_ids


@factory("instant.receipt")
def create_receipt(env, branch):
    fixture = _make_fixture(env, branch)
    return fixture._announce(fixture.game, fixture.warehouse, 1)


@factory("instant.receipt.difference")
def create_difference(env, branch):
    receipt = create_receipt(env, branch)
    receipt.action_close()
    return receipt.difference_ids


@factory("instant.carton")
def create_carton(env, branch):
    return create_receipt(env, branch).carton_ids


@factory("instant.pack")
def create_pack(env, branch):
    return create_carton(env, branch).pack_ids


@factory("instant.pack.event")
def create_pack_event(env, branch):
    return create_pack(env, branch).event_ids


@factory("instant.order")
def create_order(env, branch):
    return _make_order(env, branch)


@factory("instant.order.line")
def create_order_line(env, branch):
    return _make_order(env, branch).line_ids


@factory("instant.order.event")
def create_order_event(env, branch):
    return _make_order(env, branch).event_ids[:1]


@factory("instant.scan")
def create_scan(env, branch):
    order = _make_order(env, branch, scan=True)
    return env["instant.scan"].search([("order_id", "=", order.id)])


common("instant.ilms.reconcile", "it counts what was compared in the whole province")
common("instant.ilms.page", "it is thrown away after comparing; administrators only")


@factory("instant.ilms.difference")
def create_ilms_difference(env, branch):
    order = _make_order(env, branch)
    return env["instant.ilms.difference"]._report(
        "order", order.name, order.state, "released", order
    )


@factory("instant.account.transfer")
def create_account_transfer(env, branch):
    outlet = create_record(env, "lottery.outlet", branch)
    return env["instant.account.transfer"].create({"outlet_id": outlet.id, "amount": 1})


@factory("instant.sale.day")
def create_sale_day(env, branch):
    fixture = _make_fixture(env, branch)
    sales = env["instant.sale.day"]
    row = {"outlet": fixture.outlet.number, "game": fixture.game.code}
    sales._take_over("2026-05-01", [{**row, "packs": 1, "amount": 100}])
    return sales.search([("outlet_id", "=", fixture.outlet.id)])


@factory("instant.order.claim")
def create_claim(env, branch):
    order = _make_order(env, branch)
    photo = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(photo, "PNG")
    return env["instant.order.claim"].create(
        {
            "order_id": order.id,
            "kind": "short",
            "packs": 1,
            "photo_ids": [
                fields.Command.create({"image": base64.b64encode(photo.getvalue())})
            ],
        }
    )


@factory("instant.order.claim.photo")
def create_claim_photo(env, branch):
    return create_claim(env, branch).photo_ids
