from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...const import MAX_PACKS_PER_LINE


class InstantOrderLine(models.Model):
    _name = "instant.order.line"
    _description = "Order Line"
    _inherit = ["lottery.branch.mixin"]
    _order = "order_id, id"
    _rec_name = "game_id"

    order_id = fields.Many2one(
        "instant.order", required=True, index=True, ondelete="cascade"
    )
    branch_id = fields.Many2one(
        related="order_id.branch_id", store=True, index=True, default=None
    )
    outlet_id = fields.Many2one(related="order_id.outlet_id")
    state = fields.Selection(related="order_id.state")
    game_id = fields.Many2one(
        "instant.game", required=True, index=True, ondelete="restrict"
    )
    quantity = fields.Integer(required=True, default=1, string="Packs")
    currency_id = fields.Many2one(related="game_id.currency_id")
    pack_amount = fields.Monetary(
        compute="_compute_pack_amount", store=True, readonly=True
    )
    amount = fields.Monetary(compute="_compute_amount", store=True)
    scanned = fields.Integer(readonly=True, default=0)
    available = fields.Integer(
        compute="_compute_available", string="In Stock", help="Packs free to order."
    )

    _order_game_uniq = models.Constraint(
        "UNIQUE(order_id, game_id)", "A game stands once in an order."
    )
    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "The number of packs must be above zero."
    )
    _scanned_within_quantity = models.Constraint(
        "CHECK(scanned >= 0 AND scanned <= quantity)",
        "More packs scanned than ordered.",
    )

    @api.depends("game_id")
    def _compute_pack_amount(self):
        for line in self:
            line.pack_amount = line.game_id.pack_amount

    @api.depends("pack_amount", "quantity")
    def _compute_amount(self):
        for line in self:
            line.amount = line.pack_amount * line.quantity

    @api.depends("game_id", "order_id.warehouse_id")
    def _compute_available(self):
        rows = self.env["instant.availability"].search_fetch(
            [
                ("warehouse_id", "in", self.order_id.warehouse_id.ids),
                ("game_id", "in", self.game_id.ids),
            ],
            ["warehouse_id", "game_id", "on_hand", "held"],
        )
        free = {(row.warehouse_id, row.game_id): row.available for row in rows}
        for line in self:
            line.available = free.get((line.order_id.warehouse_id, line.game_id), 0)

    @api.constrains("quantity")
    def _check_quantity(self):
        for line in self:
            if line.quantity > MAX_PACKS_PER_LINE:
                raise ValidationError(
                    self.env._(
                        "%(game)s: at most %(max)s packs in one order.",
                        game=line.game_id.display_name,
                        max=MAX_PACKS_PER_LINE,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        orders = self.env["instant.order"].browse(
            {vals["order_id"] for vals in vals_list if vals.get("order_id")}
        )
        orders._check_editable()
        return super().create(vals_list)

    def write(self, vals):
        self.order_id._check_editable()
        if "scanned" in vals or "order_id" in vals:
            raise UserError(self.env._("Scans are counted by the scan-out station."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_of_drafts(self):
        self.order_id._check_editable()
