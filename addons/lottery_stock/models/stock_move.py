from odoo import api, fields, models


def first_branch(*records):
    """Return the unit of the first of ``records`` that has one."""
    return next((record.branch_id for record in records if record.branch_id), False)


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
            move.branch_id = first_branch(
                move.picking_type_id, move.location_id, move.location_dest_id
            )


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    branch_id = fields.Many2one(
        comodel_name="lottery.branch",
        compute="_compute_branch_id",
        store=True,
        index=True,
        ondelete="restrict",
    )

    @api.depends(
        "move_id.branch_id",
        "picking_id.branch_id",
        "location_id.branch_id",
        "location_dest_id.branch_id",
    )
    def _compute_branch_id(self):
        """The move's unit; a line without one goes by its document and places."""
        for line in self:
            line.branch_id = first_branch(
                line.move_id, line.picking_id, line.location_id, line.location_dest_id
            )
