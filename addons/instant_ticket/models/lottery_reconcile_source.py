from odoo import api, models
from odoo.tools import SQL

from odoo.addons.lottery_base.engine.columns import Column

# What never held anything need not be known on the other side.
STOCK = """
    SELECT s.* FROM (
        SELECT w.code || ' ' || g.code AS key, a.branch_id, a.id AS res_id,
               w.name AS label,
               jsonb_build_object(
                   'on_hand', a.on_hand, 'locked', COALESCE(o.locked, 0)) AS facts
          FROM instant_availability a
          JOIN stock_warehouse w ON w.id = a.warehouse_id
          JOIN instant_game g ON g.id = a.game_id
          LEFT JOIN (
               SELECT i.warehouse_id, l.game_id, sum(l.quantity) AS locked
                 FROM instant_order i JOIN instant_order_line l ON l.order_id = i.id
                WHERE i.holding AND i.state <> 'submitted'
                GROUP BY i.warehouse_id, l.game_id
               ) o ON o.warehouse_id = a.warehouse_id AND o.game_id = a.game_id
           ) s
     WHERE s.facts <> '{"on_hand": 0, "locked": 0}'
        OR EXISTS (SELECT FROM lottery_reconcile_row r
                    WHERE r.run_id = %s AND r.key = s.key)
"""
BALANCES = """
    SELECT s.* FROM (
        SELECT n.number AS key, n.branch_id, a.id AS res_id, n.name AS label,
               jsonb_build_object(
                   'balance', a.balance, 'frozen', COALESCE(o.frozen, 0)) AS facts
          FROM instant_account a
          JOIN lottery_outlet n ON n.id = a.outlet_id
          LEFT JOIN (
               SELECT outlet_id, sum(amount) AS frozen FROM instant_order
                WHERE holding AND state <> 'submitted' GROUP BY outlet_id
               ) o ON o.outlet_id = a.outlet_id
         WHERE n.number IS NOT NULL
           ) s
     WHERE s.facts <> '{"balance": 0, "frozen": 0}'
        OR EXISTS (SELECT FROM lottery_reconcile_row r
                    WHERE r.run_id = %s AND r.key = s.key)
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

    _reconcile_model = "instant.availability"
    _reconcile_sequence = 30

    @api.model
    def _reconcile_label(self):
        return self.env._("Stock")

    @api.model
    def _reconcile_key(self):
        return Column(
            "key",
            self.env._("Warehouse and game"),
            required=True,
            max_length=64,
            example="WH 8801",
            help=self.env._("Codes of the warehouse and of the game, a space between."),
        )

    @api.model
    def _reconcile_fields(self):
        return [
            Column("on_hand", self.env._("Packs on hand"), type="integer"),
            Column("locked", self.env._("Packs locked"), type="integer"),
        ]

    @api.model
    def _reconcile_ours(self, run):
        return SQL(STOCK, run.id)


class LotteryReconcileSourceBalances(models.AbstractModel):
    """Balances of the outlets' accounts against ILMS (PF-INT-03)."""

    _name = "lottery.reconcile.source.balances"
    _description = "Reconciliation of Balances"
    _inherit = ["lottery.reconcile.ilms"]

    _reconcile_model = "instant.account"
    _reconcile_sequence = 40

    @api.model
    def _reconcile_label(self):
        return self.env._("Balances")

    @api.model
    def _reconcile_key(self):
        return Column("key", self.env._("Outlet number"), required=True, max_length=32)

    @api.model
    def _reconcile_fields(self):
        return [
            Column("balance", self.env._("Balance"), type="decimal"),
            Column("frozen", self.env._("Frozen amount"), type="decimal"),
        ]

    @api.model
    def _reconcile_ours(self, run):
        return SQL(BALANCES, run.id)
