import json

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from odoo.addons.bus.models.bus import channel_with_db, json_dump

RING = "lottery.notification"  # type of the message on the bus
RING_KEY = "lottery_message.ring"
# Screens that hear of a big announcement fetch it spread over time, this many a second.
FETCHES_PER_SECOND = 200
LONGEST_SPREAD = 30


class LotteryNotification(models.Model):
    """Sending: one statement a channel, whatever the number of readers."""

    _inherit = "lottery.notification"

    @api.model
    def _notify(self, code, users, record=None, values=None):
        """Tell users something, on the ways that template and preferences say.

        Part of the caller's transaction: what is rolled back was never sent. Set-based:
        10,000 readers cost one statement a channel. Whoever calls decides who is told;
        the readers' rights on the record are not asked.

        :param str code: of the template
        :param users: ``res.users`` recordset, portal users included
        :param record: what it is about; opened from the notification
        :param dict values: for the template's placeholders; ``{record}`` is there
        :return: the notifications, as superuser; empty when the template is archived
        :raise KeyError: unknown template
        :raise ValueError: a placeholder without value, a record of another kind
        """
        template_sudo = self.env["lottery.notification.template"]._get(code)
        rows_sudo = self.sudo().browse()
        if not template_sudo.active or not users:
            return rows_sudo
        self._check_record(template_sudo, record)
        template_sudo.flush_recordset()
        texts = self._prepare_texts(template_sudo, users, record, values)
        for channel in template_sudo._get_channels():
            rows_sudo |= self.sudo()._insert_rows(
                template_sudo, channel, users, texts, record, values
            )
        return rows_sudo

    @api.model
    def _check_record(self, template_sudo, record):
        expected = template_sudo.model_id.model
        if record and expected and record._name != expected:
            raise ValueError(
                f"Notification {template_sudo.code!r} is about {expected}, "
                f"not about {record._name}."
            )

    @api.model
    def _prepare_texts(self, template_sudo, users, record, values):
        """Return ``[(lang, subject, body)]`` in the readers' languages."""
        users.partner_id.flush_recordset(["lang", "tz", "email", "phone"])
        users.flush_recordset()
        langs = self.env.execute_query(
            SQL(
                """SELECT DISTINCT COALESCE(p.lang, 'en_US') FROM res_users u
                JOIN res_partner p ON p.id = u.partner_id
                WHERE u.id = ANY(%s) AND u.active""",
                users.ids,
            )
        )
        installed = dict(self.env["res.lang"].get_installed())
        return [
            (
                lang,
                *template_sudo._render(
                    lang if lang in installed else "en_US", record, values
                ),
            )
            for (lang,) in langs
        ]

    def _insert_rows(self, template_sudo, channel, users, texts, record, values):
        """Write the rows of one channel; pass on what may go at once."""
        in_app = channel == "in_app"
        found = self.env.execute_query(
            self._prepare_insert(template_sudo, channel, users, texts, record, values)
        )
        self.invalidate_model()
        if in_app:
            self._ring([user_id for _id, user_id, _state, _held in found])
        else:
            due = [
                row_id
                for row_id, _user, state, held in found
                if state == "waiting" and not held
            ]
            if any(held for *_rest, held in found):
                self._wake_release(min(held for *_rest, held in found if held))
            self._release(channel, due)
        return self.browse([row[0] for row in found])

    def _prepare_insert(self, template_sudo, channel, users, texts, record, values):
        address = self._get_address_sql(channel)
        may_switch_off = not template_sudo.mandatory
        filled = dict(values or {})
        if record:
            filled.setdefault("record", record.sudo().display_name)
        held = SQL("NULL::timestamp")
        if channel != "in_app" and not template_sudo.urgent:
            held = self._get_release_sql()
        langs, subjects, bodies = zip(*texts, strict=True) if texts else ([], [], [])
        return SQL(
            """INSERT INTO lottery_notification
                (template_id, user_id, channel, urgent, subject, body, model, res_id,
                 values, state, sent_at, release_at,
                 create_uid, create_date, write_uid, write_date)
            SELECT %(template)s, reader.id, %(channel)s, %(urgent)s, text.subject,
                text.body, %(model)s, %(res_id)s, %(values)s, reader.state,
                CASE WHEN reader.state = 'sent' THEN now() AT TIME ZONE 'UTC' END,
                CASE WHEN reader.state = 'waiting' THEN reader.release_at END,
                %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
            FROM (
                SELECT u.id, COALESCE(p.lang, 'en_US') AS lang, %(held)s AS release_at,
                    CASE WHEN %(in_app)s THEN 'sent'
                        WHEN NULLIF(%(address)s, '') IS NULL THEN 'skipped'
                        ELSE 'waiting' END AS state
                FROM res_users u JOIN res_partner p ON p.id = u.partner_id
                WHERE u.id = ANY(%(users)s) AND u.active
                  AND NOT (%(may_switch_off)s AND EXISTS (
                    SELECT FROM lottery_notification_mute mute
                    WHERE mute.user_id = u.id AND mute.channel = %(channel)s
                      AND (mute.template_id = %(template)s
                           OR mute.template_id IS NULL)))
            ) AS reader
            JOIN unnest(%(langs)s::text[], %(subjects)s::text[], %(bodies)s::text[])
                AS text(lang, subject, body) ON text.lang = reader.lang
            ORDER BY reader.id
            RETURNING id, user_id, state, release_at""",
            template=template_sudo.id,
            channel=channel,
            urgent=template_sudo.urgent,
            model=record._name if record else None,
            res_id=record.id if record else None,
            values=json.dumps(filled, default=str) if filled else None,
            uid=self.env.uid,
            held=held,
            in_app=channel == "in_app",
            address=address,
            users=users.ids,
            may_switch_off=may_switch_off,
            langs=list(langs),
            subjects=list(subjects),
            bodies=list(bodies),
        )

    @api.model
    def _get_address_sql(self, channel):
        """Return where a reader ``u`` with contact ``p`` is reached on a channel."""
        return {
            "in_app": SQL("''"),
            "sms": SQL("COALESCE(NULLIF(u.mobile, ''), p.phone)"),
            "email": SQL("p.email"),
            "wechat": SQL("u.wechat_openid"),
        }[channel]

    # === QUIET HOURS === #

    @api.model
    def _get_release_sql(self):
        """Return when the reader ``u`` with contact ``p`` may be disturbed again: the
        end of the quiet hours that are running in the reader's timezone, else NULL.

        Hours may span midnight (22 to 7); the end is tomorrow when they began today.
        """
        quiet_from, quiet_to = self._get_default_quiet_hours()
        return SQL(
            """(SELECT CASE
                WHEN hours.from_hour = hours.to_hour THEN NULL
                WHEN (hours.from_hour < hours.to_hour AND clock.hour >= hours.from_hour
                        AND clock.hour < hours.to_hour)
                    OR (hours.from_hour > hours.to_hour
                        AND (clock.hour >= hours.from_hour
                             OR clock.hour < hours.to_hour))
                THEN (date_trunc('day', clock.local)
                    + CASE WHEN clock.hour >= hours.to_hour THEN interval '1 day'
                        ELSE interval '0' END
                    + hours.to_hour * interval '1 hour')
                    AT TIME ZONE clock.zone AT TIME ZONE 'UTC' END
            FROM (SELECT zone, local,
                    (EXTRACT(EPOCH FROM local::time) / 3600)::float AS hour
                FROM (SELECT zone, %(now)s AT TIME ZONE 'UTC' AT TIME ZONE zone AS local
                    FROM (SELECT COALESCE(p.tz, 'Asia/Shanghai') AS zone) z) l) AS clock,
                (SELECT CASE u.quiet_hours WHEN 'own' THEN u.quiet_from
                        WHEN 'none' THEN 0 ELSE %(quiet_from)s END AS from_hour,
                    CASE u.quiet_hours WHEN 'own' THEN u.quiet_to
                        WHEN 'none' THEN 0 ELSE %(quiet_to)s END AS to_hour) AS hours)""",
            now=self._get_now(),
            quiet_from=quiet_from,
            quiet_to=quiet_to,
        )

    @api.model
    def _get_default_quiet_hours(self):
        """Return ``(from, to)`` in hours for who has chosen none; equal: no quiet."""
        get = self.env["lottery.parameter"]._get
        return get("message.quiet_from"), get("message.quiet_to")

    @api.model
    def _get_now(self):
        return fields.Datetime.now()

    # === THE BELL RINGS === #

    @api.model
    def _ring(self, user_ids):
        """Wake the screens of users after the commit; they fetch with their own rights,
        nothing of the notification is on the bus."""
        callbacks = self.env.cr.precommit
        if RING_KEY not in callbacks.data:
            callbacks.data[RING_KEY] = set()
            # At the last moment, as core does: a screen that has seen a later row of
            # the bus never asks for an earlier one.
            callbacks.add(self._write_rings)
        callbacks.data[RING_KEY] |= set(user_ids)

    def _write_rings(self):
        user_ids = self.env.cr.precommit.data.pop(RING_KEY, set())
        partners = self.env.execute_query(
            SQL(
                """SELECT partner_id FROM res_users
                WHERE id = ANY(%s) AND active AND NOT COALESCE(share, FALSE)""",
                list(user_ids),
            )
        )
        spread = min(len(partners) // FETCHES_PER_SECOND, LONGEST_SPREAD)
        message = json_dump({"type": RING, "payload": {"spread": spread}})
        bus = self.env["bus.bus"]
        bus._ensure_hooks()
        for batch in split_every(1000, [partner_id for (partner_id,) in partners]):
            channels = [
                channel_with_db(self.env.cr.dbname, bus.env["res.partner"].browse(id_))
                for id_ in batch
            ]
            self.env.cr.execute(
                SQL(
                    """INSERT INTO bus_bus (channel, message, create_date)
                    SELECT channel, %s, now() AT TIME ZONE 'UTC'
                    FROM unnest(%s::text[]) AS channel""",
                    message,
                    [json_dump(channel) for channel in channels],
                )
            )
            self.env.cr.postcommit.data["bus.bus.channels"].update(channels)
