import datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..engine import bucket, circuit
from .lottery_outbox import OPERATORS

ACTIVITY = "lottery_outbox.mail_activity_type_parked"
SUCCESS_STEP = datetime.timedelta(minutes=1)  # how exact `last_success_at` is kept


class LotteryOutboxCircuit(models.Model):
    """One row a channel: whether its remote side is asked, and how fast."""

    _name = "lottery.outbox.circuit"
    _inherit = ["mail.thread", "mail.activity.mixin", "lottery.state.mixin"]
    _description = "Outbox Circuit"
    _order = "channel"
    _rec_name = "channel"

    _state_transitions = {
        "closed": {"closed", "open"},
        "open": {"open", "half_open", "closed"},
        "half_open": {"half_open", "open", "closed"},
    }

    channel = fields.Selection(
        selection=lambda self: self.env["lottery.outbox"]._selection_channel(),
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [("closed", "Connected"), ("half_open", "Probing"), ("open", "Interrupted")],
        required=True,
        readonly=True,
        default="closed",
        tracking=True,
        help="Interrupted: the other side failed several times in a row and is left "
        "alone until the next probe.",
    )
    paused = fields.Boolean(
        readonly=True, tracking=True, help="Nothing is sent until somebody resumes."
    )
    failures = fields.Integer("Failures in a Row", readonly=True)
    trips = fields.Integer("Interruptions in a Row", readonly=True)
    until = fields.Datetime("Next Probe", readonly=True)
    last_error = fields.Text(readonly=True)
    last_success_at = fields.Datetime("Last Success", readonly=True)
    tokens = fields.Float(readonly=True)
    tokens_at = fields.Datetime(readonly=True)
    waiting_count = fields.Integer("Waiting", compute="_compute_counts")
    parked_count = fields.Integer("Parked", compute="_compute_counts")
    oldest_at = fields.Datetime("Oldest Waiting", compute="_compute_counts")

    _channel_uniq = models.Constraint("UNIQUE(channel)", "A channel has one circuit.")

    @api.depends("channel")
    def _compute_display_name(self):
        labels = dict(self.env["lottery.outbox"]._selection_channel())
        for record in self:
            record.display_name = labels.get(record.channel, record.channel)

    def _compute_counts(self):
        """Counts of what the user may see."""
        groups = self.env["lottery.outbox"]._read_group(
            [
                ("channel", "in", self.mapped("channel")),
                ("state", "in", ("pending", "running", "parked")),
            ],
            ["channel", "state"],
            ["__count", "create_date:min"],
        )
        found = {(channel, state): rest for channel, state, *rest in groups}
        for record in self:
            open_rows = [
                found[record.channel, state]
                for state in ("pending", "running")
                if (record.channel, state) in found
            ]
            record.waiting_count = sum(count for count, _oldest in open_rows)
            record.oldest_at = min(
                (oldest for _count, oldest in open_rows), default=False
            )
            record.parked_count = found.get((record.channel, "parked"), (0,))[0]

    # === ACTIONS === #

    def _check_operator(self):
        if not self.env.su and not any(map(self.env.user.has_group, OPERATORS)):
            raise AccessError(self.env._("Only the centre may operate channels."))
        self.check_access("read")

    def action_pause(self):
        """Send nothing on these channels until somebody resumes."""
        self._check_operator()
        self.sudo().paused = True  # no role may write circuits; this door does
        return True

    def action_resume(self):
        """Send again, and at once."""
        self._check_operator()
        # No role may write circuits; this door does it for the centre.
        circuits_sudo = self.sudo()
        circuits_sudo.paused = False
        for circuit_sudo in circuits_sudo:
            circuit_sudo._set(circuit.Circuit())
        self.env["lottery.outbox"]._wake_after_commit(set(self.mapped("channel")))
        return True

    def action_open_waiting(self):
        return self._action_messages("filter_open")

    def action_open_parked(self):
        return self._action_messages("filter_parked")

    def _action_messages(self, search_filter):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lottery_outbox.lottery_outbox_action"
        )
        action["domain"] = [("channel", "=", self.channel)]
        action["context"] = {f"search_default_{search_filter}": 1}
        return action

    # === BUSINESS METHODS === #

    @api.model
    def _lock(self, channel):
        """Return the channel's circuit, locked and fresh; made when it is not there."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO lottery_outbox_circuit
                    (channel, state, failures, trips, tokens, create_date)
                SELECT %s, 'closed', 0, 0, 1, now() AT TIME ZONE 'UTC'
                WHERE NOT EXISTS (
                    SELECT FROM lottery_outbox_circuit WHERE channel = %s)
                ON CONFLICT (channel) DO NOTHING""",
                channel,
                channel,
            )
        )
        self.invalidate_model()
        [(found,)] = self.env.execute_query(
            SQL(
                "SELECT id FROM lottery_outbox_circuit WHERE channel = %s FOR UPDATE",
                channel,
            )
        )
        return self.browse(found)

    def _value(self):
        return circuit.Circuit(
            self.state, self.failures, self.trips, self.until or None
        )

    def _set(self, value, error=None):
        values = {
            "failures": value.failures,
            "trips": value.trips,
            "until": value.until,
        }
        if error:
            values["last_error"] = error
        if value.state != self.state:
            self._update_state(value.state)
        self.write(values)

    def _grant(self, wanted, rate, lease_seconds, now):
        """Return (calls that may start now, seconds to wait when none may)."""
        if self.paused:
            return 0, None
        allowed, wait = circuit.allowance(self._value(), now)
        if allowed == 0:
            return 0, wait
        if rate:
            tokens = bucket.refill(
                self.tokens, (now - (self.tokens_at or now)).total_seconds(), rate
            )
            self.write({"tokens": tokens, "tokens_at": now})
            if tokens < 1:
                return 0, bucket.wait_for_one(tokens, rate)
            wanted = min(wanted, int(tokens))
        return (min(wanted, allowed) if allowed else wanted), 0.0

    def _take(self, count, rate, lease_seconds, now):
        """Note that ``count`` calls start."""
        if rate:
            self.tokens -= count
        if self.state != "closed":
            until = now + datetime.timedelta(seconds=lease_seconds)
            self._set(circuit.probing(self._value(), until))

    def _note_success(self, now):
        if self.state != "closed" or self.failures:
            self._set(circuit.succeeded(self._value()))
        if not self.last_success_at or now - self.last_success_at > SUCCESS_STEP:
            self.last_success_at = now

    def _note_failure(self, error, now):
        self._set(circuit.failed(self._value(), now), error)

    def _alert_parked(self, item):
        """Give the centre's people a to-do about the channel, unless they have one."""
        users = self.env.ref("lottery_base.group_admin").all_user_ids
        users |= self.env.ref("lottery_base.group_centre_leader").all_user_ids
        users = users.filtered(lambda user: user.active and not user.share)
        told = self.activity_search([ACTIVITY]).user_id
        for user in users - told - self.env.ref("base.user_root"):
            record = self.with_context(lang=user.lang, mail_activity_quick_update=True)
            record.activity_schedule(
                ACTIVITY,
                summary=record.env._(
                    "Message given up: %(key)s (%(error)s)",
                    key=item.key,
                    error=(item.error or "")[:120],
                ),
                user_id=user.id,
            )
