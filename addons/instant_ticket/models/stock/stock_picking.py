from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine.pack_code import parse_label
from .stock_move import LEDGER


class StockPicking(models.Model):
    _inherit = "stock.picking"

    instant_order_id = fields.Many2one(
        "instant.order", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    instant_receipt_id = fields.Many2one(
        "instant.receipt", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    instant_pack_count = fields.Integer(
        compute="_compute_instant_pack_count", string="Packs Scanned"
    )

    def _compute_instant_pack_count(self):
        counts = dict(
            self.env["instant.pack"]._read_group(
                [("picking_id", "in", self.ids)], ["picking_id"], ["__count"]
            )
        )
        for picking in self:
            picking.instant_pack_count = counts.get(picking, 0)

    def _is_auto_batchable(self, picking=None):
        """Parcels go out one by one at the station; waves are made by the keeper."""
        return not self.instant_order_id and super()._is_auto_batchable(picking)

    @api.model
    def get_empty_list_help(self, help_message):
        """Keep the help of the ticket transfers; core puts its own in its place."""
        if self.env.context.get("instant_transfer"):
            return help_message
        return super().get_empty_list_help(help_message)

    # === GATE === #

    def _check_not_of_ledger(self):
        for picking in self:
            if picking.instant_order_id:
                raise UserError(
                    self.env._(
                        "%(picking)s belongs to order %(order)s: confirm it at the "
                        "scan-out station.",
                        picking=picking.name,
                        order=picking.instant_order_id.name,
                    )
                )

    def _pre_action_done_hook(self):
        """The gate (architecture 3.3): an order's parcel leaves by its order only."""
        if self.env.context.get("instant_ledger") is not LEDGER:
            self._check_not_of_ledger()
        return super()._pre_action_done_hook()

    def _action_done(self):
        if self.env.context.get("instant_ledger") is not LEDGER:
            self._check_not_of_ledger()  # a batch does not pass the hook above
        return super()._action_done()

    def action_cancel(self):
        """A parcel is cancelled by its order; a transfer lets go of its packs."""
        if self.env.context.get("instant_ledger") is not LEDGER:
            self._check_not_of_ledger()
        bound = self.filtered("instant_pack_count")
        bound._unbind_packs()
        return super().action_cancel()

    # === PACKS OF A TRANSFER === #

    def action_open_pack_scan(self):
        """Open the form that binds scanned packs and cartons to this transfer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Scan Packs"),
            "res_model": "instant.transfer.scan",
            "view_mode": "form",
            "target": "new",
            "context": {"default_picking_id": self.id},
        }

    def action_view_instant_packs(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pack Ledger"),
            "res_model": "instant.pack",
            "view_mode": "list,form",
            "domain": [("picking_id", "=", self.id)],
        }

    def action_release_packs(self):
        """Let go of the packs scanned for this transfer."""
        self.check_access("write")
        self._unbind_packs()

    def _bind_code(self, raw):
        """Bind the packs of a scanned label to this transfer.

        The packs are held until the transfer is done or cancelled.

        :return: number of packs bound
        :raise UserError: not a label, not here, not free, or more than is to be moved
        """
        self.ensure_one()
        self.check_access("write")
        self._check_not_of_ledger()
        if self.state in ("done", "cancel"):
            raise UserError(
                self.env._("%(picking)s is already finished.", picking=self.name)
            )
        label = parse_label(raw)
        if not label or label.kind == "order":
            raise UserError(self.env._("This is no label of a pack or carton."))
        packs = self._find_free_packs(label)
        game = packs.game_id
        wanted = sum(
            move.product_uom_qty
            for move in self.move_ids
            if move.product_id == game.product_id and move.state != "cancel"
        )
        bound = self.env["instant.pack"].search_count(
            [("picking_id", "=", self.id), ("game_id", "=", game.id)]
        )
        if bound + len(packs) > wanted:
            raise UserError(
                self.env._(
                    "%(game)s: %(wanted)s packs are to be moved, %(bound)s are scanned.",
                    game=game.display_name,
                    wanted=round(wanted),
                    bound=bound,
                )
            )
        counters_sudo = self.env["instant.availability"].sudo()  # held for the transfer
        warehouse = packs.warehouse_id
        counters_sudo._lock([(warehouse.id, game.id)])
        counters_sudo._add_held(warehouse.id, {game.id: len(packs)})
        packs.sudo()._move_to("locked", picking_id=self, reason=self.name)
        return len(packs)

    def _find_free_packs(self, label):
        domain = [("game_id.code", "=", label.game)]
        if label.kind == "carton":
            domain += [("carton_id.number", "=", label.number)]
            domain += [("carton_id.state", "=", "in_stock")]
        else:
            domain += [("serial", "=", label.number)]
        packs = self.env["instant.pack"].search(domain)
        if not packs:
            raise UserError(
                self.env._("%(label)s is not in the ledger.", label=label.text)
            )
        inside = self.env["stock.location"].search(
            [("id", "child_of", self.location_id.id)]
        )
        for pack in packs:
            if pack.state != "available" or pack.location_id not in inside:
                raise UserError(
                    self.env._(
                        "Pack %(pack)s is not free in %(place)s (%(state)s).",
                        pack=pack.code,
                        place=self.location_id.display_name,
                        state=dict(pack._selection_state()).get(pack.state, pack.state),
                    )
                )
        return packs

    def _unbind_packs(self):
        """Free the packs that were scanned for these transfers."""
        packs_sudo = self.env["instant.pack"].sudo()  # bound by the same right
        packs = packs_sudo.search([("picking_id", "in", self.ids)])
        if not packs:
            return
        counters_sudo = self.env["instant.availability"].sudo()  # held for the transfer
        for warehouse_id, by_game in self._free_bound_packs_count().items():
            counters_sudo._lock([(warehouse_id, game) for game in by_game])
            counters_sudo._add_held(
                warehouse_id, {game: -count for game, count in by_game.items()}
            )
        packs._move_to("available", picking_id=False)

    def _free_bound_packs_count(self):
        """Return ``{warehouse id: {game id: packs bound to these transfers}}``."""
        held = defaultdict(dict)
        if not self:
            return held
        rows = self.env.execute_query(
            SQL(
                """
                SELECT warehouse_id, game_id, count(*) FROM instant_pack
                 WHERE picking_id IN %s AND state = 'locked'
                 GROUP BY 1, 2 ORDER BY 1, 2
                """,
                tuple(self.ids),
            )
        )
        for warehouse_id, game_id, count in rows:
            held[warehouse_id][game_id] = count
        return held
