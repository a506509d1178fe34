from odoo import fields, models


class LotteryReconcileRow(models.Model):
    """A record as the central system has it, while its month is open."""

    _name = "lottery.reconcile.row"
    _description = "Row of a Central System"
    _log_access = False
    _order = "id"
    _rec_name = "key"

    run_id = fields.Many2one(
        "lottery.reconcile.run", required=True, readonly=True, ondelete="cascade"
    )
    key = fields.Char(required=True, readonly=True)
    facts = fields.Json(readonly=True)

    _key_uniq = models.Constraint("UNIQUE(run_id, key)", "Each key once in a file.")
