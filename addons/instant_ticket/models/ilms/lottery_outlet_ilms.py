from odoo import models

ACCOUNTS_PER_CALL = 1000


class LotteryOutlet(models.Model):
    _inherit = "lottery.outlet"

    def action_refresh_balance(self):
        """Ask ILMS for the accounts of these outlets."""
        self.check_access("read")
        self._ask_ilms_balance()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("ILMS is being asked for the balances."),
                "type": "info",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _ask_ilms_balance(self):
        """Queue a question for the accounts of these outlets.

        A question that is already waiting is not asked again.
        """
        for start in range(0, len(self), ACCOUNTS_PER_CALL):
            outlets = self[start : start + ACCOUNTS_PER_CALL]
            serial = f"accounts:{outlets.ids[0]}:{len(outlets)}"
            waiting = (
                self.env["lottery.outbox"]
                .sudo()
                .search_count(
                    # sudo: owners and desks ask, they do not read the outbox
                    [("serial_key", "=", serial), ("state", "=", "pending")],
                    limit=1,
                )
            )
            if waiting:
                continue
            number = self.env["instant.order"]._next_ilms_number()
            self.env["lottery.outbox"]._enqueue(
                "ilms",
                "accounts",
                {"outlets": outlets.mapped("number")},
                key=f"accounts:{number}",
                branch_id=outlets.branch_id.id if len(outlets.branch_id) == 1 else None,
                serial_key=serial,
            )
