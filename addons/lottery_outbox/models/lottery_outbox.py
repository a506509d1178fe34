from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..engine.payload import dump

OPERATORS = ("lottery_base.group_centre_leader", "lottery_base.group_admin")
OPEN_STATES = ("pending", "running", "parked")


class LotteryOutbox(models.Model):
    """What other systems have still to be told, and what they answered (PF-INT-01).

    A message is written in the business transaction and sent after its commit, at
    least once and with the same idempotency key; its answer is applied exactly once.
    See docs/decisions/001-first-slice.md, choice 6.
    """

    _name = "lottery.outbox"
    _inherit = ["lottery.state.mixin"]
    _description = "Outbound Message"
    _order = "id desc"
    _rec_name = "key"

    _state_transitions = {
        "pending": {"running", "cancelled"},
        "running": {"pending", "done", "parked"},
        "parked": {"pending", "cancelled"},
    }

    channel = fields.Selection("_selection_channel", required=True, readonly=True)
    kind = fields.Char(required=True, readonly=True)
    key = fields.Char(
        required=True,
        readonly=True,
        help="Idempotency key: the other system carries out one key once.",
    )
    serial_key = fields.Char(
        "Sequence",
        readonly=True,
        help="Messages with the same value are sent one after another, oldest first.",
    )
    payload = fields.Json(readonly=True, groups=",".join(OPERATORS))
    answer = fields.Json(readonly=True, groups=",".join(OPERATORS))
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("running", "Under Way"),
            ("done", "Done"),
            ("parked", "Parked"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="pending",
    )
    attempts = fields.Integer("Tries", readonly=True)
    next_attempt_at = fields.Datetime("Next Try", readonly=True)
    lease = fields.Char(readonly=True, copy=False)
    error = fields.Text("Last Error", readonly=True)
    model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference("Record ID", model_field="model", readonly=True)
    branch_id = fields.Many2one("lottery.branch", "Unit", index=True, readonly=True)
    done_at = fields.Datetime("Completed", readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True)
    attempt_ids = fields.One2many("lottery.outbox.attempt", "outbox_id", "Attempts")
    is_blocked = fields.Boolean(
        "Blocked", compute="_compute_blocked_by_id", search="_search_is_blocked"
    )
    blocked_by_id = fields.Many2one(
        "lottery.outbox",
        "Waits For",
        compute="_compute_blocked_by_id",
        help="An earlier message of the same sequence that is not done yet.",
    )

    _key_uniq = models.Constraint("UNIQUE(key)", "An idempotency key is used once.")
    # Read by _claim and _get_next_due; running rows are due again when their lease ends.
    _due_idx = models.Index(
        "(channel, next_attempt_at) WHERE state IN ('pending', 'running')"
    )
    # Read by _claim: is there an earlier open row of the sequence?
    _serial_idx = models.Index(
        "(serial_key, id) WHERE serial_key IS NOT NULL"
        " AND state IN ('pending', 'running', 'parked')"
    )
    # Read by the list of a record's messages.
    _record_idx = models.Index("(model, res_id) WHERE res_id IS NOT NULL")
    # Read by the list's default filter and the circuits' counts.
    _parked_idx = models.Index("(channel) WHERE state = 'parked'")

    @api.model
    def _selection_channel(self):
        prefix = "lottery.outbox.channel."
        return [
            (name.removeprefix(prefix), self.env["ir.model"]._get(name).name or name)
            for name in sorted(self.env.registry)
            if name.startswith(prefix)
        ]

    @api.model
    def _get_channel(self, code):
        """Return the channel's model, as superuser.

        :raise ValueError: no addon brings such a channel
        """
        name = f"lottery.outbox.channel.{code}"
        if name not in self.env:
            raise ValueError(f"There is no outbox channel {code!r}.")
        return self.env[name].with_user(api.SUPERUSER_ID)

    # === COMPUTE METHODS === #

    @api.depends("state", "serial_key")
    def _compute_blocked_by_id(self):
        self.blocked_by_id = self.is_blocked = False
        waiting = self.filtered(
            lambda item: item.state == "pending" and item.serial_key
        )
        if not waiting.ids:
            return
        rows = self.env.execute_query(
            SQL(
                """SELECT item.id, MIN(earlier.id)
                FROM lottery_outbox item JOIN lottery_outbox earlier
                  ON earlier.serial_key = item.serial_key AND earlier.id < item.id
                 AND earlier.state IN ('pending', 'running', 'parked')
                WHERE item.id IN %s GROUP BY item.id""",
                tuple(waiting.ids),
            )
        )
        for item_id, earlier_id in rows:
            item = self.browse(item_id)
            item.is_blocked = True
            item.blocked_by_id = self.browse(earlier_id)

    def _search_is_blocked(self, operator, value):
        if operator != "in":
            return NotImplemented
        blocked = SQL(
            """(SELECT item.id FROM lottery_outbox item
                WHERE item.state = 'pending' AND item.serial_key IS NOT NULL
                  AND EXISTS (SELECT FROM lottery_outbox earlier
                    WHERE earlier.serial_key = item.serial_key
                      AND earlier.id < item.id
                      AND earlier.state IN ('pending', 'running', 'parked')))"""
        )
        return [("id", "in" if True in value else "not in", blocked)]

    # === ACTIONS === #

    def _check_operator(self):
        if not self.env.su and not any(map(self.env.user.has_group, OPERATORS)):
            raise AccessError(
                self.env._("Only the centre may retry or cancel outbound messages.")
            )
        self.check_access("read")

    def action_retry(self):
        """Send parked and waiting messages now, with a full set of tries."""
        self._check_operator()
        # No role may write messages; this door does it for the centre.
        items_sudo = self.sudo()
        parked_sudo = items_sudo.filtered(lambda item: item.state != "pending")
        parked_sudo._update_state("pending")
        items_sudo.write(
            {
                "attempts": 0,
                "next_attempt_at": fields.Datetime.now(),
                "decided_by_id": self.env.uid,
            }
        )
        self._wake_after_commit(set(items_sudo.mapped("channel")))
        return True

    def action_cancel(self):
        """Give messages up; later ones of the same sequence go on."""
        self._check_operator()
        # No role may write messages; this door does it for the centre.
        items_sudo = self.sudo()
        items_sudo._update_state("cancelled")
        items_sudo.write(
            {"decided_by_id": self.env.uid, "done_at": fields.Datetime.now()}
        )
        for item_sudo in items_sudo:
            self._get_channel(item_sudo.channel)._on_cancelled(item_sudo)
        self._wake_after_commit(set(items_sudo.mapped("channel")))
        return True

    def action_open_record(self):
        """Open what the message is about, as far as the user may see it."""
        self.ensure_one()
        if self.model not in self.env or not self.res_id:
            return False
        self.env[self.model].browse(self.res_id).check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    # === BUSINESS METHODS === #

    @api.model
    def _enqueue(
        self,
        channel,
        kind,
        payload,
        *,
        key,
        record=None,
        branch_id=None,
        serial_key=None,
        delay=0,
    ):
        """Write a message in this transaction; it is sent after the commit.

        One INSERT, no flush. A key that is there already is not written again.

        :param dict payload: JSON; what the channel's `_prepare_request` reads.
        :param str key: idempotency key, unique over all channels.
        :param record: what it is about, a record or ``(model, id)``.
        :param branch_id: unit whose people may see it; the record's by default.
        :param str serial_key: messages with the same one are sent in order of id; the
            caller holds a lock that orders their transactions.
        :param delay: seconds to wait at least.
        :return: id of the message with this key.
        """
        self._get_channel(channel)
        model, res_id = record if isinstance(record, tuple) else (None, None)
        if isinstance(record, models.BaseModel) and record:
            model, res_id = record._name, record.id
            if branch_id is None and "branch_id" in record._fields:
                branch_id = record.sudo().branch_id.id  # the unit's id is no secret
        inserted = self.env.execute_query(
            SQL(
                """INSERT INTO lottery_outbox
                    (channel, kind, key, serial_key, payload, state, attempts,
                     next_attempt_at, model, res_id, branch_id,
                     create_uid, create_date, write_uid, write_date)
                SELECT %s, %s, %s, %s, %s::jsonb, 'pending', 0,
                    utc + %s * interval '1 second', %s, %s, %s, %s, utc, %s, utc
                FROM (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS utc) AS clock
                ON CONFLICT (key) DO NOTHING RETURNING id""",
                channel,
                kind,
                key,
                serial_key or None,
                dump(payload),
                delay,
                model,
                res_id or None,
                branch_id or None,
                self.env.uid,
                self.env.uid,
            )
        )
        if inserted:
            self._wake_after_commit({channel})
            return inserted[0][0]
        [(found,)] = self.env.execute_query(
            SQL("SELECT id FROM lottery_outbox WHERE key = %s", key)
        )
        return found

    @api.model
    def _enqueue_all(self, channel, kind, source):
        """Write many messages in this transaction, in one statement.

        :param SQL source: query of ``(key, payload, model, res_id, branch_id)``; rows
            whose key is there already are not written again
        :return: number of messages written
        """
        self._get_channel(channel)
        self.env.cr.execute(
            SQL(
                """INSERT INTO lottery_outbox
                    (channel, kind, key, payload, model, res_id, branch_id, state,
                     attempts, next_attempt_at,
                     create_uid, create_date, write_uid, write_date)
                SELECT %s, %s, source.key, source.payload::jsonb, source.model,
                    source.res_id, source.branch_id, 'pending', 0, utc,
                    %s, utc, %s, utc
                FROM (%s) AS source(key, payload, model, res_id, branch_id),
                    (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS utc) AS clock
                ON CONFLICT (key) DO NOTHING""",
                channel,
                kind,
                self.env.uid,
                self.env.uid,
                source,
            )
        )
        written = self.env.cr.rowcount
        if written:
            self._wake_after_commit({channel})
        return written
