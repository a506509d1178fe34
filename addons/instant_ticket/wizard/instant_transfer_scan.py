from odoo import api, fields, models


class InstantTransferScan(models.TransientModel):
    """Bind scanned packs and cartons to a transfer; unscanned ones are chosen at
    validation, whole cartons first."""

    _name = "instant.transfer.scan"
    _description = "Packs of a Transfer"

    picking_id = fields.Many2one(
        "stock.picking", required=True, readonly=True, string="Transfer"
    )
    code = fields.Text(
        string="Labels", help="Scan pack or carton labels, one a line, then apply."
    )
    wanted = fields.Integer(compute="_compute_progress", string="To Move")
    bound = fields.Integer(compute="_compute_progress", string="Scanned")

    @api.depends("picking_id")
    def _compute_progress(self):
        games = self.env["instant.game"]
        for scan in self:
            moves = scan.picking_id.move_ids.filtered(lambda m: m.state != "cancel")
            products = games.search(
                [("product_id", "in", moves.product_id.ids)]
            ).product_id
            scan.wanted = sum(
                move.product_uom_qty for move in moves if move.product_id in products
            )
            scan.bound = scan.picking_id.instant_pack_count

    def action_apply(self):
        """Bind every label of the list, or none."""
        self.ensure_one()
        for code in dict.fromkeys((self.code or "").split()):
            self.picking_id._bind_code(code)
        self.code = False
        return self.picking_id.action_open_pack_scan()
