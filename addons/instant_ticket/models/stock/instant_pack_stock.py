from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class InstantPack(models.Model):
    """Packs and stock together: every door that takes packs in or out of stock."""

    _inherit = "instant.pack"

    # === DOORS === #

    def action_change(self, state, reason=None, evidence=None):
        """Report packs lost, damaged, stolen, recalled, found, returned …

        :param str state: code of the target state
        :param dict evidence: see ``_move_to``; files are attachments of the caller
        :raise UserError: the step is not allowed, not the caller's, or lacks evidence
        """
        self.check_access("read")
        if not self:
            raise UserError(self.env._("No packs were named."))
        reason = str(reason or "")
        evidence = self._clean_evidence(evidence)
        self._move_with_stock(str(state), reason=reason, evidence=evidence)
        self._journal_change(state, reason)
        return True

    @api.model
    def _clean_evidence(self, evidence):
        """Keep what counts as evidence of what came over RPC.

        :raise AccessError: a file that the caller may not read
        """
        evidence = evidence if isinstance(evidence, dict) else {}
        cleaned = {}
        if evidence.get("reference"):
            cleaned["reference"] = str(evidence["reference"])[:128]
        ids = [i for i in evidence.get("attachment_ids") or () if type(i) is int]
        files = self.env["ir.attachment"].browse(ids).exists()
        files.check_access("read")
        if files:
            cleaned["attachment_ids"] = files.ids
        for name in ("ticket_from", "ticket_to"):
            if type(evidence.get(name)) is int:
                cleaned[name] = evidence[name]
        return cleaned

    def _journal_change(self, state, reason):
        self.env["lottery.journal"]._append(
            [
                {
                    "event": f"pack.{state}",
                    "model": self._name,
                    "res_id": pack.id,
                    "branch_id": pack.branch_id.id,
                    "values": {"pack": pack.code, "reason": reason or ""},
                }
                for pack in self
            ]
        )

    # === STOCK AND LEDGER === #

    def _move_with_stock(self, state, *, reason=None, evidence=None):
        """Take packs to ``state`` and let stock and counters follow.

        Packs that leave the states counted on hand go to the loss location, packs that
        come back go to their warehouse's stock, each step with a document of its
        operation type. ``location_id`` is always the place whose quant counts the pack.
        """
        self.env["instant.availability"].sudo()._lock(  # counters: no user's own rows
            sorted({(p.warehouse_id.id, p.game_id.id) for p in self if p.warehouse_id})
            or [(0, 0)]
        )
        self.invalidate_recordset()
        self._check_steps(state, reason, evidence)
        kept = {*self.env["instant.pack.state"]._get_stock_codes(), "transfer"}
        moving = self.filtered(
            lambda p: (p.state in kept) != (state in kept) or state == "destroyed"
        )
        for (warehouse, source), packs in sorted(
            moving.grouped(lambda p: (p.warehouse_id, p.location_id)).items(),
            key=lambda item: [record.id or 0 for record in item[0]],
        ):
            target = packs._post_step(warehouse, source, state, kept, reason)
            packs._move_to(
                state,
                reason=reason,
                evidence=evidence,
                location_id=target,
                **self._prepare_return_values(state),
            )
            self.env["instant.carton"]._follow_packs(packs.carton_id.ids)
        (self - moving)._move_to(state, reason=reason, evidence=evidence)

    def _post_step(self, warehouse, source, state, kept, reason):
        """Post the stock moves of packs that lie in one place; return where they go."""
        by_game = self.grouped("game_id")
        if state not in kept and warehouse:
            for game, packs in by_game.items():
                packs._check_not_promised(warehouse, game)
        loss = self.game_id[:1].sudo().product_id.property_stock_inventory
        source = source or loss
        if state == "destroyed":
            kind, target = (
                "destruction",
                self.env.ref("instant_ticket.stock_location_destroyed"),
            )
        elif state in kept:
            kind = "return" if source.usage == "customer" else "count"
            target = warehouse.lot_stock_id
        else:
            kind, target = "count", loss
        picking = warehouse._create_ticket_picking(kind, source, target, reason)
        self.env["stock.move"].sudo()._post_packs(  # the step's rule was checked
            [(game, source, target, len(packs)) for game, packs in by_game.items()],
            picking=picking,
            origin=reason,
        )
        return target

    @api.model
    def _prepare_return_values(self, state):
        """A pack that is for sale again belongs to no order and no outlet."""
        if state != "available":
            return {}
        return {"order_id": False, "order_line_id": False, "outlet_id": False}

    def _check_not_promised(self, warehouse, game):
        """Packs that orders were promised cannot leave the stock (oversell)."""
        leaving = self.filtered(lambda p: p.state == "available")
        if not leaving:
            return
        rows = self.env.execute_query(
            SQL(
                "SELECT on_hand - held FROM instant_availability "
                "WHERE warehouse_id = %s AND game_id = %s",
                warehouse.id,
                game.id,
            )
        )
        free = rows[0][0] if rows else 0
        if free >= len(leaving):
            return
        orders_sudo = self.env["instant.order"].sudo()  # names of orders of this place
        orders = orders_sudo.search(
            [
                ("warehouse_id", "=", warehouse.id),
                ("holding", "=", True),
                ("line_ids.game_id", "=", game.id),
            ],
            order="id desc",
            limit=5,
        )
        raise UserError(
            self.env._(
                "%(game)s in %(warehouse)s: only %(free)s packs are not promised to "
                "orders. Cancel or stop an order first: %(orders)s.",
                game=game.display_name,
                warehouse=warehouse.display_name,
                free=free,
                orders=", ".join(orders.mapped("name")),
            )
        )

    def _let_go(self, pickings):
        """Packs scanned for a finished transfer beyond what it moved are free again."""
        left = self.search(
            [("picking_id", "in", pickings.ids), ("state", "=", "locked")]
        )
        left._move_to("available", picking_id=False)

    def _carry(self, game_id, source, target, packs, picking):
        """Take ``packs`` packs of a game along with a finished stock move.

        Packs bound to the picking go first, then free ones, whole cartons first; rows
        that others hold are passed over.

        :raise UserError: the ledger knows fewer free packs there; nothing is moved
        """
        warehouse = target.warehouse_id
        self.env.cr.execute(
            SQL(
                """
                WITH chosen AS (
                    SELECT p.id, p.state FROM instant_pack p
                     WHERE p.game_id = %(game)s AND p.location_id = %(source)s
                       AND (p.state IN ('available', 'transfer')
                            OR (p.state = 'locked' AND p.picking_id = %(picking)s))
                     ORDER BY (p.state = 'locked') DESC, p.carton_id, p.id
                     LIMIT %(packs)s
                       FOR UPDATE SKIP LOCKED
                ), moved AS (
                    UPDATE instant_pack p
                       SET location_id = %(target)s, warehouse_id = %(warehouse)s,
                           branch_id = COALESCE(%(branch)s, p.branch_id),
                           picking_id = NULL,
                           state = %(state)s
                      FROM chosen c WHERE c.id = p.id
                 RETURNING p.id, p.branch_id, p.warehouse_id, p.location_id, p.carton_id,
                           c.state AS from_state, p.state
                ), event AS (
                    INSERT INTO instant_pack_event
                           (pack_id, branch_id, warehouse_id, location_id, from_state,
                            to_state, date, user_id, reason)
                    SELECT id, branch_id, warehouse_id, location_id, from_state, state,
                           now() AT TIME ZONE 'UTC', %(uid)s, %(reason)s
                      FROM moved
                )
                SELECT count(*), array_agg(DISTINCT carton_id) FROM moved
                """,
                game=game_id,
                source=source.id,
                target=target.id,
                picking=picking.id or None,
                packs=packs,
                warehouse=warehouse.id or None,
                branch=warehouse.branch_id.id or None,
                state="available" if warehouse else "transfer",
                uid=self.env.uid,
                reason=picking.name or None,
            )
        )
        carried, carton_ids = self.env.cr.fetchone()
        if carried < packs:
            raise UserError(
                self.env._(
                    "%(place)s holds %(found)s free packs of %(game)s in the ledger; "
                    "%(packs)s were to be moved. Packs picked for orders stay.",
                    place=source.display_name,
                    found=carried,
                    game=self.env["instant.game"].browse(game_id).display_name,
                    packs=packs,
                )
            )
        self.env["instant.carton"]._follow_packs(carton_ids)
        self.env["instant.pack"].invalidate_model()


