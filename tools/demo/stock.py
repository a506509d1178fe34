"""Games, warehouses and the packs in them."""

from . import ilms
from .catalogue import game_values
from .places import PLACES


def load_places(env):
    """A warehouse for each prefecture, all games on sale."""
    branches = env["lottery.branch"].search([("code", "in", list(PLACES))])
    have = env["stock.warehouse"].search([]).branch_id
    env["stock.warehouse"].create(
        [
            {
                "name": f"{branch.name}即开票库",
                "code": branch.code,
                "branch_id": branch.id,
            }
            for branch in branches - have
        ]
    )
    known = set(env["instant.game"].search([]).mapped("code"))
    games = env["instant.game"].create(
        [values for code, values in game_values() if code not in known]
    )
    games.action_start_sale()


def load_packs(env):
    """Take in the manifests that ILMS announces: cartons scanned, packs in stock."""
    env["lottery.outbox.channel.ilms"]._cron_fetch_manifests()
    ilms.settle(env)
    for receipt in env["instant.receipt"].search([("state", "=", "receiving")]):
        for carton in receipt.carton_ids:
            receipt._in_scan(carton.code, f"demo-{carton.id}", "_take_arrived")
        env.cr.commit()  # to see what those transactions wrote
        receipt.action_validate()
        env.cr.commit()
