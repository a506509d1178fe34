from odoo import api, models
from odoo.tools.translate import LazyTranslate

from odoo.addons.lottery_base.engine.columns import Column

_lt = LazyTranslate(__name__)

# What never held anything need not be known on the other side.
STOCK = """
    SELECT w.code || ' ' || g.code AS key, a.branch_id, a.id AS res_id,
           w.name AS label,
           jsonb_build_object(
               'on_hand', a.on_hand, 'locked', COALESCE(o.locked, 0)) AS facts,
           a.on_hand <> 0 OR COALESCE(o.locked, 0) <> 0 AS expected
      FROM instant_availability a
      JOIN stock_warehouse w ON w.id = a.warehouse_id
      JOIN instant_game g ON g.id = a.game_id
      LEFT JOIN (
           SELECT i.warehouse_id, l.game_id, sum(l.quantity) AS locked
             FROM instant_order i JOIN instant_order_line l ON l.order_id = i.id
            WHERE i.holding AND i.state <> 'submitted'
            GROUP BY i.warehouse_id, l.game_id
           ) o ON o.warehouse_id = a.warehouse_id AND o.game_id = a.game_id
"""
BALANCES = """
    SELECT n.number AS key, n.branch_id, a.id AS res_id, n.name AS label,
           jsonb_build_object(
               'balance', a.balance, 'frozen', COALESCE(o.frozen, 0)) AS facts,
           a.balance <> 0 OR COALESCE(o.frozen, 0) <> 0 AS expected
      FROM instant_account a
      JOIN lottery_outlet n ON n.id = a.outlet_id
      LEFT JOIN (
           SELECT outlet_id, sum(amount) AS frozen FROM instant_order
            WHERE holding AND state <> 'submitted' GROUP BY outlet_id
           ) o ON o.outlet_id = a.outlet_id
     WHERE n.number IS NOT NULL
"""


class LotteryReconcileSourceIlms(models.AbstractModel):
    """Figures that ILMS tells over its connector (PF-INT-03, IT-ILM-04).

    The nightly comparison collects them; a month that asks starts one and is fed when
    its last page is here, see `instant.ilms.reconcile._feed_months`.
    """

    _name = "lottery.reconcile.ilms"
    _description = "Reconciliation with ILMS"
    _inherit = ["lottery.reconcile.source"]

    @api.model
    def _reconcile_can_pull(self):
        return True

    @api.model
    def _reconcile_pull(self, run):
        # sudo: who may ask was checked by the run; the collection is the system's
        self.env["instant.ilms.reconcile"].sudo()._start_or_join()


class LotteryReconcileSourceStock(models.AbstractModel):
    """Packs per warehouse and game against ILMS (PF-INT-03)."""

    _name = "lottery.reconcile.source.stock"
    _description = "Reconciliation of Stock"
    _inherit = ["lottery.reconcile.ilms"]

    _reconcile_name = _lt("Stock")
    _reconcile_model = "instant.availability"
    _reconcile_sequence = 30
    _reconcile_key_column = Column(
        "key",
        _lt("Warehouse and game"),
        required=True,
        max_length=64,
        example="WH 8801",
        help=_lt("Codes of the warehouse and of the game, a space between."),
    )
    _reconcile_columns = (
        Column("on_hand", _lt("Packs on hand"), type="integer"),
        Column("locked", _lt("Packs locked"), type="integer"),
    )
    _reconcile_query = STOCK


class LotteryReconcileSourceBalances(models.AbstractModel):
    """Balances of the outlets' accounts against ILMS (PF-INT-03)."""

    _name = "lottery.reconcile.source.balances"
    _description = "Reconciliation of Balances"
    _inherit = ["lottery.reconcile.ilms"]

    _reconcile_name = _lt("Balances")
    _reconcile_model = "instant.account"
    _reconcile_sequence = 40
    _reconcile_key_column = Column(
        "key", _lt("Outlet number"), required=True, max_length=32
    )
    _reconcile_columns = (
        Column("balance", _lt("Balance"), type="decimal"),
        Column("frozen", _lt("Frozen amount"), type="decimal"),
    )
    _reconcile_query = BALANCES
