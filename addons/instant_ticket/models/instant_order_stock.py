from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .stock_move import LEDGER


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
        """Create the outgoing picking of a locked order; reservation is manual."""
        self.ensure_one()
        warehouse = self.warehouse_id
        picking_type = warehouse.out_type_id
        destination = self.outlet_id.partner_id.property_stock_customer
        picking = (
            self.env["stock.picking"]
            .with_context(
                instant_ledger=LEDGER,
                tracking_disable=True,
                mail_create_nosubscribe=True,
            )
            .create(
                {
                    "partner_id": self.outlet_id.partner_id.id,
                    "picking_type_id": picking_type.id,
                    "location_id": warehouse.lot_stock_id.id,
                    "location_dest_id": destination.id,
                    "origin": self.name,
                    "instant_order_id": self.id,
                    "carrier_id": self.carrier_id.id,
                    "date_deadline": self.deadline,
                    "move_ids": [
                        fields.Command.create(
                            self._prepare_move_values(line, destination)
                        )
                        for line in self.line_ids
                    ],
                }
            )
        )
        picking.action_confirm()
        picking = picking.with_context(instant_ledger=None)
        picking.move_ids._update_orderpoints()
        self.picking_id = picking
        return picking

    def _prepare_move_values(self, line, destination):
        product = line.game_id.product_id
        return {
            "product_id": product.id,
            "product_uom": product.uom_id.id,
            "product_uom_qty": line.quantity,
            "location_id": self.warehouse_id.lot_stock_id.id,
            "location_dest_id": destination.id,
            "instant_order_line_id": line.id,
        }

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
