from odoo import api, models
from odoo.tools import SQL

from odoo.addons.lottery_base.engine.columns import Column

# Accounts of the system itself stand in no register of the centre.
QUERY = """
    SELECT u.login AS key, b.id AS branch_id, u.id AS res_id, p.name AS label,
           jsonb_build_object(
               'name', p.name, 'branch', b.code, 'active', u.active) AS facts
      FROM res_users u
      JOIN res_partner p ON p.id = u.partner_id
      LEFT JOIN LATERAL (
           SELECT l.id, l.code
             FROM lottery_branch_res_users_rel r
             JOIN lottery_branch l ON l.id = r.branch_id
            WHERE r.user_id = u.id
            ORDER BY length(l.parent_path), l.id LIMIT 1
           ) b ON TRUE
     WHERE NOT u.share AND u.id NOT IN %s AND u.active
"""


class LotteryReconcileSourceUsers(models.AbstractModel):
    """Back-office users against the central system's register (PF-INT-03)."""

    _name = "lottery.reconcile.source.users"
    _description = "Reconciliation of Users"
    _inherit = ["lottery.reconcile.source"]

    _reconcile_model = "res.users"
    _reconcile_sequence = 20

    @api.model
    def _reconcile_label(self):
        return self.env._("Users")

    @api.model
    def _reconcile_key(self):
        return Column("key", self.env._("Login"), required=True, max_length=64)

    @api.model
    def _reconcile_fields(self):
        return [
            Column("name", self.env._("Name"), max_length=64),
            Column("branch", self.env._("Unit code"), max_length=32),
            Column("active", self.env._("Active"), type="boolean"),
        ]

    @api.model
    def _reconcile_ours(self, run):
        own = tuple(
            self.env.ref(name).id for name in ("base.user_root", "base.user_admin")
        )
        return SQL(QUERY, own)
