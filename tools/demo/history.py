"""Orders of the demo in every state, made by the suite's own verbs."""

import random

from .ilms import settle

ORDERS = 70


def load(env):
    """Balances from ILMS, then orders from waiting to received."""
    env["lottery.outbox.channel.ilms"]._cron_refresh_balances()
    settle(env)
    if env["instant.order"].search_count([]):
        return
    chance = random.Random(7)
    outlets = env["lottery.outlet"].search([("state", "=", "active")], order="number")
    orders = env["instant.order"]
    for number in range(ORDERS):
        outlet = outlets[chance.randrange(len(outlets))]
        lines = choose_lines(env, outlet, chance)
        if not lines:
            continue
        placed = orders._place(
            outlet.id,
            lines,
            channel=chance.choice(("portal", "portal", "portal", "desk")),
            key=f"demo-{number}",
        )
        orders |= orders.browse(placed["order_id"])
    settle(env)
    for share, step in ((0.75, pick), (0.7, confirm), (0.5, deliver), (0.35, receive)):
        for order in orders[: round(len(orders) * share)]:
            env.cr.commit()  # each step sees what the one before wrote
            env.invalidate_all()
            step(order)
        settle(env)


def choose_lines(env, outlet, chance):
    """Return ``[(game id, packs)]`` that stock and balance allow."""
    rows = env["instant.availability"].search(
        [("warehouse_id", "=", outlet.warehouse_id.id), ("available", ">=", 6)]
    )
    usable = outlet.instant_available * 0.4
    lines = []
    for row in chance.sample(list(rows), min(len(rows), chance.randint(1, 4))):
        packs = chance.randint(1, 3)
        usable -= row.game_id.pack_amount * packs
        if usable < 0:
            break
        lines.append((row.game_id.id, packs))
    return lines


def pick(order):
    if order.state != "locked":
        return
    for line in order.line_ids:
        packs = order.env["instant.pack"].search(
            [
                ("game_id", "=", line.game_id.id),
                ("warehouse_id", "=", order.warehouse_id.id),
                ("state", "=", "available"),
            ],
            limit=line.quantity,
        )
        for pack in packs:
            order._scan(pack.code, f"demo-{pack.id}")


def confirm(order):
    if order.state == "picking":
        order.action_confirm_out()


def deliver(order):
    if order.state == "shipped":
        order.action_deliver(order.pickup_code, receiver=order.owner_id.name)


def receive(order):
    if order.state == "delivered":
        order.action_confirm_receipt()
