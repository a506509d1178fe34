import hashlib
import json

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.json import json_default


class LotteryInbox(models.Model):
    """Events other systems told us, each once (PF-INT-01)."""

    _name = "lottery.inbox"
    _description = "Inbound Event"
    _log_access = False
    _order = "id desc"
    _rec_name = "key"

    source = fields.Char(required=True, readonly=True)
    key = fields.Char(required=True, readonly=True)
    received_at = fields.Datetime("Received", required=True, readonly=True)
    payload = fields.Json(
        readonly=True,
        groups="lottery_base.group_centre_leader,lottery_base.group_admin",
    )
    digest = fields.Char(readonly=True)
    repeats = fields.Integer(
        readonly=True, help="How often the same event arrived again."
    )
    differs = fields.Boolean(
        "Other Content",
        readonly=True,
        help="A repeat had other content under the same key; the first one counts.",
    )

    _source_key_uniq = models.Constraint(
        "UNIQUE(source, key)", "An event is accepted once for each source."
    )

    @api.model
    def _accept(self, source, key, payload):
        """Take note of an event; False when it was seen before.

        The first content of a key counts; that another one arrived is noted.

        Part of the caller's transaction: when what the event causes is rolled back, the
        event counts as not seen. Of two deliveries at the same time one waits and then
        either is a repeat or is retried by Odoo.
        """
        text = json.dumps(payload, default=json_default, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        accepted = self.env.execute_query(
            SQL(
                """INSERT INTO lottery_inbox
                    (source, key, received_at, payload, digest, repeats)
                VALUES (%s, %s, clock_timestamp() AT TIME ZONE 'UTC', %s, %s, 0)
                ON CONFLICT (source, key) DO NOTHING RETURNING id""",
                source,
                key,
                text,
                digest,
            )
        )
        if not accepted:
            self.env.cr.execute(
                SQL(
                    """UPDATE lottery_inbox SET repeats = repeats + 1,
                        differs = COALESCE(differs, FALSE) OR digest <> %s
                    WHERE source = %s AND key = %s""",
                    digest,
                    source,
                    key,
                )
            )
            self.invalidate_model(["repeats", "differs"])
        return bool(accepted)
