from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

from odoo.addons.lottery_base.tools.progress import progress

# the ledger moves this many packs in one statement, then tells how far it is
PACKS_A_STEP = 10_000

RECEIPT_STATES = [
    ("draft", "Draft"),
    ("receiving", "Receiving"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
]

DIFFERENCE_KINDS = [
    ("missing", "Missing"),
    ("extra", "Not announced"),
    ("damaged", "Damaged"),
    ("duplicate", "Duplicate serial"),
]

# what is here and not yet put in stock: whole cartons, and packs out of opened ones
ARRIVED_PACKS = """
    SELECT p.id, p.game_id FROM instant_pack p
      JOIN instant_carton c ON c.id = p.carton_id
     WHERE c.receipt_id = %s
       AND (p.state = 'arrived' OR (p.state = 'expected' AND c.state = 'arrived'))
     ORDER BY p.id
"""

EXPECTED_PACKS = """
    SELECT p.id FROM instant_pack p
      JOIN instant_carton c ON c.id = p.carton_id
     WHERE c.receipt_id = %s AND p.state = 'expected' AND c.state <> 'arrived'
     ORDER BY p.id
"""


class InstantReceipt(models.Model):
    """Cartons announced by a manifest, scanned in, put in stock (IT-WHS-02).

    The manifest is loaded in ``instant_receipt_load``, scanning is in
    ``instant_receipt_scan``.
    """

    _name = "instant.receipt"
    _description = "Receipt of Packs"
    _inherit = ["lottery.branch.mixin", "lottery.state.mixin", "lottery.journal.mixin"]
    _order = "id desc"
    _rec_names_search = ["name", "reference"]

    _state_transitions = {
        "draft": {"receiving", "cancelled"},
        "receiving": {"done", "cancelled"},
        "done": set(),
        "cancelled": set(),
    }

    name = fields.Char(
        readonly=True, copy=False, default=lambda self: self.env._("New")
    )
    reference = fields.Char(
        copy=False,
        string="Manifest",
        help="Number of the printer's or ILMS's manifest.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self._default_warehouse_id(),
    )
    branch_id = fields.Many2one(
        related="warehouse_id.branch_id", store=True, index=True, default=None
    )
    source = fields.Selection(
        [("file", "File"), ("ilms", "ILMS")],
        required=True,
        default="file",
        readonly=True,
    )
    state = fields.Selection(
        RECEIPT_STATES, default="draft", required=True, readonly=True, copy=False
    )
    date = fields.Datetime(default=fields.Datetime.now, required=True)
    user_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    note = fields.Text()
    carton_ids = fields.One2many("instant.carton", "receipt_id", readonly=True)
    difference_ids = fields.One2many(
        "instant.receipt.difference", "receipt_id", readonly=True
    )
    picking_ids = fields.One2many("stock.picking", "instant_receipt_id", readonly=True)
    scan_ids = fields.One2many("instant.scan", "receipt_id", readonly=True)
    carton_count = fields.Integer(compute="_compute_counts", string="Cartons")
    carton_arrived_count = fields.Integer(
        compute="_compute_counts", string="Cartons Scanned"
    )
    pack_count = fields.Integer(compute="_compute_counts", string="Packs")
    pack_arrived_count = fields.Integer(
        compute="_compute_counts", string="Waiting to be Put in Stock"
    )
    pack_received_count = fields.Integer(compute="_compute_counts", string="In Stock")
    difference_count = fields.Integer(compute="_compute_counts", string="Differences")
    progress = fields.Float(compute="_compute_counts", help="Share of packs received.")

    _reference_uniq = models.UniqueIndex(
        "(warehouse_id, reference) WHERE reference IS NOT NULL AND state <> 'cancelled'",
        "This manifest was already loaded for the warehouse.",
    )

    @api.model
    def _default_warehouse_id(self):
        return self.env["stock.warehouse"].search(
            [("branch_id", "child_of", self.env.user.branch_ids.ids)], limit=1
        )

    def _compute_counts(self):
        empty = (0, 0, 0, 0, 0, 0)
        rows = {}
        if self.ids:
            self.env["instant.receipt.difference"].flush_model()
            self.env.cr.execute(
                SQL(
                    """
                    SELECT r.id, COALESCE(c.cartons, 0), COALESCE(c.arrived, 0),
                           COALESCE(p.packs, 0), COALESCE(p.arrived, 0),
                           COALESCE(p.received, 0),
                           (SELECT count(*) FROM instant_receipt_difference d
                             WHERE d.receipt_id = r.id)
                      FROM instant_receipt r
                      LEFT JOIN (
                           SELECT receipt_id, count(*) AS cartons,
                                  count(*) FILTER (
                                      WHERE state NOT IN ('expected', 'missing')
                                  ) AS arrived
                             FROM instant_carton WHERE receipt_id IN %(ids)s
                            GROUP BY 1) c ON c.receipt_id = r.id
                      LEFT JOIN (
                           SELECT c.receipt_id, count(*) AS packs,
                                  count(*) FILTER (
                                      WHERE p.state = 'arrived'
                                         OR p.state = 'expected' AND c.state = 'arrived'
                                  ) AS arrived,
                                  count(*) FILTER (
                                      WHERE p.state NOT IN
                                            ('expected', 'arrived', 'missing')
                                  ) AS received
                             FROM instant_pack p
                             JOIN instant_carton c ON c.id = p.carton_id
                            WHERE c.receipt_id IN %(ids)s
                            GROUP BY 1) p ON p.receipt_id = r.id
                     WHERE r.id IN %(ids)s
                    """,
                    ids=tuple(self.ids),
                )
            )
            rows = {row[0]: row[1:] for row in self.env.cr.fetchall()}
        for receipt in self:
            (
                receipt.carton_count,
                receipt.carton_arrived_count,
                receipt.pack_count,
                receipt.pack_arrived_count,
                receipt.pack_received_count,
                receipt.difference_count,
            ) = rows.get(receipt.id, empty)
            done = receipt.pack_received_count
            receipt.progress = 100 * done / receipt.pack_count if done else 0

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["name"] = self.env["ir.sequence"].next_by_code("instant.receipt")
        return super().create(vals_list)

    def write(self, vals):
        if "warehouse_id" in vals and any(self.mapped("carton_ids")):
            raise UserError(
                self.env._("The warehouse is fixed once the manifest is loaded.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_loaded(self):
        for receipt in self:
            if receipt.carton_ids:
                raise UserError(
                    self.env._(
                        "Receipt %(name)s has a manifest and is kept.",
                        name=receipt.name,
                    )
                )

    def _on_state_changed(self, old_by_id, target, note=None):
        self._journal(
            f"receipt.{target}",
            lambda receipt: {
                "receipt": receipt.name,
                "manifest": receipt.reference or "",
                "packs": receipt.pack_count,
                "in_stock": receipt.pack_received_count,
                "differences": receipt.difference_count,
            },
        )
        return super()._on_state_changed(old_by_id, target, note=note)

    # === ACTIONS === #

    def _lock(self):
        """Take the receipts' rows: scans and closing of one receipt follow each other."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM instant_receipt WHERE id IN %s ORDER BY id FOR UPDATE",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset()

    def action_validate(self):
        """Put everything scanned in stock; what is missing may still arrive."""
        self.check_access("write")
        for receipt in self:
            receipt._lock()
            if receipt.state != "receiving":
                raise UserError(
                    self.env._("Receipt %(name)s is not open.", name=receipt.name)
                )
            if not receipt._put_in_stock():
                raise UserError(
                    self.env._(
                        "Nothing was scanned yet on %(name)s.", name=receipt.name
                    )
                )
            if receipt.pack_received_count == receipt.pack_count:
                receipt._update_state("done")
        return True

    def action_close(self):
        """End the receipt: what has not arrived is missing from now on."""
        self.check_access("write")
        for receipt in self:
            receipt._lock()
            receipt._put_in_stock()
            receipt._book_missing()
            receipt._update_state("done")
        return True

    def action_cancel(self):
        """Withdraw a manifest of which nothing has arrived; its serials are free again.

        The announcement leaves the ledger: nobody has seen these packs.
        """
        self.check_access("write")
        for receipt in self:
            receipt._lock()
            if receipt.pack_arrived_count or receipt.pack_received_count:
                raise UserError(
                    self.env._(
                        "Packs of %(name)s are here already; close it instead.",
                        name=receipt.name,
                    )
                )
            receipt._withdraw_manifest()
            receipt._update_state("cancelled")
        return True

    def _put_in_stock(self):
        """Receive the packs that arrived: stock move, counters and ledger at once.

        :return: number of packs put in stock
        """
        self.ensure_one()
        self.env.cr.execute(ARRIVED_PACKS, [self.id])
        ids_by_game = {}
        for pack_id, game_id in self.env.cr.fetchall():
            ids_by_game.setdefault(game_id, []).append(pack_id)
        if not ids_by_game:
            return 0
        picking = self._create_receipt_picking()
        supplier = picking.location_id
        places = {
            game_id: picking.location_dest_id._get_putaway_strategy(
                self.env["instant.game"].browse(game_id).product_id, len(ids)
            )
            for game_id, ids in ids_by_game.items()
        }
        self.env["stock.move"].sudo()._post_packs(  # keeper's right checked by the door
            [
                (self.env["instant.game"].browse(game_id), supplier, places[game_id], n)
                for game_id, n in ((g, len(ids)) for g, ids in ids_by_game.items())
            ],
            picking=picking,
            origin=self.name,
        )
        packs_sudo = self.env["instant.pack"].sudo()  # nobody writes the ledger by hand
        total = sum(map(len, ids_by_game.values()))
        with progress(self.env, self.env._("Putting packs in stock"), total) as bar:
            for game_id, ids in sorted(ids_by_game.items()):
                for some in split_every(PACKS_A_STEP, ids, list):
                    packs_sudo.browse(some)._move_to(
                        "available", location_id=places[game_id], reason=picking.name
                    )
                    bar.advance(len(some))
        self._settle_cartons()
        return total

    def _settle_cartons(self):
        """Cartons that arrived whole are in stock where their packs are."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE instant_carton c
                   SET state = CASE c.state WHEN 'arrived' THEN 'in_stock' ELSE c.state END,
                       location_id = p.location_id
                  FROM (SELECT carton_id, min(location_id) AS location_id
                          FROM instant_pack WHERE state = 'available' GROUP BY 1) p
                 WHERE c.receipt_id = %s AND p.carton_id = c.id
                   AND c.state IN ('arrived', 'broken')
                """,
                self.id,
            )
        )
        self.env["instant.carton"].invalidate_model()
        self.invalidate_recordset()

    def _create_receipt_picking(self):
        operation = self.warehouse_id.in_type_id
        supplier = operation.default_location_src_id or self.env.ref(
            "stock.stock_location_suppliers"
        )
        picking_sudo = self.env["stock.picking"].sudo()  # right checked by the door
        return picking_sudo.with_context(tracking_disable=True).create(
            {
                "picking_type_id": operation.id,
                "location_id": supplier.id,
                "location_dest_id": operation.default_location_dest_id.id,
                "origin": self.name,
                "instant_receipt_id": self.id,
            }
        )

    def _book_missing(self):
        """Whatever was announced and did not come is missing, with its serials."""
        self.env.cr.execute(EXPECTED_PACKS, [self.id])
        ids = [pack_id for (pack_id,) in self.env.cr.fetchall()]
        if not ids:
            return
        packs_sudo = self.env["instant.pack"].sudo()  # nobody writes the ledger by hand
        packs_sudo.browse(ids)._move_to(
            "missing",
            reason=self.env._("Not in the delivery of %(name)s", name=self.name),
        )
        self.env.cr.execute(
            SQL(
                """
                WITH lost AS (
                    SELECT p.carton_id, count(*) AS packs, min(p.serial) AS first,
                           max(p.serial) AS last
                      FROM instant_pack p WHERE p.id = ANY(%(ids)s) GROUP BY 1
                ), carton AS (
                    UPDATE instant_carton c
                       SET state = CASE c.state
                               WHEN 'expected' THEN 'missing' ELSE c.state END
                      FROM lost WHERE lost.carton_id = c.id
                )
                INSERT INTO instant_receipt_difference
                       (receipt_id, branch_id, kind, carton_id, game_id, packs,
                        serial_from, serial_to, user_id, date)
                SELECT c.receipt_id, c.branch_id, 'missing', c.id, c.game_id, lost.packs,
                       lost.first, lost.last, %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM lost JOIN instant_carton c ON c.id = lost.carton_id
                """,
                ids=ids,
                uid=self.env.uid,
            )
        )
        self.env.invalidate_all()

    def action_view_packs(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "instant_ticket.instant_pack_action"
        )
        return {
            **action,
            "domain": [("carton_id.receipt_id", "=", self.id)],
            "context": {"search_default_group_by_state": 1},
        }

    def action_view_differences(self):
        self.ensure_one()
        return self.difference_ids._get_records_action(name=self.env._("Differences"))

    def action_view_pickings(self):
        self.ensure_one()
        return self.picking_ids._get_records_action(name=self.env._("Receipts"))

    def action_open_station(self):
        """Open the scanning screen on this receipt."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "instant_ticket.receive_station",
            "name": self.name,
            "target": "fullscreen",
            "params": {"receipt_id": self.id},
        }


class InstantReceiptDifference(models.Model):
    """Where a delivery differs from its manifest."""

    _name = "instant.receipt.difference"
    _description = "Difference of a Receipt"
    _inherit = ["lottery.branch.mixin"]
    _order = "id desc"
    _log_access = False

    receipt_id = fields.Many2one(
        "instant.receipt", required=True, readonly=True, index=True, ondelete="cascade"
    )
    branch_id = fields.Many2one(readonly=True, default=None)
    warehouse_id = fields.Many2one(related="receipt_id.warehouse_id")
    kind = fields.Selection(DIFFERENCE_KINDS, required=True, readonly=True)
    game_id = fields.Many2one("instant.game", readonly=True)
    carton_id = fields.Many2one("instant.carton", readonly=True)
    pack_id = fields.Many2one("instant.pack", readonly=True)
    code = fields.Char(readonly=True, string="Label", help="As it was scanned or read.")
    packs = fields.Integer(readonly=True)
    serial_from = fields.Integer(readonly=True, aggregator=None)
    serial_to = fields.Integer(readonly=True, aggregator=None)
    note = fields.Char(readonly=True, help="What the manifest or the ledger says.")
    date = fields.Datetime(readonly=True)
    user_id = fields.Many2one("res.users", readonly=True)
    settled = fields.Boolean(readonly=True, string="Dealt With")
    settled_note = fields.Char(help="Who answers for it and how it was settled.")
    settled_by_id = fields.Many2one("res.users", readonly=True)
    settled_at = fields.Datetime(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(self.env._("Differences are found by loading and scanning."))

    def write(self, vals):
        if set(vals) - {"settled_note"} and not self.env.su:
            raise UserError(self.env._("Only the settlement of a difference changes."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A difference that was found is kept."))

    def action_settle(self):
        """Close differences; each needs a note of who answers for it."""
        self.check_access("write")
        for difference in self:
            if not difference.settled_note:
                raise UserError(
                    self.env._("Note first who answers for it and how it was settled.")
                )
        self.sudo().write(  # these fields are not the user's to type
            {
                "settled": True,
                "settled_by_id": self.env.uid,
                "settled_at": fields.Datetime.now(),
            }
        )
