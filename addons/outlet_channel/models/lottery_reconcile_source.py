from odoo import api, models
from odoo.tools import SQL

from odoo.addons.lottery_base.engine.columns import Column

# Closed outlets count where the other side still lists them.
OUTLETS = """
    SELECT o.number AS key, o.branch_id, o.id AS res_id, o.name AS label,
           jsonb_build_object(
               'name', o.name, 'branch', b.code,
               'active', o.state IN ('active', 'suspended')) AS facts
      FROM lottery_outlet o JOIN lottery_branch b ON b.id = o.branch_id
     WHERE o.number IS NOT NULL
       AND (o.state IN ('active', 'suspended')
            OR EXISTS (SELECT FROM lottery_reconcile_row r
                        WHERE r.run_id = %s AND r.key = o.number))
"""
TERMINALS = """
    SELECT t.number AS key, t.branch_id, t.id AS res_id, o.name AS label,
           jsonb_build_object('outlet', o.number, 'branch', b.code) AS facts
      FROM lottery_outlet_terminal t
      JOIN lottery_outlet o ON o.id = t.outlet_id
      LEFT JOIN lottery_branch b ON b.id = t.branch_id
     WHERE o.state <> 'closed'
        OR EXISTS (SELECT FROM lottery_reconcile_row r
                    WHERE r.run_id = %s AND r.key = t.number)
"""


class LotteryReconcileSourceOutlets(models.AbstractModel):
    """Outlets against the central system's register (PF-INT-03)."""

    _name = "lottery.reconcile.source.outlets"
    _description = "Reconciliation of Outlets"
    _inherit = ["lottery.reconcile.source"]

    _reconcile_model = "lottery.outlet"
    _reconcile_sequence = 10

    @api.model
    def _reconcile_label(self):
        return self.env._("Outlets")

    @api.model
    def _reconcile_key(self):
        return Column("key", self.env._("Outlet number"), required=True, max_length=32)

    @api.model
    def _reconcile_fields(self):
        return [
            Column("name", self.env._("Name"), max_length=64),
            Column("branch", self.env._("Unit code"), max_length=32),
            Column("active", self.env._("In business"), type="boolean"),
        ]

    @api.model
    def _reconcile_ours(self, run):
        return SQL(OUTLETS, run.id)


class LotteryReconcileSourceTerminals(models.AbstractModel):
    """Terminals against the central system's register (PF-INT-03)."""

    _name = "lottery.reconcile.source.terminals"
    _description = "Reconciliation of Terminals"
    _inherit = ["lottery.reconcile.source"]

    _reconcile_model = "lottery.outlet.terminal"
    _reconcile_sequence = 15

    @api.model
    def _reconcile_label(self):
        return self.env._("Terminals")

    @api.model
    def _reconcile_key(self):
        return Column("key", self.env._("Device number"), required=True, max_length=64)

    @api.model
    def _reconcile_fields(self):
        return [
            Column("outlet", self.env._("Outlet number"), max_length=32),
            Column("branch", self.env._("Unit code"), max_length=32),
        ]

    @api.model
    def _reconcile_ours(self, run):
        return SQL(TERMINALS, run.id)
