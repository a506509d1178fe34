from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..stock.stock_move import LEDGER

# What creating and confirming a picking by the ORM leaves in the tables.
INSERT_PICKING = """
    WITH place AS (
        SELECT o.name AS origin, o.carrier_id, o.warehouse_id, w.branch_id,
               w.lot_stock_id, t.id AS type_id, t.company_id, t.move_type,
               t.reservation_method, t.reservation_days_before, s.partner_id,
               now() AT TIME ZONE 'UTC' AS moment,
               date_trunc('second', now() AT TIME ZONE 'UTC') AS second
          FROM instant_order o
          JOIN stock_warehouse w ON w.id = o.warehouse_id
          JOIN stock_picking_type t ON t.id = w.out_type_id
          JOIN lottery_outlet s ON s.id = o.outlet_id
         WHERE o.id = %(order)s
    ), goods AS (
        SELECT l.id AS line_id, l.quantity, p.id AS product_id, m.uom_id,
               COALESCE(p.weight, 0) * l.quantity AS weight
          FROM instant_order_line l
          JOIN instant_game g ON g.id = l.game_id
          JOIN product_product p ON p.id = g.product_id
          JOIN product_template m ON m.id = p.product_tmpl_id
         WHERE l.order_id = %(order)s
    ), picking AS (
        INSERT INTO stock_picking (
               name, origin, partner_id, picking_type_id, company_id, branch_id,
               location_id, location_dest_id, carrier_id, instant_order_id, move_type,
               state, priority, is_locked, has_deadline_issue, weight, shipping_weight,
               scheduled_date, user_id, create_uid, create_date, write_uid, write_date)
        SELECT %(name)s, origin, partner_id, type_id, company_id, branch_id,
               lot_stock_id, %(destination)s, carrier_id, %(order)s, move_type,
               'confirmed', '0', TRUE, FALSE, (SELECT sum(weight) FROM goods), 0,
               second, %(uid)s, %(uid)s, moment, %(uid)s, moment
          FROM place
     RETURNING id
    ), moves AS (
        INSERT INTO stock_move (
               picking_id, reference, picking_type_id, company_id, branch_id, partner_id,
               product_id, product_uom, packaging_uom_id, product_qty, product_uom_qty,
               packaging_uom_qty, quantity, picked, location_id, location_dest_id,
               instant_order_line_id, weight, sequence, priority, state, procure_method,
               propagate_cancel, additional, to_refund, is_in, is_out, is_dropship,
               date, reservation_date, create_uid, create_date, write_uid, write_date)
        SELECT k.id, %(name)s, type_id, company_id, branch_id, partner_id,
               product_id, uom_id, uom_id, quantity, quantity,
               quantity, 0, FALSE, lot_stock_id, %(destination)s,
               line_id, weight, 10, '0', 'confirmed', 'make_to_stock',
               TRUE, FALSE, TRUE, FALSE, FALSE, FALSE,
               second,
               CASE reservation_method
                    WHEN 'at_confirm' THEN second::date
                    WHEN 'by_date' THEN second::date - reservation_days_before END,
               %(uid)s, moment, %(uid)s, moment
          FROM picking k, place, goods
         ORDER BY line_id
     RETURNING product_id
    ), bound AS (
        UPDATE instant_order SET picking_id = picking.id
          FROM picking WHERE instant_order.id = %(order)s
    )
    SELECT id, (SELECT array_agg(product_id) FROM moves) FROM picking
"""


