from odoo import api, models
from odoo.tools import SQL

from .lottery_tag_mixin import FIELD


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = ["res.users", "lottery.tag.mixin"]

    _tag_branch_field = "branch_ids"

    @api.model
    def _get_staff_fields(self):
        """An administrator of a unit tags its people (PF-USR-01)."""
        return super()._get_staff_fields() | {FIELD}

    def _check_staff_values(self, user, vals):
        """People are written as superuser from here on; unseen tags stay unseen."""
        super()._check_staff_values(user, vals)
        if FIELD in vals:
            before, after = user.sudo()[FIELD], self._resolve(user, FIELD, vals)
            changed = (before | after) - (before & after)
            changed.with_env(self.env).check_access("read")

    def _check_tag_access(self, domain):
        """By the list's *Set Tags* too: people whom the user manages, nobody else."""
        super()._check_tag_access(domain)
        if self._is_guarded():
            users = self.with_context(active_test=False).search(domain)
            users.check_access("write")

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
