from odoo import api, models

from .res_users_history import begin_users


class ResGroups(models.Model):
    """Groups are given from this end too: the history of the users has it."""

    _inherit = "res.groups"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            begin_users(self, vals, "user_ids")
        return super().create(vals_list)

    def write(self, vals):
        begin_users(self, vals, "user_ids")
        return super().write(vals)
