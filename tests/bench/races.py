"""Many at once for the same packs: no promise twice, no serial twice (IT-BEN-01, 06)."""

import uuid

from odoo.exceptions import UserError
from odoo.service.model import retrying

from .frame import absolute, measures, race

RACERS, RACE_PACKS = 20, 10
IMPORTERS, IMPORTED_CARTONS, CARTON = 8, 25, 20
FIRST_SERIAL = 9_000_000


@measures("IT-BEN-01")
def promises(stage):
    """20 orders for 10 packs, again and again; who is refused is told so."""
    worst, twice = 0, 0
    for _run in range(stage.size.races):
        game_id = _stock_game(stage)
        placed = race([lambda g=game_id: _place_or_none(stage, g)] * RACERS)
        for error in filter(lambda r: isinstance(r, Exception), placed):
            raise error
        worst = max(worst, sum(1 for order in placed if order) / RACE_PACKS)
        with stage.site.env() as env:
            env.cr.execute(
                "SELECT count(*) FROM instant_availability "
                "WHERE game_id = %s AND held > on_hand",
                [game_id],
            )
            twice += env.cr.fetchone()[0]
    yield absolute(
        "IT-BEN-01",
        f"promised / available, {RACERS} orders on {RACE_PACKS} packs",
        worst,
        "x",
        "<= 1.0",
        worst <= 1 and not twice,
        reference=_race_vanilla(stage),
        note=f"{stage.size.races} runs; the reference ran once",
    )


def _stock_game(stage):
    with stage.site.env(commit=True) as env:
        fixture = stage.bind(env)
        game = fixture._create_game(code=f"R{uuid.uuid4().hex[:8]}".upper())
        warehouse = env["stock.warehouse"].browse(stage.tickets.ids["warehouse"])
        fixture._stock(game, warehouse, RACE_PACKS)
        return game.id


def _place_or_none(stage, game_id):
    with stage.site.env(commit=True) as env:
        try:
            return stage.tickets.place(env, game_id, 1)
        except UserError:
            return None


def _race_vanilla(stage):
    """Deliveries that stock Odoo calls fully reserved, by packs there are."""
    vanilla = stage.vanilla
    with vanilla.site.env(commit=True) as env:
        product = vanilla.create_game(env, f"RACE-{uuid.uuid4().hex[:8]}")
        vanilla.create_serials(env, product, RACE_PACKS)
        orders = [vanilla.draft(env, [(product.id, 1)]).id for _n in range(RACERS)]

    def confirm(order_id):
        with vanilla.site.env(commit=True) as env:
            order = env["sale.order"].browse(order_id)

            def work():
                order.action_confirm()
                return order.picking_ids.state == "assigned"

            return retrying(work, env)

    reserved = race([lambda o=order: confirm(o) for order in orders])
    return sum(1 for answer in reserved if answer is True) / RACE_PACKS


@measures("IT-BEN-06")
def imports(stage):
    """The same manifest loaded at once by eight people."""
    game_id = stage.tickets.ids["small"]
    with stage.site.env() as env:
        code = env["instant.game"].browse(game_id).code
    manifest = [
        {
            "game": code,
            "carton": 900_000 + n,
            "serial_from": FIRST_SERIAL + CARTON * n,
            "serial_to": FIRST_SERIAL + CARTON * n + CARTON - 1,
        }
        for n in range(IMPORTED_CARTONS)
    ]
    loaded = race([lambda: _load(stage, manifest)] * IMPORTERS)
    with stage.site.env() as env:
        packs = env["instant.pack"].search_count(
            [("game_id", "=", game_id), ("serial", ">=", FIRST_SERIAL)]
        )
    expected = IMPORTED_CARTONS * CARTON
    yield absolute(
        "IT-BEN-06",
        f"duplicate serials in {IMPORTERS} concurrent imports",
        packs - expected,
        "packs",
        "0",
        packs == expected and sum(1 for answer in loaded if answer is True) == 1,
    )


def _load(stage, manifest):
    with stage.site.env(commit=True) as env:
        warehouse = env["stock.warehouse"].browse(stage.tickets.ids["warehouse"])
        receipts = env["instant.receipt"]
        return bool(
            retrying(lambda: receipts._create_from_manifest(warehouse, manifest), env)
        )


@measures("IT-BEN-06")
def books(stage):
    """After everything that ran before on this database."""
    with stage.site.env() as env:
        broken = [c for c in env["instant.conservation"]._check() if not c["ok"]]
    yield absolute(
        "IT-WHS-01",
        "equations of packs and money broken after all of it",
        len(broken),
        "equations",
        "0",
        not broken,
        note=", ".join(check["name"] for check in broken),
    )
