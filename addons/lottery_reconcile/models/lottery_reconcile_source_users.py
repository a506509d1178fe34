from odoo import models
from odoo.tools.translate import LazyTranslate

from odoo.addons.lottery_base.engine.columns import Column

_lt = LazyTranslate(__name__)

# Accounts of the system itself stand in no register of the centre.
USERS = """
    SELECT u.login AS key, b.id AS branch_id, u.id AS res_id, p.name AS label,
           jsonb_build_object(
               'name', p.name, 'branch', b.code, 'active', u.active) AS facts,
           u.active AS expected
      FROM res_users u
      JOIN res_partner p ON p.id = u.partner_id
      LEFT JOIN LATERAL (
           SELECT l.id, l.code
             FROM lottery_branch_res_users_rel r
             JOIN lottery_branch l ON l.id = r.branch_id
            WHERE r.user_id = u.id
            ORDER BY length(l.parent_path), l.id LIMIT 1
           ) b ON TRUE
     WHERE NOT u.share
       AND NOT EXISTS (SELECT FROM ir_model_data d
                        WHERE d.model = 'res.users' AND d.res_id = u.id
                          AND d.module = 'base'
                          AND d.name IN ('user_root', 'user_admin'))
"""


class LotteryReconcileSourceUsers(models.AbstractModel):
    """Back-office users against the central system's register (PF-INT-03)."""

    _name = "lottery.reconcile.source.users"
    _description = "Reconciliation of Users"
    _inherit = ["lottery.reconcile.source"]

    _reconcile_name = _lt("Users")
    _reconcile_model = "res.users"
    _reconcile_sequence = 20
    _reconcile_key_column = Column("key", _lt("Login"), required=True, max_length=64)
    _reconcile_columns = (
        Column("name", _lt("Name"), max_length=64),
        Column("branch", _lt("Unit code"), max_length=32),
        Column("active", _lt("Active"), type="boolean"),
    )
    _reconcile_query = USERS
