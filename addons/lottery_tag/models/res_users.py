from odoo import api, models
from odoo.tools import SQL


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = ["res.users", "lottery.tag.mixin"]

    _tag_branch_field = "branch_ids"

    @api.model
    def _get_tag_metrics(self):
        return super()._get_tag_metrics() | {
            "login_days": (
                self.env._("Days since the last login"),
                SQL(
                    """SELECT create_uid,
                              EXTRACT(DAY FROM (now() AT TIME ZONE 'UTC')
                                      - max(create_date))
                         FROM res_users_log GROUP BY create_uid"""
                ),
            )
        }
