"""The owner's order page: queries, flat in the number of outlets (IT-BEN-05)."""

import statistics
import uuid

from .filling import multiply
from .frame import Meter, absolute, at_most, measures
from .inside import Visitor

FEW = 1_000
VISITS = 15
PAGE = "/my/tickets"
REFERENCE_PAGE = "/my/orders"


@measures("IT-BEN-05")
def order_page(stage):
    shop, shop_of_theirs = Shop(stage), VanillaShop(stage)
    measured = {}
    for outlets in (FEW, stage.size.outlets):
        shop.grow_to(outlets)
        shop_of_theirs.grow_to(outlets)
        measured[outlets] = [visit() for visit in (shop.visit, shop_of_theirs.visit)]
    few, many = measured[FEW], measured[stage.size.outlets]
    name = f"order page, {stage.size.games} games"
    yield at_most(
        "IT-BEN-05",
        f"{name}, {stage.size.outlets:,} outlets",
        many[0][0],
        many[1][0],
        "queries",
        0.5,
        note="reference: /my/orders + free quantities",
    )
    grown = f"{stage.size.outlets:,} outlets against {FEW:,}"
    yield at_most(
        "IT-BEN-05", f"{name}, {grown}", many[0][0], few[0][0], "queries", 1.0
    )
    yield absolute(
        "IT-BEN-05",
        f"{name}, {grown}, time",
        many[0][1],
        "ms",
        "ratio <= 1.3",
        many[0][1] <= 1.3 * few[0][1],
        reference=few[0][1],
        note=f"vanilla {few[1][1]:.0f} ms, then {many[1][1]:.0f} ms",
    )


def visit_often(visitor, path):
    """Return (queries, milliseconds) once all caches are warm.

    The best time of all: sizes are measured minutes apart, and what else the machine
    did then must not look like growth.
    """
    visitor.get(path)
    seen = [visitor.get(path) for _visit in range(VISITS)]
    queries = statistics.median(queries for _text, queries, _seconds in seen)
    return queries, min(seconds for *_, seconds in seen) * 1000


class Shop:
    """A prefecture with its outlets, each with an account and an order."""

    def __init__(self, stage):
        self.stage, self.outlets = stage, 1
        with stage.site.env(commit=True) as env:
            fixture = stage.bind(env)
            north = stage.make_prefectures(env, ["page"])
            fixture.north = north
            self.code = uuid.uuid4().hex[:5].upper()
            warehouse = fixture._create_warehouse(north, self.code)
            outlet = fixture._create_outlet(north)
            outlet._ensure_portal_user()
            fixture._top_up(outlet, 1_000_000)
            games = [
                fixture._create_game(f"{self.code}{number:02d}", launch_date=None)
                for number in range(stage.size.games)
            ]
            for game in games:
                fixture._stock(game, warehouse, 5)
            env.cr.commit()  # placing works in a transaction of its own
            order = fixture._place(outlet, {games[0]: 1, games[1]: 1})
            self.ids = outlet.id, outlet.account_ids.id, order.id
            login = outlet.user_id.login
        self.visitor = Visitor(stage.site, login)

    def grow_to(self, outlets):
        outlet_id, account_id, order_id = self.ids
        more = outlets - self.outlets
        with self.stage.site.env(commit=True) as env:
            cr = env.cr
            number = f"'{self.code}' || ({self.outlets} + n)"
            copies = multiply(
                cr,
                "lottery_outlet",
                outlet_id,
                more,
                number=number,
                user_id="NULL::int",
            )
            first = f"{copies[0]} + n - 1"
            multiply(cr, "instant_account", account_id, more, outlet_id=first)
            orders = multiply(
                cr,
                "instant_order",
                order_id,
                more,
                outlet_id=first,
                name=f"'B{self.code}-' || ({self.outlets} + n)",
                key="gen_random_uuid()::text",
                access_token="gen_random_uuid()::text",
            )
            lines = env["instant.order"].browse(order_id).line_ids.ids
            for line_id in lines:
                multiply(
                    cr,
                    "instant_order_line",
                    line_id,
                    more,
                    order_id=f"{orders[0]} + n - 1",
                )
            cr.execute("ANALYZE")
        self.outlets = outlets

    def visit(self):
        text, *_ = self.visitor.get(PAGE)
        if text.count(self.code) < self.stage.size.games:
            raise AssertionError("the page does not show the games")
        return visit_often(self.visitor, PAGE)


class VanillaShop:
    """A customer with portal access among as many others, serial-tracked products."""

    def __init__(self, stage):
        self.stage, self.site = stage, stage.vanilla.site
        self.customers = 1
        with self.site.env(commit=True) as env:
            self.products = [
                stage.vanilla.create_game(env, f"PAGE-{uuid.uuid4().hex[:8]}").id
                for _number in range(stage.size.games)
            ]
            for product in env["product.product"].browse(self.products):
                stage.vanilla.create_serials(env, product, 5)
            login = f"customer-{uuid.uuid4().hex[:8]}"
            user = env["res.users"].create(
                {
                    "name": login,
                    "login": login,
                    "group_ids": [(6, 0, [env.ref("base.group_portal").id])],
                }
            )
            for product_id in self.products[:3]:
                order = stage.vanilla.draft(env, [(product_id, 1)])
                order.partner_id = user.partner_id
                order.action_confirm()
                order.message_subscribe(user.partner_id.ids)
            self.partner_id, self.order_id = user.partner_id.id, order.id
        self.visitor = Visitor(self.site, login)

    def grow_to(self, customers):
        more = customers - self.customers
        with self.site.env(commit=True) as env:
            partners = multiply(
                env.cr,
                "res_partner",
                self.partner_id,
                more,
                commercial_partner_id="NULL::int",
                signup_type="NULL",
            )
            env.cr.execute(
                "UPDATE res_partner SET commercial_partner_id = id WHERE id = ANY(%s)",
                [partners],
            )
            multiply(
                env.cr,
                "sale_order",
                self.order_id,
                more,
                partner_id=f"{partners[0]} + n - 1",
                access_token="gen_random_uuid()::text",
            )
            env.cr.execute("ANALYZE")
        self.customers = customers

    def visit(self):
        queries, ms = visit_often(self.visitor, REFERENCE_PAGE)
        meter = Meter()
        for _visit in range(VISITS):
            with self.site.env() as env, meter.measure(env):
                env["product.product"].browse(self.products).mapped("free_qty")
        return queries + meter.query_count, ms + min(meter.seconds) * 1000
