import contextlib
import logging
import time
import uuid
from concurrent import futures

from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.lottery_base.tools.transaction import _is_shared_cursor, read_committed

from ..engine.errors import SendError

_logger = logging.getLogger(__name__)

LOCK = 0x4C4F0001  # first half of the advisory lock of a channel's drain
BUDGET = 45.0  # seconds one job or cron run sends at most
CRON_BUDGET = 20.0
SOON = 300.0  # seconds ahead for which a job is booked; later ones are the cron's
NAP = 1.0  # longest wait for the rate limit inside a drain


class LotteryOutbox(models.Model):
    """Claim and send; what comes back is in `lottery_outbox_apply`."""

    _inherit = "lottery.outbox"

    # === WAKING === #

    @api.model
    def _wake_after_commit(self, channels):
        """See to it that somebody drains ``channels`` once this is committed."""
        postcommit = self.env.cr.postcommit
        wanted = postcommit.data.get("lottery_outbox.wake")
        if wanted is None:
            wanted = postcommit.data["lottery_outbox.wake"] = set()
            postcommit.add(self.env["lottery.outbox"]._wake_wanted)
        wanted |= channels

    def _wake_wanted(self):
        channels = self.env.cr.postcommit.data.pop("lottery_outbox.wake", set())
        if not channels:
            return
        try:
            with self.env.registry.cursor() as cr:
                outbox = self.with_env(self.env(cr=cr, user=api.SUPERUSER_ID))
                for channel in sorted(channels):
                    outbox._wake(channel)
        except Exception:
            # The business transaction is committed: its caller must not fail now. The
            # cron sends what nobody was woken for.
            _logger.exception("Nobody could be woken for outbox channels %s", channels)

    def _wake(self, channel, wait=0.0):
        """Book a drain job, unless one waits or a drain is at work.

        A drain that is at work looks again after it has released its lock, so nothing
        committed before this look is left lying.
        """
        key = f"lottery.outbox:{channel}:{'later' if wait else 'now'}"
        if not self._is_awake(channel, key, bool(wait)):
            self._book_job(channel, key, wait)

    def _book_job(self, channel, key, wait):
        self.with_user(api.SUPERUSER_ID).with_delay(
            identity_key=key,
            eta=int(wait) + 1 if wait else None,
            max_retries=1,
            channel="root.lottery_outbox",
            description=f"Outbox: send {channel}",
        )._drain_job(channel)

    def _is_awake(self, channel, job_key, later):
        [(awake,)] = self.env.execute_query(
            SQL(
                """SELECT EXISTS (SELECT FROM queue_job WHERE identity_key = %s
                        AND state IN ('pending', 'enqueued'))
                    OR %s AND EXISTS (SELECT FROM pg_locks
                        WHERE locktype = 'advisory' AND classid = %s
                          AND objid = (hashtext(%s)::bigint & 4294967295)::oid
                          AND database = (SELECT oid FROM pg_database
                                          WHERE datname = current_database()))""",
                job_key,
                not later,
                LOCK,
                channel,
            )
        )
        return awake

    # === DRAINING === #

    def _drain_job(self, channel):
        """Send what is due on ``channel`` (queue job)."""
        sent = self._drain(channel)
        return f"{sent} attempts"

    @api.model
    def _cron_drain(self):
        """Send what is due and was not sent: lost wake-ups, dead workers, back-off."""
        for (channel,) in self.env.execute_query(
            SQL(
                """SELECT DISTINCT channel FROM lottery_outbox
                WHERE state IN ('pending', 'running')
                  AND next_attempt_at <= clock_timestamp() AT TIME ZONE 'UTC'"""
            )
        ):
            if f"lottery.outbox.channel.{channel}" in self.env:
                self._drain(channel, budget=CRON_BUDGET)

    @api.model
    def _drain(self, channel, limit=None, budget=BUDGET):
        """Send what is due on ``channel`` now; one drain a channel works at a time.

        :param limit: attempts at most
        :param budget: seconds after which no further call is started
        :return: attempts made
        """
        outbox = self.with_user(api.SUPERUSER_ID).browse()
        channel_model = outbox._get_channel(channel)
        with outbox._hold(channel) as held:
            if not held:
                return 0
            attempts = outbox._send_due(channel_model, channel, limit, budget)
        if limit is None:
            outbox._book_next(channel)
        return attempts

    @contextlib.contextmanager
    def _hold(self, channel):
        """Be the channel's only drain; the lock goes with the connection."""
        if _is_shared_cursor(self.env):
            yield True  # a test: nobody else works on its cursor
            return
        query = SQL("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", LOCK, channel)
        with self.env.registry.cursor() as cr:
            # Without a snapshot between statements: vacuum is not held up.
            cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)
            cr.execute(query)
            yield cr.fetchone()[0]

    def _book_next(self, channel):
        """Book a job for what is due now or soon; called without the drain's lock."""
        with read_committed(self.env) as env:
            outbox = env["lottery.outbox"]
            wait = outbox._get_next_due(channel)
            if wait is not None and wait <= SOON:
                outbox._wake(channel, wait)

    def _get_next_due(self, channel):
        """Return seconds until a message may be sent (0.0: now), None without one."""
        [(row_wait, circuit_wait)] = self.env.execute_query(
            SQL(
                """WITH clock AS (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS utc)
                SELECT (SELECT EXTRACT(EPOCH FROM MIN(item.next_attempt_at) - utc)::float
                        FROM lottery_outbox item
                        WHERE item.channel = %(channel)s
                          AND item.state IN ('pending', 'running')
                          AND %(unblocked)s),
                    (SELECT CASE WHEN paused THEN 'Infinity'::float
                            ELSE EXTRACT(EPOCH FROM until - utc)::float END
                     FROM lottery_outbox_circuit WHERE channel = %(channel)s)
                FROM clock""",
                channel=channel,
                unblocked=self._unblocked_sql(),
            )
        )
        if row_wait is None:
            return None
        return max(0.0, row_wait, circuit_wait or 0.0)

    @api.model
    def _unblocked_sql(self):
        return SQL(
            """(item.serial_key IS NULL OR NOT EXISTS (
                SELECT FROM lottery_outbox earlier
                WHERE earlier.serial_key = item.serial_key AND earlier.id < item.id
                  AND earlier.state IN ('pending', 'running', 'parked')))"""
        )

    def _send_due(self, channel_model, channel, limit, budget):
        deadline = time.monotonic() + budget
        sender = channel_model._prepare_sender()
        concurrency = channel_model._concurrency
        started = finished = 0
        under_way = {}
        with futures.ThreadPoolExecutor(concurrency, f"outbox-{channel}") as pool:
            while True:
                free = concurrency - len(under_way)
                if limit is not None:
                    free = min(free, limit - started)
                wait = None
                if free > 0 and time.monotonic() < deadline:
                    busy = [claim["id"] for claim in under_way.values()]
                    claims, wait = self._claim(channel_model, channel, free, busy)
                    started += len(claims)
                    for claim, request in self._prepare_requests(channel_model, claims):
                        under_way[pool.submit(_call, sender, request)] = claim
                    finished += sum("outcome" in claim for claim in claims)
                    if claims and not under_way:
                        continue
                if not under_way:
                    left = deadline - time.monotonic()
                    if wait is None or wait > min(NAP, left):
                        return finished
                    time.sleep(wait)
                    continue
                ready, _rest = futures.wait(
                    under_way, NAP, return_when=futures.FIRST_COMPLETED
                )
                for future in ready:
                    self._settle(channel_model, under_way.pop(future), future.result())
                    finished += 1

    def _claim(self, channel_model, channel, count, busy):
        """Take up to ``count`` due messages, in a transaction of its own.

        :param busy: ids this drain is sending already
        :return: (claims, seconds to wait or None); a claim is a dict of id, lease,
            number, attempt (id of its row in the log)
        """
        rate = channel_model._rate_per_second
        lease = channel_model._lease_seconds
        with read_committed(self.env) as env:
            circuit = env["lottery.outbox.circuit"]._lock(channel)
            now = env["lottery.outbox"]._utc_now()
            granted, wait = circuit._grant(count, rate, lease, now)
            if not granted:
                return [], wait
            claims = env["lottery.outbox"]._claim_rows(
                channel, granted, busy, lease, circuit.state != "closed"
            )
            if claims:
                circuit._take(len(claims), rate, lease, now)
                env["lottery.outbox"]._log_claims(channel, claims)
            return claims, None

    def _utc_now(self):
        return self.env.execute_query(
            SQL("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
        )[0][0]

    def _claim_rows(self, channel, count, busy, lease_seconds, probe):
        # A probe is the message that was tried least: an outage must not use up the
        # tries of the one that happens to be the oldest.
        order = SQL("attempts, id") if probe else SQL("next_attempt_at, id")
        lease = str(uuid.uuid4())
        rows = self.env.execute_query(
            SQL(
                # materialized: planned as the inner side of a loop, the choice would be
                # made anew for each row and take more than its limit
                """WITH due AS MATERIALIZED (
                      SELECT item.id FROM lottery_outbox item
                      WHERE item.channel = %(channel)s
                        AND item.state IN ('pending', 'running')
                        AND item.next_attempt_at <=
                            clock_timestamp() AT TIME ZONE 'UTC'
                        AND item.id <> ALL(%(busy)s) AND %(unblocked)s
                      ORDER BY %(order)s LIMIT %(count)s
                      FOR UPDATE SKIP LOCKED)
                UPDATE lottery_outbox taken
                SET state = 'running', lease = %(lease)s, attempts = attempts + 1,
                    next_attempt_at = clock_timestamp() AT TIME ZONE 'UTC'
                        + %(seconds)s * interval '1 second'
                FROM due
                WHERE taken.id = due.id
                RETURNING taken.id, taken.attempts, taken.branch_id""",
                lease=lease,
                seconds=lease_seconds,
                channel=channel,
                busy=busy,
                unblocked=self._unblocked_sql(),
                order=order,
                count=count,
            )
        )
        self.invalidate_model()
        return [
            {"id": id_, "lease": lease, "number": number, "branch_id": branch_id}
            for id_, number, branch_id in sorted(rows)
        ]

    def _log_claims(self, channel, claims):
        """Open a line in the attempt log for each claim; close those of dead workers."""
        self.env.cr.execute(
            SQL(
                """UPDATE lottery_outbox_attempt SET result = 'lost',
                    finished_at = clock_timestamp() AT TIME ZONE 'UTC'
                WHERE result = 'sending' AND outbox_id IN %s""",
                tuple(claim["id"] for claim in claims),
            )
        )
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO lottery_outbox_attempt
                    (outbox_id, branch_id, channel, number, started_at, result)
                SELECT claim.id, claim.branch_id, %s, claim.number,
                    clock_timestamp() AT TIME ZONE 'UTC', 'sending'
                FROM unnest(%s::int[], %s::int[], %s::int[])
                    AS claim(id, branch_id, number)
                RETURNING outbox_id, id""",
                channel,
                [claim["id"] for claim in claims],
                [claim["branch_id"] for claim in claims],
                [claim["number"] for claim in claims],
            )
        )
        attempts = dict(rows)
        for claim in claims:
            claim["attempt"] = attempts[claim["id"]]

    def _prepare_requests(self, channel_model, claims):
        """Return [(claim, request)]; claims whose request can't be made are settled."""
        prepared, failed = [], []
        if not claims:
            return prepared
        with self._reading_env() as env:
            channel = channel_model.with_env(env)
            for claim in claims:
                try:
                    with env.cr.savepoint(flush=False):
                        item = env["lottery.outbox"].browse(claim["id"])
                        request = channel._prepare_request(item)
                        claim["request"] = channel._mask(request)
                        prepared.append((claim, request))
                except Exception as error:
                    _logger.warning("Outbox %s: request", claim["id"], exc_info=True)
                    failed.append((claim, error))
        for claim, error in failed:
            claim["outcome"] = "failed"
            self._settle(channel_model, claim, (error, None, 0.0))
        return prepared

    @contextlib.contextmanager
    def _reading_env(self):
        """An environment on a cursor of its own that is rolled back."""
        if _is_shared_cursor(self.env):
            self.env.invalidate_all()
            yield self.env
            return
        with self.env.registry.cursor() as cr:
            yield self.env(cr=cr)
            cr.rollback()


def _call(sender, request):
    """Send in a thread; return (error or None, answer, seconds)."""
    started = time.monotonic()
    try:
        answer = sender(request)
    except SendError as error:
        return error, error.answer, time.monotonic() - started
    except Exception as error:
        _logger.warning("An outbox sender failed", exc_info=True)
        return error, None, time.monotonic() - started
    return None, answer, time.monotonic() - started
