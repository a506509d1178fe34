import time
from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.api import SUPERUSER_ID
from odoo.exceptions import AccessDenied
from odoo.tools import SQL

from odoo.addons.lottery_base.tools.transaction import read_committed
from odoo.addons.lottery_journal.engine.login_text import mask_login
from odoo.addons.lottery_journal.tools.client import get_address

from ..exceptions import LoginRefused

KNOWN_DAYS = 30
KEPT_DAYS = 1
# A worker that died between taking a try and settling it must not keep it for ever.
STALE_SECONDS = 60
BUSY_SECONDS = 5.0
BUSY_STEP = 0.1
# In this order, so that two logins never wait for each other.
SCOPES = ("address", "login", "pair")


class LotteryLoginAttempt(models.Model):
    """Failures of logins, counted in the database: one count for all processes and
    nodes, kept when the request is rolled back (PF-SEC-05).

    A try is taken before the password is looked at and settled afterwards, so that a
    hundred tries at once are no more than five in a row. Three counts: the login from
    this address; the login from everywhere; the address for all logins. What is typed
    as login counts, whether it exists or not. See docs/decisions/010-login.md.
    """

    _name = "lottery.login.attempt"
    _description = "Failed Logins"
    _order = "last_at desc"
    _log_access = False
    _rec_name = "login"

    scope = fields.Selection(
        [
            ("pair", "Login at an Address"),
            ("login", "Login Everywhere"),
            ("address", "Address"),
        ],
        required=True,
        readonly=True,
    )
    key = fields.Char(required=True, readonly=True)
    login = fields.Char(readonly=True)
    address = fields.Char(readonly=True)
    user_id = fields.Many2one(
        "res.users", readonly=True, ondelete="cascade", index=True
    )
    branch_id = fields.Many2one(
        "lottery.branch",
        "Unit",
        readonly=True,
        index=True,  # read by the rule; empty ones too
        ondelete="set null",
    )
    failures = fields.Integer(required=True, readonly=True, default=0)
    pending = fields.Integer(required=True, readonly=True, default=0)
    refused = fields.Integer(
        "Refused Since", required=True, readonly=True, default=0, help="While locked."
    )
    failed_at = fields.Datetime(readonly=True)
    last_at = fields.Datetime("Last Try", required=True, readonly=True, index=True)
    locked_until = fields.Datetime(readonly=True)
    is_locked = fields.Boolean(
        "Locked", compute="_compute_is_locked", search="_search_is_locked"
    )

    _key_uniq = models.Constraint("UNIQUE(scope, key)", "One count for each.")

    @api.depends("locked_until")
    def _compute_is_locked(self):
        now = self._get_now()
        for attempt in self:
            attempt.is_locked = bool(
                attempt.locked_until and attempt.locked_until > now
            )

    @api.model
    def _search_is_locked(self, operator, value):
        if operator != "in":
            return NotImplemented
        locked = [("locked_until", ">", self._get_now())]
        return locked if True in value else ["!", *locked]

    # === THE LIMITER === #

    @api.model
    @contextmanager
    def _guard(self, login):
        """Let one try of ``login`` through, or refuse it.

        :raise LoginRefused: locked; nothing about the password was looked at
        """
        address = get_address()
        keys = self._prepare_keys(login, address)
        self._take_or_wait(keys, login, address)
        try:
            yield
        except LoginRefused:
            # the password was right, the place or the kind of login was not
            self._settle(keys, None, login)
            raise
        except AccessDenied:
            self._settle(keys, False, login)
            raise
        except BaseException:
            self._settle(keys, None, login)
            raise
        self._settle(keys, True, login)

    @api.model
    def _get_now(self):
        return fields.Datetime.now()

    @api.model
    def _prepare_keys(self, login, address):
        """Return ``{scope: (key, limit)}``."""
        policy = self.env["lottery.login.policy"]._get_numbers()
        login = (login or "").strip()[:64]
        return {
            "address": (address, policy.address_cap),
            "login": (login, policy.login_cap),
            "pair": (f"{login}\n{address}", policy.lock_after),
        }

    def _take_or_wait(self, keys, login, address):
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            verdict, counts = self._take(keys, login, address)
            if verdict == "free":
                return
            if verdict == "locked":
                refused = self._judge_note(counts)
                raise LoginRefused(
                    self._get_locked_message(), refused and "locked", refused
                )
            # more tries at once than failures are left: those before us decide
            if time.monotonic() > deadline:
                raise LoginRefused(self._get_locked_message(), "locked")
            time.sleep(BUSY_STEP)

    def _open_apart(self):
        """Counts are nobody's: whoever logs in is not known yet."""
        return read_committed(self.env(user=SUPERUSER_ID))

    def _take(self, keys, login, address):
        """Take a try in all counts.

        :return: ``free``, ``busy`` or ``locked``, and the counts by scope
        """
        with self._open_apart() as env:
            attempts = env[self._name]
            counts = attempts._count_in(keys, login, address)
            verdict = attempts._judge(keys, counts, login, address)
            if verdict != "free":
                attempts._give_back(keys, verdict == "locked")
        return verdict, counts

    def _count_in(self, keys, login, address):
        policy = self.env["lottery.login.policy"]._get_numbers()
        now = self._get_now()
        rows = [
            (
                scope,
                keys[scope][0],
                None if scope == "address" else mask_login(login),
                None if scope == "login" else address,
                0,
                1,
                0,
                now,
            )
            for scope in SCOPES
        ]
        found = self.env.execute_query_dict(
            SQL(
                """
                INSERT INTO lottery_login_attempt AS a
                    (scope, key, login, address, failures, pending, refused, last_at)
                VALUES %(rows)s
                ON CONFLICT (scope, key) DO UPDATE SET
                    failures = CASE WHEN COALESCE(a.locked_until,
                        a.failed_at + %(window)s) <= %(now)s THEN 0 ELSE a.failures END,
                    locked_until = CASE WHEN a.locked_until > %(now)s
                        THEN a.locked_until END,
                    refused = CASE WHEN a.locked_until > %(now)s
                        THEN a.refused ELSE 0 END,
                    pending = CASE WHEN a.last_at < %(stale)s
                        THEN 1 ELSE a.pending + 1 END,
                    last_at = %(now)s
                RETURNING scope, failures, pending, refused, locked_until
                """,
                rows=SQL(", ").join(SQL("%s", row) for row in rows),
                window=timedelta(minutes=policy.lock_minutes),
                stale=now - timedelta(seconds=STALE_SECONDS),
                now=now,
            )
        )
        return {row["scope"]: row for row in found}

    def _judge(self, keys, counts, login, address):
        verdict = "free"
        for scope in SCOPES:
            count = counts[scope]
            if not count["locked_until"]:
                if count["failures"] + count["pending"] > keys[scope][1]:
                    verdict = "busy"
            elif scope != "login" or not self._is_known(login, address):
                return "locked"
        return verdict

    def _is_known(self, login, address):
        """Whether the user has logged in from the address lately."""
        since = self._get_now() - timedelta(days=KNOWN_DAYS)
        return bool(
            self.env.execute_query(
                SQL(
                    """
                    SELECT FROM lottery_log_login entry
                      JOIN res_users u ON u.id = entry.user_id
                     WHERE u.login = %s AND entry.address = %s
                       AND entry.result IN ('ok', 'half') AND entry.created_at > %s
                     LIMIT 1
                    """,
                    login,
                    address,
                    since,
                )
            )
        )

    def _judge_note(self, counts):
        """Return the number of refused tries where it is worth an entry in the log:
        the 1st, 2nd, 4th, 8th …; else None."""
        refused = 1 + max(
            count["refused"] for count in counts.values() if count["locked_until"]
        )
        return refused if refused & (refused - 1) == 0 else None

    def _give_back(self, keys, is_locked):
        for scope in SCOPES:
            self.env.cr.execute(
                SQL(
                    """UPDATE lottery_login_attempt
                          SET pending = GREATEST(pending - 1, 0),
                              refused = refused + CASE WHEN %s
                                  AND locked_until IS NOT NULL THEN 1 ELSE 0 END
                        WHERE scope = %s AND key = %s""",
                    is_locked,
                    scope,
                    keys[scope][0],
                )
            )

    def _settle(self, keys, success, login):
        """Count a failure, or forget those of the login at this address.

        :param success: None when the try says nothing about the password
        """
        with self._open_apart() as env:
            attempts = env[self._name]
            if success is False:
                attempts._count_failure(keys, login)
                return
            attempts._give_back(keys, False)
            if success:
                env.cr.execute(
                    SQL(
                        """UPDATE lottery_login_attempt
                              SET failures = 0, failed_at = NULL, locked_until = NULL
                            WHERE scope = 'pair' AND key = %s""",
                        keys["pair"][0],
                    )
                )

    def _count_failure(self, keys, login):
        policy = self.env["lottery.login.policy"]._get_numbers()
        now = self._get_now()
        users_sudo = self.env["res.users"].sudo()  # nobody is logged in yet
        user_sudo = users_sudo.search([("login", "=", login)], limit=1)
        for scope in SCOPES:
            key, limit = keys[scope]
            owner_sudo = user_sudo if scope != "address" else users_sudo
            rows = self.env.execute_query(
                SQL(
                    """UPDATE lottery_login_attempt a
                          SET pending = GREATEST(a.pending - 1, 0),
                              failures = a.failures + 1,
                              failed_at = %(now)s,
                              locked_until = CASE WHEN a.failures + 1 >= %(limit)s
                                  THEN %(until)s END,
                              user_id = %(user)s,
                              branch_id = %(branch)s
                        WHERE a.scope = %(scope)s AND a.key = %(key)s
                    RETURNING a.failures""",
                    now=now,
                    until=now + timedelta(minutes=policy.lock_minutes),
                    limit=limit,
                    user=owner_sudo.id or None,
                    branch=owner_sudo.branch_id.id or None,
                    scope=scope,
                    key=key,
                )
            )
            if owner_sudo and rows == [(limit,)]:
                self._journal_lock(scope, owner_sudo)

    def _journal_lock(self, scope, user_sudo):
        self.env["lottery.journal"]._append(
            [
                {
                    "event": "login.locked",
                    "model": "res.users",
                    "res_id": user_sudo.id,
                    "branch_id": user_sudo.branch_id.id,
                    "values": {"scope": scope, "address": get_address()},
                }
            ]
        )

    @api.model
    def _get_locked_message(self):
        return self.env._(
            "Too many failed logins. Wait %(minutes)s minutes, or ask an administrator.",
            minutes=self.env["lottery.login.policy"]._get_numbers().lock_minutes,
        )

    # === ACTIONS === #

    def action_unlock(self):
        """Let the login try again now."""
        self.check_access("write")
        self.env["lottery.journal"]._append(
            [
                {
                    "event": "login.unlocked",
                    "model": "res.users",
                    "res_id": attempt.user_id.id,
                    "branch_id": attempt.user_id.branch_id.id,
                    "values": {"scope": attempt.scope, "address": attempt.address},
                }
                for attempt in self
            ]
        )
        self.write({"failures": 0, "failed_at": False, "locked_until": False})

    @api.autovacuum
    def _gc_attempts(self):
        limit = self._get_now() - timedelta(days=KEPT_DAYS)
        self.env.cr.execute(
            SQL("DELETE FROM lottery_login_attempt WHERE last_at < %s", limit)
        )
