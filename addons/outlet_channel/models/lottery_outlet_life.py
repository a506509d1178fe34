from odoo import fields, models
from odoo.exceptions import UserError

_DATE_BY_STATE = {"active": "opened_on", "closed": "closed_on"}


class LotteryOutlet(models.Model):
    """The life of an outlet from prospect to closed."""

    _inherit = "lottery.outlet"

    _state_transitions = {
        "prospect": {"recruiting", "opening", "closed"},
        "recruiting": {"prospect", "opening", "closed"},
        "opening": {"active", "closed"},
        "active": {"suspended", "closed"},
        "suspended": {"active", "closed"},
        "closed": {"opening"},
    }

    state = fields.Selection(
        [
            ("prospect", "Prospect"),
            ("recruiting", "Recruiting"),
            ("opening", "Opening"),
            ("active", "Active"),
            ("suspended", "Suspended"),
            ("closed", "Closed"),
        ],
        required=True,
        readonly=True,
        default="prospect",
        index=True,
        copy=False,
        tracking=True,
    )
    state_reason = fields.Char(
        string="Reason", readonly=True, copy=False, tracking=True
    )
    opened_on = fields.Date(string="Opened", readonly=True, copy=False)
    closed_on = fields.Date(string="Closed", readonly=True, copy=False)

    # === ACTIONS === #

    def action_start_recruiting(self):
        self._change_state("recruiting")

    def action_start_opening(self):
        self._change_state("opening")

    def action_activate(self):
        self._change_state("active")

    def action_suspend(self, reason):
        """Take the outlets out of business for a time; owners can still log in.

        :raise UserError: without a reason
        """
        self._check_reason(reason)
        self._change_state("suspended", reason)

    def action_close(self, reason):
        """End the outlets for good.

        :raise UserError: without a reason, or naming everything that stands in the
            way; nothing is closed then
        """
        self._check_reason(reason)
        if blockers := self._closing_blockers():
            raise UserError(
                self.env._(
                    "Not closed, these are still open:\n%(blockers)s",
                    blockers="\n".join(f"- {line}" for line in blockers),
                )
            )
        self._change_state("closed", reason)

    def action_reopen(self, reason):
        """Take a closed outlet back into opening, e.g. after one closed by mistake."""
        self._check_reason(reason)
        self._change_state("opening", reason)

    def action_ask_suspend(self):
        return self._open_state_wizard("suspended")

    def action_ask_close(self):
        return self._open_state_wizard("closed")

    def action_ask_reopen(self):
        return self._open_state_wizard("opening")

    # === BUSINESS METHODS === #

    def _open_state_wizard(self, target):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "outlet_channel.lottery_outlet_state_change_action"
        )
        return {
            **action,
            "context": {
                "default_outlet_ids": [fields.Command.set(self.ids)],
                "default_target": target,
            },
        }

    def _check_reason(self, reason):
        if not isinstance(reason, str) or not reason.strip():
            raise UserError(self.env._("Reason: it must be filled."))

    def _change_state(self, target, reason=None):
        """The one way to another state; rights are those of writing the outlets."""
        self.check_access("write")
        self._update_state(target, note=reason)

    def _closing_blockers(self):
        """Return what must be settled before these outlets may be closed.

        Higher addons extend it (open orders, balances, assets).

        :return: list of str in the user's language, empty when all is settled
        """
        return [
            self.env._(
                "%(outlet)s: devices %(numbers)s not taken back",
                outlet=outlet.display_name,
                numbers=outlet.terminal_numbers,
            )
            for outlet in self
            if outlet.terminal_ids
        ]

    def _on_state_changed(self, old_by_id, target, note):
        result = super()._on_state_changed(old_by_id, target, note)
        values = {"state_reason": note or False}
        if dated := _DATE_BY_STATE.get(target):
            values[dated] = fields.Date.context_today(self)
        if target != "closed":
            values["closed_on"] = False
        self.write(values)
        self._journal(
            "outlet.state",
            lambda o: {"from": old_by_id.get(o.id), "to": target, "reason": note or ""},
        )
        self._sync_owners(self.owner_id)
        return result
