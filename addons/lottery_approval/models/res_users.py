from odoo import api, models, modules


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model
    def review_user_count(self):
        """Return what waits for the user: one line, one count (PF-APR-03).

        Every approval of the suite is a run; OCA's walk over all reviews and all
        their models is not needed.
        """
        approvals = self.env["lottery.approval"]
        if not approvals.has_access("read"):
            return []
        count = approvals.search_count([("can_review", "=", True)])
        if not count:
            return []
        return [
            {
                "id": 0,
                "name": self.env._("To Approve"),
                "model": approvals._name,
                "active_field": False,
                "icon": modules.module.get_module_icon("lottery_approval"),
                "type": "tier_review",
                "pending_count": count,
            }
        ]
