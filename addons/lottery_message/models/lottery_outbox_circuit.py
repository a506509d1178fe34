from odoo import models

PARKED = "message.parked"


class LotteryOutboxCircuit(models.Model):
    _inherit = "lottery.outbox.circuit"

    def _alert_parked(self, item):
        """Beside the to-do that the outbox books, tell the administrators at once; who
        has not read the last one about this channel is not told again."""
        super()._alert_parked(item)
        admins = self.env.ref("lottery_base.group_admin").all_user_ids
        admins = admins.filtered(lambda user: user.active and not user.share)
        told = (
            self.env["lottery.notification"]
            .sudo()  # the rows are their readers'
            .search(
                [
                    ("template_id.code", "=", PARKED),
                    ("user_id", "in", admins.ids),
                    ("is_unread", "=", True),
                    ("model", "=", self._name),
                    ("res_id", "=", self.id),
                ]
            )
            .user_id
        )
        self.env["lottery.notification"]._notify(
            PARKED,
            admins - told - self.env.ref("base.user_root"),
            self,
            {"key": item.key, "error": (item.error or "")[:200]},
        )
