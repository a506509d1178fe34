from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request

from ..const import EVENT_KINDS


class LotteryApprovalEvent(models.Model):
    """The trail of an approval: who, when, from where, what (PF-APR-02).

    Append-only, and journalled as ``approval.<kind>``.
    """

    _name = "lottery.approval.event"
    _description = "Trail of Approvals"
    _order = "id"
    _rec_name = "kind"

    approval_id = fields.Many2one(
        "lottery.approval", required=True, ondelete="restrict", index=True
    )
    kind = fields.Selection(EVENT_KINDS, required=True, string="Event")
    level_name = fields.Char("Level")
    user_id = fields.Many2one(
        "res.users", "By", required=True, ondelete="restrict", index=True
    )
    on_behalf_id = fields.Many2one("res.users", "On Behalf Of", ondelete="restrict")
    who = fields.Char(compute="_compute_who")
    happened_at = fields.Datetime("Time", required=True)
    target = fields.Char(help="To whom or to which level.")
    comment = fields.Char()
    address = fields.Char("IP Address")
    device = fields.Char()

    @api.depends("user_id", "on_behalf_id")
    def _compute_who(self):
        # names of those who acted are part of the trail
        for event, event_sudo in zip(self, self.sudo(), strict=True):
            event.who = (
                self.env._(
                    "%(deputy)s for %(principal)s",
                    deputy=event_sudo.user_id.name,
                    principal=event_sudo.on_behalf_id.name,
                )
                if event_sudo.on_behalf_id
                else event_sudo.user_id.name
            )

    def write(self, vals):
        raise UserError(self.env._("The trail of an approval can't be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The trail of an approval can't be changed."))

    @api.model
    def _add(
        self, approvals, kind, *, level=None, on_behalf=None, target=None, comment=None
    ):
        """Add one event to each of ``approvals`` and to the journal.

        :param level: of one approval; else the present level of each.
        """
        origin = self._get_origin()
        now = fields.Datetime.now()
        events = self.create(
            [
                {
                    "approval_id": approval.id,
                    "kind": kind,
                    "level_name": (level or approval.level_id).display_name,
                    "user_id": self.env.uid,
                    "on_behalf_id": on_behalf.id if on_behalf else False,
                    "happened_at": now,
                    "target": target,
                    "comment": comment,
                    **origin,
                }
                for approval in approvals
            ]
        )
        by_approval = {event.approval_id.id: event for event in events}
        approvals._journal(
            f"approval.{kind}",
            lambda approval: approval._prepare_journal_values(by_approval[approval.id]),
        )
        return events

    @api.model
    def _get_origin(self):
        """Return address and device of the request; nothing in a scheduled job."""
        if not request:
            return {"address": False, "device": False}
        http = request.httprequest
        agent = http.user_agent
        parts = [part.title() for part in (agent.browser, agent.platform) if part]
        return {
            "address": http.remote_addr,
            "device": " / ".join(parts) or (agent.string or "")[:64],
        }


class LotteryApproval(models.Model):
    _inherit = "lottery.approval"

    def _prepare_journal_values(self, event):
        """Return what the journal keeps of an event."""
        self.ensure_one()
        return {
            "number": self.name,
            "record": f"{self.model},{self.res_id}",
            "level": event.level_name or None,
            "on_behalf": event.on_behalf_id.id or None,
            "target": event.target or None,
            "comment": event.comment or None,
            "address": event.address or None,
            "content": self.content_hash,
        }
