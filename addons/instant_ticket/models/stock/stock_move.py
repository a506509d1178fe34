from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

# only code of this addon can hold it: a context sent over RPC is made of JSON values
LEDGER = object()

KEPT_USAGES = ("internal", "transit")


class StockMove(models.Model):
    """Stock moves of games: counters and pack ledger follow every one of them.

    Moves between kept places carry packs along; a move that would let packs appear or
    vanish without their serials is refused.
    """

    _inherit = "stock.move"

    instant_order_line_id = fields.Many2one(
        "instant.order.line", readonly=True, index="btree_not_null", ondelete="restrict"
    )

    def _action_done(self, cancel_backorder=False):
        """Keep counters and ledger in step with the quants."""
        by_ledger = self.env.context.get("instant_ledger") is LEDGER
        if not by_ledger:
            self._check_ledger_allows()
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        steps = moves._get_ticket_steps()
        if not steps:
            return moves
        counters_sudo = self.env["instant.availability"].sudo()  # no user's own rows
        if by_ledger:
            counters_sudo._add_on_hand(self._get_deltas(steps))
            return moves
        freed = moves.picking_id._free_bound_packs_count()
        for warehouse_id, packs_by_game in freed.items():
            counters_sudo._lock([(warehouse_id, game) for game in packs_by_game])
            counters_sudo._add_held(
                warehouse_id, {game: -n for game, n in packs_by_game.items()}
            )
        deltas = self._get_deltas(steps)
        counters_sudo._check_free(deltas)
        counters_sudo._add_on_hand(deltas)
        packs_sudo = self.env["instant.pack"].sudo()  # the ledger is nobody's to write
        for step in steps:
            packs_sudo._carry(*step)
        packs_sudo._let_go(moves.picking_id)
        return moves

    def _update_orderpoints(self):
        """Once a document instead of at each of its steps; see ``_create_picking``."""
        if self.env.context.get("instant_ledger") is not LEDGER:
            super()._update_orderpoints()

    def _should_assign_at_confirm(self):
        """An order holds its packs in the counters; reserving quants adds nothing."""
        return not self.instant_order_line_id and super()._should_assign_at_confirm()

    # === GATE === #

    def _get_games(self):
        """Return ``{product id: game id}`` of the games among these moves."""
        games_sudo = self.env["instant.game"].sudo()  # also games the user cannot see
        games = games_sudo.with_context(active_test=False).search_fetch(
            [("product_id", "in", self.product_id.ids)], ["product_id"]
        )
        return {game.product_id.id: game.id for game in games}

    def _check_ledger_allows(self):
        """Refuse moves that the ledger cannot follow, before anything is written."""
        games = self._get_games()
        for move in self:
            if move.product_id.id not in games or move.state in ("done", "cancel"):
                continue
            lines = move.move_line_ids
            places = (
                [(line.location_id, line.location_dest_id) for line in lines]
                if lines
                else [(move.location_id, move.location_dest_id)]
            )
            for source, target in places:
                if source.usage in KEPT_USAGES and target.usage in KEPT_USAGES:
                    continue
                raise UserError(move._get_refusal(source, target))

    def _get_refusal(self, source, target):
        game = self.product_id.display_name
        if source.usage == "supplier":
            return self.env._(
                "%(game)s: packs arrive by a receipt with their manifest, not by a "
                "plain stock move.",
                game=game,
            )
        if target.usage == "customer":
            return self.env._(
                "%(game)s: packs leave at the scan-out station by their order only.",
                game=game,
            )
        if source.usage == "customer":
            return self.env._(
                "%(game)s: packs come back by their serials: change their state in the "
                "pack ledger.",
                game=game,
            )
        return self.env._(
            "%(game)s: report lost, damaged or found packs by their serials in the pack "
            "ledger; stock follows by itself.",
            game=game,
        )

    # === COUNTERS === #

    def _get_ticket_steps(self):
        """Return what these done moves did to games.

        :return: ``[(game_id, source location, target location, packs, picking)]``
        """
        games = self._get_games() if self else {}
        steps = defaultdict(int)
        for move in self:
            if move.product_id.id not in games or move.state != "done":
                continue
            for line in move.move_line_ids:
                if line.location_id == line.location_dest_id:
                    continue
                key = (
                    games[move.product_id.id],
                    line.location_id,
                    line.location_dest_id,
                    move.picking_id,
                )
                steps[key] += round(line.quantity_product_uom)
        return [
            (game_id, source, target, packs, picking)
            for (game_id, source, target, picking), packs in sorted(
                steps.items(),
                key=lambda item: (item[0][0], item[0][1].id, item[0][2].id),
            )
            if packs
        ]

    @api.model
    def _get_deltas(self, steps):
        """Return ``{(warehouse id, game id): packs}`` that the steps change."""
        deltas = defaultdict(int)
        for game_id, source, target, packs, _picking in steps:
            origin, goal = (
                place.warehouse_id.id if place.usage in KEPT_USAGES else None
                for place in (source, target)
            )
            if origin == goal:
                continue
            if origin:
                deltas[origin, game_id] -= packs
            if goal:
                deltas[goal, game_id] += packs
        return deltas

    # === MOVES OF THE LEDGER === #

    @api.model
    def _post_packs(self, rows, *, picking=None, origin=None):
        """Create and finish the moves of packs that the ledger itself takes along.

        :param rows: ``[(game, source location, target location, packs)]``
        :param picking: document that the moves belong to, or None
        :param str origin: shown as the moves' source document
        """
        moves = self.with_context(instant_ledger=LEDGER, tracking_disable=True).create(
            [
                self._prepare_pack_move_values(*row, picking, origin)
                for row in sorted(rows, key=lambda r: (r[0].id, r[1].id, r[2].id))
            ]
        )
        if picking:
            picking.with_context(
                instant_ledger=LEDGER, tracking_disable=True, skip_sms=True
            )._action_done()
        else:
            moves._action_done()
        return moves

    @api.model
    def _prepare_pack_move_values(self, game, source, target, packs, picking, origin):
        product = game.product_id
        company = (source.company_id or target.company_id or self.env.company).id
        line = {
            "product_id": product.id,
            "product_uom_id": product.uom_id.id,
            "quantity": packs,
            "location_id": source.id,
            "location_dest_id": target.id,
            "company_id": company,
            "picked": True,
        }
        values = {
            "product_id": product.id,
            "product_uom": product.uom_id.id,
            "product_uom_qty": packs,
            "location_id": source.id,
            "location_dest_id": target.id,
            "company_id": company,
            "origin": origin,
            "picked": True,
            "state": "confirmed",
        }
        if picking:
            values["picking_id"] = line["picking_id"] = picking.id
            values["picking_type_id"] = picking.picking_type_id.id
        return {**values, "move_line_ids": [Command.create(line)]}


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def write(self, vals):
        """A finished line of a game stands: Odoo would shift quants behind the ledger."""
        if set(vals) & {
            "quantity",
            "location_id",
            "location_dest_id",
            "product_id",
            "product_uom_id",
        }:
            done = self.filtered(lambda line: line.state == "done")
            if done.move_id._get_games():
                raise UserError(
                    self.env._(
                        "A finished stock move of instant tickets cannot be changed. "
                        "Correct it by the packs' serials in the pack ledger."
                    )
                )
        return super().write(vals)
