from odoo import models
from odoo.tools.translate import LazyTranslate

from odoo.addons.lottery_base.engine.columns import Column

_lt = LazyTranslate(__name__)

OUTLETS = """
    SELECT o.number AS key, o.branch_id, o.id AS res_id, o.name AS label,
           jsonb_build_object(
               'name', o.name, 'branch', b.code,
               'active', o.state IN ('active', 'suspended')) AS facts,
           o.state IN ('active', 'suspended') AS expected
      FROM lottery_outlet o JOIN lottery_branch b ON b.id = o.branch_id
     WHERE o.number IS NOT NULL
"""
TERMINALS = """
    SELECT t.number AS key, t.branch_id, t.id AS res_id, o.name AS label,
           jsonb_build_object('outlet', o.number, 'branch', b.code) AS facts,
           o.state <> 'closed' AS expected
      FROM lottery_outlet_terminal t
      JOIN lottery_outlet o ON o.id = t.outlet_id
      LEFT JOIN lottery_branch b ON b.id = t.branch_id
"""


class LotteryReconcileSourceOutlets(models.AbstractModel):
    """Outlets against the central system's register (PF-INT-03)."""

    _name = "lottery.reconcile.source.outlets"
    _description = "Reconciliation of Outlets"
    _inherit = ["lottery.reconcile.source"]

    _reconcile_name = _lt("Outlets")
    _reconcile_model = "lottery.outlet"
    _reconcile_sequence = 10
    _reconcile_key_column = Column(
        "key", _lt("Outlet number"), required=True, max_length=32
    )
    _reconcile_columns = (
        Column("name", _lt("Name"), max_length=64),
        Column("branch", _lt("Unit code"), max_length=32),
        Column("active", _lt("In business"), type="boolean"),
    )
    _reconcile_query = OUTLETS


class LotteryReconcileSourceTerminals(models.AbstractModel):
    """Terminals against the central system's register (PF-INT-03)."""

    _name = "lottery.reconcile.source.terminals"
    _description = "Reconciliation of Terminals"
    _inherit = ["lottery.reconcile.source"]

    _reconcile_name = _lt("Terminals")
    _reconcile_model = "lottery.outlet.terminal"
    _reconcile_sequence = 15
    _reconcile_key_column = Column(
        "key", _lt("Device number"), required=True, max_length=64
    )
    _reconcile_columns = (
        Column("outlet", _lt("Outlet number"), max_length=32),
        Column("branch", _lt("Unit code"), max_length=32),
    )
    _reconcile_query = TERMINALS
