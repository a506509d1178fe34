from odoo import api, fields, models
from odoo.exceptions import UserError

from ...const import SCAN_REASONS

SCAN_RESULTS = [("ok", "Correct"), ("undone", "Undone"), ("refused", "Wrong")]


class InstantScan(models.Model):
    """One scan at a station and what came of it; append-only, written in SQL."""

    _name = "instant.scan"
    _description = "Scan"
    _inherit = ["lottery.branch.mixin"]
    _order = "id desc"
    _rec_name = "code"
    _log_access = False

    code = fields.Char(readonly=True)
    result = fields.Selection(SCAN_RESULTS, required=True, readonly=True)
    check_number = fields.Integer(
        readonly=True, string="Check", aggregator=None, help="Which check refused it."
    )
    reason = fields.Selection(SCAN_REASONS, readonly=True)
    message = fields.Char(readonly=True)
    packs = fields.Integer(readonly=True, help="Packs taken (+) or put back (−).")
    order_id = fields.Many2one(
        "instant.order", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    receipt_id = fields.Many2one(
        "instant.receipt", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    branch_id = fields.Many2one(readonly=True, default=None)
    pack_id = fields.Many2one("instant.pack", readonly=True, index="btree_not_null")
    carton_id = fields.Many2one("instant.carton", readonly=True)
    undoes_id = fields.Many2one("instant.scan", readonly=True, index="btree_not_null")
    key = fields.Char(readonly=True, help="A scan sent twice is one scan.")
    user_id = fields.Many2one("res.users", readonly=True)
    date = fields.Datetime(readonly=True)

    _key_uniq = models.UniqueIndex(
        "(COALESCE(order_id, 0), COALESCE(receipt_id, 0), key) WHERE key IS NOT NULL",
        "This scan was already taken.",
    )

    def init(self):
        """The same guard as on the history of packs."""
        super().init()
        self.env.cr.execute(
            """
            CREATE OR REPLACE TRIGGER instant_scan_append_only
            BEFORE UPDATE OR DELETE ON instant_scan
            FOR EACH ROW EXECUTE FUNCTION instant_append_only()
            """
        )

    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(self.env._("Scans are recorded by the stations."))

    def write(self, vals):
        raise UserError(self.env._("A recorded scan cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A recorded scan cannot be deleted."))
