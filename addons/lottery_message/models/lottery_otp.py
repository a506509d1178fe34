import secrets
import time
from collections import namedtuple
from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.lottery_base.tools.phone import normalize_mobile
from odoo.addons.lottery_base.tools.transaction import read_committed

from ..const import CODE_LIFETIME, KEPT_DAYS, RESPONSE_FLOOR
from ..engine import address as addresses
from ..engine import code as codes
from ..engine import proof as proofs
from ..engine import secret, text

Verdict = namedtuple("Verdict", "challenge refused wait", defaults=(None, None, 0))

_LANGUAGE = "zh_CN"  # of the messages: their readers are not users with a language
_TIMEZONE = pytz.timezone("Asia/Shanghai")  # the providers' billing day


class _Decoy(Exception):
    """Undoes the sending of a code to a phone that nobody knows."""


class LotteryOtp(models.Model):
    """One-time codes: asking for one, and proving that it was received (PF-OTP-01).

    Both verbs run in a short READ COMMITTED transaction of their own that is committed
    whatever becomes of the request: a limit that a failed request gave back would be
    none. The rows are the counters: each limit is one index probe for the n-th last
    request of a phone, address, network or device, so the windows slide exactly; the
    four keys are locked first (advisory, in one order), so that simultaneous requests
    count each other.

    A request for an unknown phone runs through the same statements and leaves a row
    that no code can open. docs/decisions/003-otp.md argues the choices.
    """

    _name = "lottery.otp"
    _description = "One-time Code"
    _order = "id desc"
    _rec_name = "phone_hint"
    _log_access = False

    challenge = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    purpose = fields.Selection(
        [("login", "Log-in"), ("confirm", "Confirmation")],
        required=True,
        readonly=True,
    )
    phone_digest = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    phone_hint = fields.Char(string="Phone Number", required=True, readonly=True)
    code_digest = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    known = fields.Boolean(
        readonly=True, help="The phone was known, so a code was really sent."
    )
    state = fields.Selection(
        [
            ("live", "Waiting"),
            ("used", "Verified"),
            ("replaced", "Replaced"),
            ("exhausted", "Too many tries"),
            ("expired", "Expired"),
        ],
        required=True,
        readonly=True,
    )
    tries = fields.Integer(required=True, readonly=True)
    requested_at = fields.Datetime(required=True, readonly=True)
    expires_at = fields.Datetime(required=True, readonly=True)
    closed_at = fields.Datetime(readonly=True)
    address = fields.Char(required=True, readonly=True)
    network = fields.Char(required=True, readonly=True)
    device_digest = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    message_id = fields.Many2one(
        "lottery.sms.message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    _challenge_uniq = models.Constraint("UNIQUE(challenge)", "Challenges are unique.")
    _one_live = models.UniqueIndex(
        "(phone_digest, purpose) WHERE state = 'live'",
        "A phone has one live code for a purpose.",
    )
    # each of the four is read by _find_limit
    _phone_idx = models.Index("(phone_digest, requested_at DESC)")
    _address_idx = models.Index("(address, requested_at DESC)")
    _network_idx = models.Index("(network, requested_at DESC)")
    _device_idx = models.Index("(device_digest, requested_at DESC)")
    # read by lottery.otp.policy._judge_codes
    _known_idx = models.Index("(requested_at DESC) WHERE known")
    # read by _expire_codes
    _live_idx = models.Index("(expires_at) WHERE state = 'live'")

    # === ASKING FOR A CODE === #

    @api.model
    def _request_code(self, phone, purpose, *, address, device, proof, known=True):
        """Send a code to a phone and return the challenge that it answers.

        :param str phone: in any spelling
        :param str purpose: a value of field ``purpose``
        :param str address: of the client, as the trusted proxy reports it
        :param str device: the browser's random mark; without one its address stands in
        :param str proof: solution of a puzzle of :meth:`_make_proof`
        :param bool known: False does the same work and sends nothing
        :return: 32 hexadecimal digits, the same for known and unknown phones
        :raise OtpRefused: by a rule that has nothing to do with ``known``
        :raise OtpRefused: ``setup`` when the server has no keys
        """
        started = time.monotonic()
        mobile = normalize_mobile(phone)
        if not mobile:
            raise self._refuse("bad_phone")
        try:
            solution = proofs.check_proof(proof)
            marks = self._prepare_marks(mobile, address, device)
        except secret.KeyMissing as error:
            raise self._error_no_key(error) from error
        if not solution:
            raise self._refuse("bad_proof")
        with read_committed(self.env) as env:
            # Visitors have no rights on codes.
            verdict = (
                env["lottery.otp"]
                .sudo()
                ._take_request(mobile, purpose, marks, solution, known)
            )
        if verdict.refused:
            raise self._refuse(verdict.refused, verdict.wait)
        self._wait_until(started + RESPONSE_FLOOR)
        return verdict.challenge

    def _take_request(self, mobile, purpose, marks, solution, known):
        """Judge a request and carry it out; a refusal is returned, not raised, so that
        the used solution stays used."""
        if not self.env["lottery.otp.proof"]._use(*solution):
            return Verdict(refused="replayed_proof")
        policy = self.env["lottery.otp.policy"]._get_policy()
        if policy.state == "paused":
            return Verdict(refused="paused")
        self._lock_keys(marks)
        now = self._get_now()
        rule, wait = self._find_limit(policy, marks, now)
        if rule:
            return Verdict(refused=rule, wait=wait)
        if policy._is_rate_too_low():
            policy._pause("rate")
            return Verdict(refused="paused")
        code = codes.draw_code()
        body = self._prepare_code_text(purpose, code)
        if not self._take_money(policy, body, known):
            return Verdict(refused="budget")
        otp_id, challenge = self._store_code(mobile, purpose, marks, code, known, now)
        self._send_code(otp_id, mobile, purpose, (code, body), now, known)
        return Verdict(challenge=challenge)

    @api.model
    def _prepare_marks(self, mobile, address, device):
        """Return the values under which a request is counted, by column."""
        single, network = addresses.split_address(address)
        return {
            "phone_digest": codes.phone_digest(mobile),
            "address": single,
            "network": network,
            "device_digest": codes.device_digest(device or f"address {single}"),
        }

    @api.model
    def _lock_keys(self, marks):
        """Wait for the requests of the same phone, address, network or device.

        The order is that of the hashes, the same in every transaction; the locks end
        with it.
        """
        keys = [f"lottery_otp:{column}:{value}" for column, value in marks.items()]
        self.env.execute_query(
            SQL(
                "SELECT pg_advisory_xact_lock(key) FROM ("
                " SELECT DISTINCT hashtextextended(name, 0) AS key"
                " FROM unnest(%s) AS name ORDER BY key) AS keys",
                keys,
            )
        )

    @api.model
    def _find_limit(self, policy, marks, now):
        """Return ``(rule, seconds to wait)`` of the limit that is reached for the
        longest, ``(None, 0)`` when none is."""
        reached, longest = None, 0
        for rule, column, limit, seconds in policy._get_limits():
            rows = self.env.execute_query(
                SQL(
                    "SELECT requested_at FROM lottery_otp WHERE %s = %s"
                    " ORDER BY requested_at DESC OFFSET %s LIMIT 1",
                    SQL.identifier(column),
                    marks[column],
                    limit - 1,
                )
            )
            if not rows:
                continue
            wait = (rows[0][0] + timedelta(seconds=seconds) - now).total_seconds()
            if wait > longest:
                reached, longest = rule, wait
        return reached, int(longest) + 1 if reached else 0

    @api.model
    def _take_money(self, policy, body, known):
        price = policy.price * text.count_parts(body)
        taken = self.env["lottery.otp.spend"]._take(
            self._get_day(), price, policy.daily_budget, count=int(known)
        )
        if not taken:
            policy._alarm(
                self.env._("The daily budget of one-time codes is spent"),
                self.env._("No code is sent until midnight, or until it is raised."),
            )
        return taken

    @api.model
    def _store_code(self, mobile, purpose, marks, code, known, now):
        """Replace the live code of the phone and purpose; return id and challenge."""
        challenge = secrets.token_hex(16)
        self.env.cr.execute(
            SQL(
                "UPDATE lottery_otp SET state = 'replaced', closed_at = %s"
                " WHERE phone_digest = %s AND purpose = %s AND state = 'live'",
                now,
                marks["phone_digest"],
                purpose,
            )
        )
        values = {
            **marks,
            "challenge": challenge,
            "purpose": purpose,
            "phone_hint": text.mask_phone(mobile),
            "code_digest": codes.code_digest(code, challenge, mobile, purpose),
            "known": bool(known),
            "state": "live",
            "tries": 0,
            "requested_at": now,
            "expires_at": now + CODE_LIFETIME,
        }
        rows = self.env.execute_query(
            SQL(
                "INSERT INTO lottery_otp (%s) VALUES %s RETURNING id",
                SQL(", ").join(map(SQL.identifier, values)),
                tuple(values.values()),
            )
        )
        return rows[0][0], challenge

    @api.model
    def _send_code(self, otp_id, mobile, purpose, text, now, known):
        """Queue the message. For an unknown phone it is queued and taken back, so that
        both cost the same."""
        code, body = text
        try:
            with self.env.cr.savepoint():
                message_sudo = self.env["lottery.sms.message"]._send(
                    mobile,
                    body,
                    purpose=purpose,
                    record=(self._name, otp_id),
                    sensitive=True,
                    expires_at=now + CODE_LIFETIME,
                    values={
                        "code": code,
                        "minutes": str(CODE_LIFETIME // timedelta(minutes=1)),
                    },
                )
                self.env.cr.execute(
                    SQL(
                        "UPDATE lottery_otp SET message_id = %s WHERE id = %s",
                        message_sudo.id,
                        otp_id,
                    )
                )
                self.env.flush_all()
                if not known:
                    raise _Decoy
        except _Decoy:
            self.env.invalidate_all(flush=False)

    @api.model
    def _prepare_code_text(self, purpose, code):
        """Return the text of the message; one part, so that a code costs one price."""
        env = self.with_context(lang=_LANGUAGE).env
        texts = {
            "login": env._(
                "Your log-in code is %(code)s, valid for 5 minutes. Tell it to nobody.",
                code=code,
            ),
            "confirm": env._(
                "Your confirmation code is %(code)s, valid for 5 minutes. Tell it to "
                "nobody.",
                code=code,
            ),
        }
        return texts[purpose]

    # === PROOF OF WORK === #

    @api.model
    def _make_proof(self, address):
        """Return a puzzle for a client; harder where the network has asked for many
        codes within the hour.

        :raise OtpRefused: ``setup`` when the server has no keys
        """
        network = addresses.split_address(address)[1]
        policy = self.env["lottery.otp.policy"]._get_policy()
        rows = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM (SELECT 1 FROM lottery_otp WHERE network = %s"
                " AND requested_at > %s LIMIT 15) AS recent",
                network,
                self._get_now() - timedelta(hours=1),
            )
        )
        highest = policy.proof_highest * 2 ** (rows[0][0] // 5)
        try:
            return proofs.make_challenge(highest)
        except secret.KeyMissing as error:
            raise self._error_no_key(error) from error

    # === HOUSEKEEPING === #

    @api.model
    def _get_now(self):
        """Return the database's time (naive UTC): one clock for all nodes, and not the
        transaction's start, which may lie before a lock was granted."""
        self.env.cr.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
        return self.env.cr.fetchone()[0]

    @api.model
    def _get_day(self):
        now = pytz.utc.localize(self._get_now())
        return now.astimezone(_TIMEZONE).date()

    @api.model
    def _wait_until(self, moment):
        """Hold an accepted answer back until ``moment`` (monotonic seconds)."""
        time.sleep(max(0.0, moment - time.monotonic()))

    @api.model
    def _expire_codes(self):
        """Mark codes whose time has run out, for lists and statistics."""
        now = self._get_now()
        self.env.cr.execute(
            SQL(
                "UPDATE lottery_otp SET state = 'expired', closed_at = expires_at"
                " WHERE state = 'live' AND expires_at <= %s",
                now,
            )
        )

    @api.autovacuum
    def _gc_codes(self):
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        self.env.cr.execute(
            SQL("DELETE FROM lottery_otp WHERE requested_at < %s", limit)
        )