class InstantOrder(models.Model):
    """Goods: the picking of an order, confirming out, leaving the warehouse."""

    _inherit = "instant.order"

    picking_ids = fields.One2many(
        "stock.picking", "instant_order_id", readonly=True, string="Pickings"
    )
    picking_id = fields.Many2one(
        "stock.picking", readonly=True, copy=False, index="btree_not_null"
    )

    def _create_picking(self):
        """Create the outgoing picking of a locked order; reservation is manual.

        Written in SQL: the ORM makes the same rows (a test compares them column by
        column) with some forty queries more, while the counters are locked.
        """
        self.ensure_one()
        partner = self.outlet_id.partner_id
        partner.fetch(["property_stock_customer"])
        self.flush_recordset()
        [(sequence_id,)] = self.env.execute_query(
            SQL(
                """
                SELECT t.sequence_id FROM stock_warehouse w
                  JOIN stock_picking_type t ON t.id = w.out_type_id WHERE w.id = %s
                """,
                self.warehouse_id.id,
            )
        )
        # sudo: numbers are drawn by who may not read the sequence
        name = self.env["ir.sequence"].sudo().browse(sequence_id).next_by_id()
        self.env.cr.execute(
            INSERT_PICKING,
            {
                "order": self.id,
                "name": name,
                "destination": partner.property_stock_customer.id,
                "uid": self.env.uid,
            },
        )
        (picking_id, product_ids) = self.env.cr.fetchone()
        self.invalidate_recordset(["picking_id", "picking_ids"])
        picking = self.env["stock.picking"].browse(picking_id)
        # sudo: rules for reordering are none of the order's user
        if (
            self.env["stock.warehouse.orderpoint"]
            .sudo()
            .search_count([("product_id", "in", product_ids)], limit=1)
        ):
            picking.move_ids._update_orderpoints()
        return picking

    def _cancel_picking(self):
        self.picking_id.filtered(
            lambda p: p.state not in ("done", "cancel")
        ).with_context(instant_ledger=LEDGER, tracking_disable=True).action_cancel()

    def _start_picking(self):
        """The first scan of an order makes it a picking; the books are locked."""
        self.ensure_one()
        if self.state == "locked":
            self._update_state("picking")

    def action_confirm_out(self):
        """Close the parcel: everything is scanned, ILMS is asked to confirm."""
        self.check_access("write")
        for order in self:
            with order._on_books() as locked:
                locked._confirm_out()
        self.invalidate_recordset()
        return True

    def _confirm_out(self):
        self.ensure_one()
        if self.confirming:
            return
        if self.state != "picking":
            raise UserError(
                self.env._(
                    "Order %(name)s is not being picked (state: %(state)s).",
                    name=self.name,
                    state=dict(self._fields["state"]._description_selection(self.env))[
                        self.state
                    ],
                )
            )
        self._check_scan_complete()
        self.confirming = True
        self.flush_recordset(["confirming"])
        self._ask_ilms_confirm()

    def _get_slip_packs(self):
        """Return what the packing slip lists: packs by game, serials in ranges.

        :return: ``[{"game", "packs", "ranges": [(first label, last label, packs)]}]``
        """
        self.ensure_one()
        packs = self.env["instant.pack"].search(
            [("order_id", "=", self.id)], order="game_id, serial"
        )
        return [
            {"game": game, "packs": len(own), "ranges": own._get_label_ranges()}
            for game, own in packs.grouped("game_id").items()
        ]

    def _check_scan_complete(self):
        """Check 12 at close: scanned = ordered, line by line, pack by pack."""
        self.ensure_one()
        missing = [
            self.env._(
                "%(game)s: %(scanned)s of %(wanted)s",
                game=line.game_id.name,
                scanned=line.scanned,
                wanted=line.quantity,
            )
            for line in self.line_ids
            if line.scanned != line.quantity
        ]
        if missing:
            raise UserError(
                self.env._(
                    "Not everything is scanned. %(lines)s", lines="; ".join(missing)
                )
            )
        picked = dict(
            self.env["instant.pack"]._read_group(
                [("order_id", "=", self.id), ("state", "=", "picked")],
                ["order_line_id"],
                ["__count"],
            )
        )
        if any(picked.get(line, 0) != line.quantity for line in self.line_ids):
            raise UserError(
                self.env._(
                    "The packs bound to order %(name)s differ from its lines. Undo the "
                    "scans and scan again.",
                    name=self.name,
                )
            )

    def _set_shipped(self, answer):
        """ILMS confirmed: goods leave, the hold becomes a deduction."""
        self.ensure_one()
        self._lock_books()
        if self.state not in ("picking", "exception") or self.shipped_at:
            return False
        self._check_scan_complete()
        self._deduct_holds()
        self._validate_picking()
        packs = self.env["instant.pack"].search(
            [("order_id", "=", self.id), ("state", "=", "picked")]
        )
        packs._move_to(
            "in_transit",
            outlet_id=self.outlet_id,
            location_id=self.picking_id.location_dest_id,
        )
        self.env["instant.carton"]._follow_packs(packs.carton_id.ids)
        self.confirming = False
        self._update_state("shipped", note=answer.get("reference"))
        return True

    def _set_confirm_refused(self, reason):
        """ILMS refused to confirm: goods stay, the desk has to act."""
        return self._set_exception(reason)

    def _validate_picking(self):
        """Let the scanned packs leave from the places where they lay."""
        picking = self.picking_id.with_context(
            instant_ledger=LEDGER,
            cancel_backorder=True,
            skip_sms=True,
            tracking_disable=True,
        )
        lines = self.env["stock.move.line"].with_context(tracking_disable=True)
        picking.move_line_ids.unlink()
        moves = {move.instant_order_line_id.id: move for move in picking.move_ids}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT order_line_id, location_id, count(*) FROM instant_pack
                 WHERE order_id = %s AND state = 'picked' GROUP BY 1, 2 ORDER BY 1, 2
                """,
                self.id,
            )
        )
        lines.create(
            [
                {
                    "picking_id": picking.id,
                    "move_id": moves[line_id].id,
                    "product_id": moves[line_id].product_id.id,
                    "product_uom_id": moves[line_id].product_uom.id,
                    "location_id": location_id,
                    "location_dest_id": picking.location_dest_id.id,
                    "quantity": packs,
                    "picked": True,
                }
                for line_id, location_id, packs in rows
            ]
        )
        picking._action_done()
