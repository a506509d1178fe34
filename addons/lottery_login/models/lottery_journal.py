from odoo import api, models


class LotteryJournal(models.Model):
    _inherit = "lottery.journal"

    @api.model
    def _get_event_names(self):
        return super()._get_event_names() | {
            "login.policy_changed": self.env._("Login policy changed"),
            "login.group_added": self.env._("Login rules of a group added"),
            "login.group_changed": self.env._("Login rules of a group changed"),
            "login.group_removed": self.env._("Login rules of a group removed"),
            "login.locked": self.env._("Login locked"),
            "login.unlocked": self.env._("Login unlocked"),
            "user.password_changed": self.env._("Password changed"),
            "user.factor_set_up": self.env._("Second factor set up"),
            "user.factor_reset": self.env._("Second factor taken away"),
        }
