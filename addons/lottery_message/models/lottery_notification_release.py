import secrets

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.lottery_base.tools.phone import normalize_mobile

from ..engine import text

RELEASE_BATCH = 2_000
OUTBOX_CHANNELS = ("email", "wechat")  # sent row by row from the outbox


class LotteryNotification(models.Model):
    """From a waiting row to the channel that carries it, and its answer back."""

    _inherit = "lottery.notification"

    # === RELEASING === #

    @api.model
    def _wake_release(self, at):
        """Look for rows whose quiet hours end, then and not only at the next round."""
        self.env.ref("lottery_message.ir_cron_notification_release")._trigger(at)

    @api.model
    def _cron_release(self):
        """Pass on what quiet hours held back."""
        while True:
            ids_by_channel = self._take_due()
            for channel, ids in ids_by_channel.items():
                self.sudo()._release(channel, ids)
            count = sum(map(len, ids_by_channel.values()))
            left = self.env["ir.cron"]._commit_progress(count)
            if count < RELEASE_BATCH or not left:
                return

    def _take_due(self):
        """Return ``{channel: ids}`` of rows that may go now; they are taken."""
        rows = self.env.execute_query(
            SQL(
                """UPDATE lottery_notification SET release_at = NULL
                WHERE id IN (SELECT id FROM lottery_notification
                    WHERE state = 'waiting' AND release_at <= %s
                    ORDER BY release_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
                RETURNING channel, id""",
                self._get_now(),
                RELEASE_BATCH,
            )
        )
        self.invalidate_model()
        taken = {}
        for channel, row_id in rows:
            taken.setdefault(channel, []).append(row_id)
        return taken

    def _release(self, channel, ids, suffix=""):
        """Hand waiting rows over to their channel, in this transaction.

        :param str suffix: of the idempotency keys, to send once more what was over
        """
        if not ids:
            return
        if channel == "sms":
            self._release_sms(ids)
        else:
            self._release_to_outbox(channel, ids, suffix)
        self.invalidate_model()

    def _release_to_outbox(self, channel, ids, suffix):
        self.env["lottery.outbox"].sudo()._enqueue_all(
            channel,
            "notification",
            SQL(
                """SELECT 'notification:' || id || %s, jsonb_build_object(
                        'notification_id', id), %s, id, NULL::int
                FROM lottery_notification WHERE id = ANY(%s)""",
                suffix,
                self._name,
                ids,
            ),
        )

    def _release_sms(self, ids):
        """Write a short message for each row: three statements for all of them."""
        provider_sudo = self.env["lottery.sms.provider"].sudo().search([], limit=1)
        if not provider_sudo:
            self._set_failed(ids, self.env._("No SMS provider is active."))
            return
        rows = self.env.execute_query(
            SQL(
                """SELECT n.id, %s, n.body, t.sensitive
                FROM lottery_notification n
                JOIN lottery_notification_template t ON t.id = n.template_id
                JOIN res_users u ON u.id = n.user_id
                JOIN res_partner p ON p.id = u.partner_id
                WHERE n.id = ANY(%s)""",
                self._get_address_sql("sms"),
                ids,
            )
        )
        phones = {row_id: normalize_mobile(phone) for row_id, phone, *_rest in rows}
        if bad := [row_id for row_id, phone in phones.items() if not phone]:
            self._set_state(
                bad, "skipped", self.env._("This is no mobile number of the mainland.")
            )
        good = [row for row in rows if phones[row[0]]]
        if good:
            self._write_sms(provider_sudo, good, phones)

    def _write_sms(self, provider_sudo, rows, phones):
        messages = self.env["lottery.sms.message"].sudo()
        prefix = f"【{provider_sudo.signature}】" if provider_sudo.signature else ""
        columns = []
        for row_id, _phone, body, sensitive in rows:
            ref, whole = secrets.token_hex(12), f"{prefix}{body}"
            columns.append(
                (
                    row_id,
                    phones[row_id],
                    ref,
                    None if sensitive else whole,
                    messages._seal_body(whole, ref) if sensitive else None,
                    text.count_parts(whole),
                )
            )
        message_ids = self.env.execute_query(
            SQL(
                """INSERT INTO lottery_sms_message
                    (ref, phone, purpose, sensitive, body, body_sealed, parts, state,
                     provider_id, notification_id, model, res_id,
                     create_uid, create_date, write_uid, write_date)
                SELECT sms.ref, sms.phone, 'notice', sms.sealed IS NOT NULL, sms.body,
                    sms.sealed, sms.parts, 'queued', %s, n.id, n.model, n.res_id,
                    n.create_uid, now() AT TIME ZONE 'UTC',
                    n.create_uid, now() AT TIME ZONE 'UTC'
                FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::text[],
                    %s::int[]) AS sms(id, phone, ref, body, sealed, parts)
                JOIN lottery_notification n ON n.id = sms.id
                RETURNING id""",
                provider_sudo.id,
                *(list(column) for column in zip(*columns, strict=True)),
            )
        )
        messages.invalidate_model()
        messages._enqueue_messages([message_id for (message_id,) in message_ids])

    # === WHAT BECAME OF IT === #

    def _set_state(self, ids, state, error=None, answer=None):
        """Write the fate of rows; what was read or delivered stays so."""
        now = fields.Datetime.now()
        rows_sudo = self.sudo().browse(ids)  # no role may write notifications
        rows_sudo = rows_sudo.filtered(
            lambda row: row.state not in ("read", "delivered")
        )
        values = {"state": state, "error": error or False}
        if answer:
            values["answer"] = answer
        if state in ("sent", "delivered"):
            values["delivered_at" if state == "delivered" else "sent_at"] = now
        rows_sudo.write(values)

    def _set_failed(self, ids, error):
        self._set_state(ids, "failed", error[:300])

    def _resend(self):
        """Try failed and skipped rows once more, as an operator's decision."""
        rows_sudo = self.sudo().filtered(
            lambda row: row.channel != "in_app" and row.state in ("failed", "skipped")
        )
        rows_sudo.write({"state": "waiting", "error": False})
        for channel, open_sudo in rows_sudo.grouped("channel").items():
            items_by_row = open_sudo._find_open_items(channel)
            self.env["lottery.outbox"].sudo().union(
                *items_by_row.values()
            ).action_retry()
            left = [row.id for row in open_sudo if row not in items_by_row]
            # What is over keeps its key, so another try has another one.
            self.sudo()._release(channel, left, f":{int(self._get_now().timestamp())}")

    def _find_open_items(self, channel):
        """Return ``{row: messages in the outbox that can still be sent}``."""
        carriers = {row.id: row for row in self}
        model = self._name
        if channel == "sms":
            messages = self.env["lottery.sms.message"].search(
                [("notification_id", "in", self.ids)]
            )
            carriers = {message.id: message.notification_id for message in messages}
            model = messages._name
        items = self.env["lottery.outbox"].search(
            [
                ("model", "=", model),
                ("res_id", "in", list(carriers)),
                ("state", "in", ("parked", "pending")),
            ]
        )
        return items.grouped(lambda item: carriers[item.res_id])
