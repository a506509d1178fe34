from odoo import api, fields, models


class StockMove(models.Model):
    _inherit = "stock.move"

    branch_id = fields.Many2one(
        comodel_name="lottery.branch",
        compute="_compute_branch_id",
        store=True,
        index=True,
        ondelete="restrict",
    )

    @api.depends(
        "picking_type_id.branch_id",
        "location_id.branch_id",
        "location_dest_id.branch_id",
    )
    def _compute_branch_id(self):
        """The unit whose operation it is; for corrections the place's unit."""
        for move in self:
            move.branch_id = (
                move.picking_type_id.branch_id
                or move.location_id.branch_id
                or move.location_dest_id.branch_id
            )