class InstantCarton(models.Model):
    _inherit = "instant.carton"

    @api.model
    def _follow_packs(self, carton_ids):
        """Put cartons where their packs are; one whose packs parted counts as opened."""
        carton_ids = [carton_id for carton_id in carton_ids or [] if carton_id]
        if not carton_ids:
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE instant_carton c
                   SET state = CASE
                           WHEN s.kept = 0 THEN 'gone'
                           -- came back: nobody saw whether it was opened meanwhile
                           WHEN c.state = 'gone' THEN 'broken'
                           WHEN s.kept < c.pack_count OR s.places > 1 THEN 'broken'
                           ELSE c.state END,
                       warehouse_id = COALESCE(s.warehouse_id, c.warehouse_id),
                       location_id = COALESCE(s.location_id, c.location_id),
                       branch_id = COALESCE(s.branch_id, c.branch_id)
                  FROM (SELECT carton_id,
                               count(*) FILTER (WHERE state = ANY(%(kept)s)) AS kept,
                               count(DISTINCT location_id)
                                   FILTER (WHERE state = ANY(%(kept)s)) AS places,
                               min(warehouse_id) FILTER (WHERE state = ANY(%(kept)s))
                                   AS warehouse_id,
                               min(location_id) FILTER (WHERE state = ANY(%(kept)s))
                                   AS location_id,
                               min(branch_id) FILTER (WHERE state = ANY(%(kept)s))
                                   AS branch_id
                          FROM instant_pack WHERE carton_id = ANY(%(ids)s)
                         GROUP BY carton_id) s
                 WHERE c.id = s.carton_id AND c.state NOT IN ('expected', 'missing', 'withdrawn')
                """,
                kept=[*self.env["instant.pack.state"]._get_stock_codes(), "transfer"],
                ids=carton_ids,
            )
        )
        self.invalidate_model()
