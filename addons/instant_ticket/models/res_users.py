from odoo import fields, models

# Who leads, takes orders, keeps goods or data sees the orders of the whole unit.
UNIT_ROLES = (
    "lottery_base.group_admin",
    "lottery_base.group_centre_leader",
    "lottery_base.group_order_desk",
    "lottery_base.group_warehouse_keeper",
    "lottery_base.group_branch_head",
    "lottery_base.group_branch_admin",
)


class ResUsers(models.Model):
    _inherit = "res.users"

    own_outlets_only = fields.Boolean(
        compute="_compute_own_outlets_only",
        compute_sudo=True,
        help="A specialist without another role: orders of the own outlets only.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + ["own_outlets_only"]

    def _compute_own_outlets_only(self):
        """Read by the record rules of orders and what hangs on them (PF-SEC-02)."""
        for user in self:
            user.own_outlets_only = user.has_group(
                "lottery_base.group_specialist"
            ) and not any(user.has_group(role) for role in UNIT_ROLES)
