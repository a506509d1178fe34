from odoo import api, models

from ..const import EVENT_KINDS


class LotteryJournal(models.Model):
    _inherit = "lottery.journal"

    @api.model
    def _get_event_names(self):
        labels = dict(
            self.env["lottery.approval.event"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        return (
            super()._get_event_names()
            | {
                f"approval.{kind}": self.env._(
                    "Approval: %(event)s", event=labels[kind]
                )
                for kind, _label in EVENT_KINDS
            }
            | {
                "approval.change_written": self.env._("Approval: change written"),
                "approval.deputy_named": self.env._("Approval: deputy named"),
                "approval.deputy_changed": self.env._("Approval: deputy changed"),
                "approval.deputy_withdrawn": self.env._("Approval: deputy withdrawn"),
            }
        )
