from odoo import api, models


class InstantOrder(models.Model):
    """What the station says when a scan is refused."""

    _inherit = "instant.order"

    @api.model
    def _get_scan_message(self, refusal):
        """Say in the keeper's language what is wrong and what to do."""
        facts = dict(refusal.facts)
        if "state" in facts:
            names = {
                **dict(self.env["instant.carton"]._fields["state"].selection),
                **dict(self.env["instant.pack.state"]._get_selection()),
                **dict(self._fields["state"]._description_selection(self.env)),
            }
            facts["state"] = names.get(facts["state"], facts["state"])
        texts = {
            "bad_code": lambda f: self.env._("%(code)s is not one of our labels.", **f),
            "unknown_game": lambda f: self.env._("There is no game %(game)s.", **f),
            "unknown_pack": lambda f: self.env._(
                "%(label)s is not in the ledger.", **f
            ),
            "unknown_carton": lambda f: self.env._(
                "%(label)s is not in the ledger.", **f
            ),
            "duplicate_serial": lambda f: self.env._(
                "%(label)s exists twice. Put it aside and report it.", **f
            ),
            "game_not_active": lambda f: self.env._(
                "Game %(game)s is not on sale.", **f
            ),
            "recalled": lambda f: self.env._(
                "%(label)s is recalled. Put it aside.", **f
            ),
            "not_in_stock": lambda f: self.env._("%(label)s: %(state)s.", **f),
            "other_warehouse": lambda f: self.env._(
                "%(label)s belongs to another warehouse.", **f
            ),
            "other_order": lambda f: self.env._(
                "%(label)s is taken by another order %(order)s.", **f
            ),
            "not_on_order": lambda f: self.env._(
                "%(label)s: this game was not ordered.", **f
            ),
            "line_full": lambda f: self.env._(
                "%(label)s: all %(wanted)s packs of the game are scanned.", **f
            ),
            "already_scanned": lambda f: self.env._(
                "%(label)s is scanned already.", **f
            ),
            "blocked": lambda f: self.env._("%(label)s: %(state)s. Put it aside.", **f),
            "outlet_inactive": lambda f: self.env._(
                "The outlet is not active. Stop picking."
            ),
            "not_deducted": lambda f: self.env._(
                "Order %(order)s is not to be picked (%(state)s).", **f
            ),
            "carton_opened": lambda f: self.env._(
                "Carton %(label)s was opened. Scan its packs.", **f
            ),
            "carton_not_free": lambda f: self.env._(
                "Not all packs of carton %(label)s are free. Scan its packs.", **f
            ),
            "carton_too_big": lambda f: self.env._(
                "Carton %(label)s has %(packs)s packs, %(left)s are wanted. Scan packs.",
                **f,
            ),
            "nothing_to_undo": lambda f: self.env._("There is nothing to undo."),
            "closed": lambda f: self.env._(
                "Order %(order)s is closed for scanning.", **f
            ),
        }
        return texts[refusal.reason](facts)
