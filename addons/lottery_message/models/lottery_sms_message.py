import json
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.lottery_base.tools.phone import normalize_mobile

from ..const import SEALED_MARK
from ..engine import secret, text

CHANNEL = "sms"
LOCAL_NOTIFICATION = "lottery.sms.local"


class LotterySmsMessage(models.Model):
    """A short message and its fate. Rows are made by :meth:`_send` and changed by the
    outbox and by receipts only: no role may create, write or delete them.

    A ``sensitive`` body (a code) is stored sealed and is erased from the row once it
    could no longer be of use.
    """

    _name = "lottery.sms.message"
    _description = "Short Message"
    _inherit = ["lottery.branch.mixin"]
    _order = "id desc"
    _rec_name = "phone_hint"

    ref = fields.Char(
        string="Reference",
        required=True,
        readonly=True,
        index=True,
        help="Sent along with each try, so that a provider can tell a repetition.",
    )
    phone = fields.Char(
        required=True,
        readonly=True,
        index=True,
        groups="lottery_base.group_admin",
    )
    phone_hint = fields.Char(
        string="Phone Number",
        compute="_compute_phone_hint",
        search="_search_phone_hint",
        compute_sudo=True,
        help="Search with the full number.",
    )
    purpose = fields.Selection(
        [
            ("login", "Log-in Code"),
            ("confirm", "Confirmation Code"),
            ("notice", "Notice"),
        ],
        required=True,
        readonly=True,
        index=True,
        help="Addons name their own kinds of messages by adding to this list.",
    )
    sensitive = fields.Boolean(readonly=True)
    body = fields.Text(readonly=True, groups=fields.NO_ACCESS)
    body_sealed = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    values = fields.Json(
        readonly=True,
        groups=fields.NO_ACCESS,
        help="For the parameters of a provider's template.",
    )
    values_sealed = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    body_shown = fields.Text(
        string="Text",
        compute="_compute_body_shown",
        help="Sensitive texts are shown to administrators, for the local outbox only.",
    )
    parts = fields.Integer(
        readonly=True, default=1, help="Parts that the provider bills."
    )
    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("sent", "Sent"),
            ("delivered", "Delivered"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="queued",
        index=True,
    )
    provider_id = fields.Many2one(
        "lottery.sms.provider",
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    provider_code = fields.Selection(related="provider_id.code", related_sudo=True)
    provider_ref = fields.Char(string="Provider's Reference", readonly=True)
    failure = fields.Selection(
        [
            ("refused", "Refused by the provider"),
            ("unreachable", "Provider not reached"),
            ("unknown", "No answer; it may have arrived"),
            ("undelivered", "Not delivered to the phone"),
            ("expired", "Too late to be of use"),
            ("unreadable", "The text can't be opened"),
            ("secret", "A secret is missing"),
            ("template", "No fitting template at the provider"),
            ("cancelled", "Cancelled"),
        ],
        readonly=True,
    )
    error = fields.Char(
        string="Details",
        readonly=True,
        help="The provider's words or a technical fact.",
    )
    expires_at = fields.Datetime(
        readonly=True, help="Not sent after this time: nobody could use it."
    )
    sent_at = fields.Datetime(readonly=True)
    delivered_at = fields.Datetime(readonly=True)
    reported_at = fields.Datetime(readonly=True, help="When the receipt came in.")
    model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        string="Record ID", model_field="model", readonly=True
    )
    notification_id = fields.Many2one(
        "lottery.notification",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups=fields.NO_ACCESS,
        help="What this message carries; it hears of the message's fate.",
    )

    _ref_uniq = models.Constraint("UNIQUE(ref)", "The reference exists already.")
    # read by _apply_receipt
    _provider_ref_idx = models.Index(
        "(provider_id, provider_ref) WHERE provider_ref IS NOT NULL"
    )
    # read by "messages about this record"
    _record_idx = models.Index("(model, res_id) WHERE model IS NOT NULL")
    # read by _gc_sealed_bodies
    _sealed_idx = models.Index("(create_date) WHERE body_sealed IS NOT NULL")

    # === COMPUTE METHODS === #

    @api.depends("phone")
    def _compute_phone_hint(self):
        for message in self:
            message.phone_hint = text.mask_phone(message.phone)

    def _search_phone_hint(self, operator, value):
        """Find by the whole number: parts would let one guess digit by digit."""
        if operator not in ("=", "in", "ilike", "like", "=ilike"):
            return NotImplemented
        values = value if operator == "in" else [value]
        phones = [normalize_mobile(raw) for raw in values if isinstance(raw, str)]
        # As superuser: the column is the administrators'. Record rules still apply to
        # the search that uses these ids.
        ids = self.sudo()._search([("phone", "in", [p for p in phones if p])])
        return Domain("id", "in", ids)

    @api.depends("body", "body_sealed", "sensitive")
    @api.depends_context("uid")
    def _compute_body_shown(self):
        is_admin = self.env.user.has_group("lottery_base.group_admin")
        for message in self:
            message_sudo = message.sudo()  # the columns are closed to all roles
            if not message.sensitive:
                message.body_shown = message_sudo.body
            elif is_admin and message_sudo.provider_id.code == "local":
                message.body_shown = message_sudo._open_body() or SEALED_MARK
            else:
                message.body_shown = SEALED_MARK

    # === ACTION METHODS === #

    def action_open_record(self):
        """Open what the message is about, if the user may see it."""
        self.ensure_one()
        if not self.model or self.model not in self.env:
            raise UserError(self.env._("The message is about no record."))
        record = self.env[self.model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("The record does not exist any more."))
        record.check_access("read")
        return record.get_formview_action()

    @api.model
    def get_local_outbox(self, limit=30):
        """Return the newest messages of local providers for the developer's screen.

        :return: ``[{"id", "phone", "purpose", "body", "state", "at"}]``
        :raise AccessError: for all but administrators
        """
        self._check_local_outbox_access()
        messages = self.search(
            [("provider_id.code", "=", "local")], limit=max(1, min(int(limit), 100))
        )
        purposes = dict(self._fields["purpose"]._description_selection(self.env))
        return [
            {
                "id": message.id,
                "phone": message.phone,
                "purpose": purposes.get(message.purpose, message.purpose),
                "body": message.body_shown,
                "state": message.state,
                "at": fields.Datetime.to_string(message.create_date),
            }
            for message in messages
        ]

    # === BUSINESS METHODS === #

    @api.model
    def _send(
        self,
        phone,
        body,
        *,
        purpose,
        record=None,
        branch_id=None,
        sensitive=False,
        expires_at=None,
        values=None,
    ):
        """Queue a short message in this transaction; the outbox sends it after commit.

        :param str phone: a mainland mobile in any spelling
        :param str body: the text without signature
        :param str purpose: a value of field ``purpose``, for lists and statistics
        :param record: what it is about: a record or ``(model, id)``
        :param branch_id: unit, default the record's own or none
        :param bool sensitive: keep the text sealed and show it to nobody
        :param expires_at: naive UTC datetime after which it is not sent any more
        :param dict values: parameters for providers that send templates of their own
        :return: the message, as superuser
        :raise UserError: bad number, empty text, no provider, no key to seal with
        """
        mobile = normalize_mobile(phone)
        if not mobile:
            raise UserError(
                self.env._(
                    "Phone: only mobile numbers of the mainland receive messages."
                )
            )
        if not (body or "").strip():
            raise UserError(self.env._("Text: a message can't be empty."))
        row = self._prepare_message_values(
            mobile, body.strip(), purpose, record, branch_id, sensitive
        )
        row["expires_at"] = expires_at
        if values and sensitive:
            row["values_sealed"] = self._seal_body(json.dumps(values), row["ref"])
        elif values:
            row["values"] = values
        # No role may write messages; the caller's right is that to its own business.
        message_sudo = self.sudo().create(row)
        self.env["lottery.outbox"].sudo()._enqueue(
            CHANNEL,
            "send",
            {"message_id": message_sudo.id},
            key=f"sms:{message_sudo.ref}",
            record=(self._name, message_sudo.id),
            branch_id=message_sudo.branch_id.id,
        )
        message_sudo._notify_local_outbox()
        return message_sudo

    @api.model
    def _enqueue_messages(self, ids):
        """Give queued messages to the outbox, in one statement."""
        self.env["lottery.outbox"].sudo()._enqueue_all(
            CHANNEL,
            "send",
            SQL(
                """SELECT 'sms:' || ref, jsonb_build_object('message_id', id), %s, id,
                    branch_id FROM lottery_sms_message WHERE id = ANY(%s)""",
                self._name,
                ids,
            ),
        )

    def _prepare_message_values(
        self, mobile, body, purpose, record, branch_id, sensitive
    ):
        model, res_id = False, False
        if record is not None:
            model, res_id = (
                record if isinstance(record, tuple) else (record._name, record.id)
            )
            if branch_id is None and not isinstance(record, tuple):
                branch_id = record.branch_id.id if "branch_id" in record else False
        provider_sudo = self.env["lottery.sms.provider"]._get_provider()
        if provider_sudo.signature:
            body = f"【{provider_sudo.signature}】{body}"
        ref = secrets.token_hex(12)
        return {
            "ref": ref,
            "phone": mobile,
            "purpose": purpose,
            "sensitive": sensitive,
            "body": False if sensitive else body,
            "body_sealed": self._seal_body(body, ref) if sensitive else False,
            "parts": text.count_parts(body),
            "provider_id": provider_sudo.id,
            "branch_id": branch_id or False,
            "model": model,
            "res_id": res_id,
        }

    def _seal_body(self, body, ref):
        try:
            return secret.seal(body, f"sms:{ref}")
        except secret.KeyMissing as error:
            raise UserError(
                self.env._(
                    "The message can't be stored: the server has no %(key)s. Ask the "
                    "administrator to set it.",
                    key=error.args[0],
                )
            ) from error

    def _open_body(self):
        """Return the text of one message (as superuser), False when it was erased or
        can't be opened with the server's key."""
        self.ensure_one()
        if not self.sensitive:
            return self.body
        if not self.body_sealed:
            return False
        try:
            return secret.unseal(self.body_sealed, f"sms:{self.ref}")
        except (secret.KeyMissing, secret.SealBroken):
            return False

    def _open_values(self):
        """Return what a provider's template may be filled with (as superuser)."""
        self.ensure_one()
        notification = self.notification_id
        if notification:
            texts = {"subject": notification.subject, "body": notification.body}
            return texts | (notification.values or {})
        if self.values_sealed:
            try:
                return json.loads(secret.unseal(self.values_sealed, f"sms:{self.ref}"))
            except (secret.KeyMissing, secret.SealBroken):
                return {}
        return {"body": self._open_body(), **(self.values or {})}

    def _is_open(self):
        """Tell whether sending may still change the message: it waits, or sending
        failed and somebody may try again. What the provider reported stands."""
        self.ensure_one()
        return self.state == "queued" or (
            self.state == "failed" and not self.reported_at
        )

    def _apply_receipt(self, provider, receipt):
        """Record what a provider reports of one of its messages.

        A receipt may come before the answer to the sending request is applied, twice,
        or out of order: only a step forward is taken.

        :param dict receipt: ``{"ref", "state": "delivered"|"failed", "error"}``;
            ``ref`` is the provider's or ours
        :return: the message or an empty recordset
        """
        ref = receipt["ref"]
        message_sudo = self.sudo().search(  # the provider is no user of ours
            Domain("provider_id", "=", provider.id)
            & (Domain("provider_ref", "=", ref) | Domain("ref", "=", ref)),
            limit=1,
        )
        if not message_sudo or message_sudo.reported_at:
            return message_sudo
        now = fields.Datetime.now()
        delivered = receipt["state"] == "delivered"
        values = {
            "state": receipt["state"],
            "reported_at": now,
            "delivered_at": now if delivered else False,
            "failure": False if delivered else "undelivered",
            "error": receipt.get("error") or False,
        }
        message_sudo.write(values)
        message_sudo._on_fate()
        return message_sudo

    def _on_fate(self):
        """The state of one message has changed: its notification hears of it."""
        self.ensure_one()
        notification = self.notification_id
        if not notification or self.state == "queued":
            return
        failure = dict(self._fields["failure"]._description_selection(self.env))
        words = (failure.get(self.failure), self.error)
        notification._set_state(
            notification.ids,
            self.state,
            error=": ".join(filter(None, words)),
            answer=" ".join(filter(None, (self.state, self.provider_ref))),
        )

    def _notify_local_outbox(self):
        """Tell the developer's screens that something changed; they fetch it with their
        own rights, nothing of the message is on the bus."""
        if any(message.provider_id.code == "local" for message in self):
            self._ring_local_outbox()

    @api.model
    def _ring_local_outbox(self):
        admins_sudo = self.env.ref("lottery_base.group_admin").sudo()  # only a name
        admins_sudo._bus_send(LOCAL_NOTIFICATION, {})

    def _check_local_outbox_access(self):
        if not self.env.user.has_group("lottery_base.group_admin"):
            raise AccessError(
                self.env._("Only the suite's administrators read the local outbox.")
            )

    @api.autovacuum
    def _gc_sealed_bodies(self):
        """Erase sensitive texts after an hour; the rows stay as record of sending."""
        now = fields.Datetime.now()
        old = self.sudo().search(
            [
                ("body_sealed", "!=", False),
                ("create_date", "<", fields.Datetime.subtract(now, hours=1)),
                ("state", "!=", "queued"),
            ],
            limit=1000,
        )
        old.write({"body_sealed": False, "values_sealed": False})
        return len(old), len(old) == 1000
