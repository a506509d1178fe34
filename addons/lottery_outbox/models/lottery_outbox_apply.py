import json
import logging
import random
import time

from psycopg2 import IntegrityError, OperationalError, errorcodes

from odoo import models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY
from odoo.tools import SQL
from odoo.tools.json import json_default

from odoo.addons.lottery_base.tools.transaction import read_committed

from ..engine.backoff import retry_delay
from ..engine.errors import PermanentError, SendError

_logger = logging.getLogger(__name__)

TRIES = 5
MAX_ERROR = 2000  # characters kept of an error


class LotteryOutbox(models.Model):
    """What becomes of a message after its call."""

    _inherit = "lottery.outbox"

    def _settle(self, channel_model, claim, outcome):
        """Apply an answer once, or note the failure.

        :param outcome: (error or None, answer, seconds) as the sender left it
        """
        error, answer, seconds = outcome
        if error is None:
            try:
                self._retrying(
                    self._apply_answer, channel_model, claim, answer, seconds
                )
                return
            except Exception as failure:
                # The remote side did it and says so again when the key is repeated.
                _logger.exception("Outbox %s: the answer was not applied", claim["id"])
                error = failure
                claim = dict(claim, outcome="apply")
        self._retrying(self._note_error, channel_model, claim, error, answer, seconds)

    def _retrying(self, work, *arguments):
        """Run ``work`` in a transaction; again when it lost a race."""
        for attempt in range(1, TRIES + 1):
            try:
                with read_committed(self.env) as env:
                    work(env, *arguments)
                    env.flush_all()
                return
            except (OperationalError, IntegrityError) as error:
                code = error.pgcode
                lost = code in (
                    *PG_CONCURRENCY_ERRORS_TO_RETRY,
                    errorcodes.UNIQUE_VIOLATION,
                )
                if not lost or attempt == TRIES:
                    raise
                time.sleep(random.uniform(0.0, 0.05 * 2**attempt))

    def _lock_claim(self, env, claim):
        """Return the message if the claim still holds, else None."""
        held = env.execute_query(
            SQL(
                """SELECT id FROM lottery_outbox
                WHERE id = %s AND lease = %s AND state = 'running' FOR UPDATE""",
                claim["id"],
                claim["lease"],
            )
        )
        if not held:
            _logger.warning("Outbox %s: answer of a lease that ended", claim["id"])
            return None
        env["lottery.outbox"].invalidate_model()
        return env["lottery.outbox"].browse(claim["id"])

    def _apply_answer(self, env, channel_model, claim, answer, seconds):
        item = self._lock_claim(env, claim)
        if not item:
            return
        channel = channel_model.with_env(env)
        channel._on_result(item, answer)
        item._update_state("done")
        now = item._utc_now()
        item.write(
            {
                "answer": channel._mask(answer),
                "error": False,
                "lease": False,
                "done_at": now,
            }
        )
        item._log_result(channel, claim, "done", None, answer, seconds)
        env["lottery.outbox.circuit"]._lock(item.channel)._note_success(now)

    def _note_error(self, env, channel_model, claim, error, answer, seconds):
        item = self._lock_claim(env, claim)
        if not item:
            return
        channel = channel_model.with_env(env)
        refused = isinstance(error, PermanentError)
        text = self._describe_error(error)
        prepared = claim.get("outcome")  # "apply", "failed" or None: the call failed
        result = (
            prepared == "apply" and "apply" or (refused and "permanent" or "transient")
        )
        now = item._utc_now()
        item.write({"error": text, "lease": False})
        item._log_result(channel, claim, result, text, answer, seconds)
        if refused or item.attempts >= channel._max_attempts:
            item._park(channel, error)
        else:
            item._update_state("pending")
            wait = retry_delay(item.attempts, getattr(error, "retry_after", None))
            item._delay(wait)
        circuit = env["lottery.outbox.circuit"]._lock(item.channel)
        if refused or prepared:
            # The remote side answered, or was not asked at all: nothing against it.
            if prepared != "failed":
                circuit._note_success(now)
            elif circuit.state == "half_open":
                circuit.until = now
        else:
            circuit._note_failure(text, now)
        if item.state == "parked":
            circuit._alert_parked(item)

    @staticmethod
    def _describe_error(error):
        """What an operator reads; a programming error keeps the name of its class."""
        text = str(error)
        if not isinstance(error, SendError | UserError):
            text = f"{type(error).__name__}: {text}"
        return text[:MAX_ERROR]

    def _park(self, channel, error):
        self._update_state("parked")
        try:
            with self.env.cr.savepoint():
                channel._on_parked(self, error)
        except Exception as failure:
            # A hook that fails must not keep the message from being parked, nor the
            # drain from the messages behind it. Lost races are for `_retrying`.
            if isinstance(failure, OperationalError):
                raise
            _logger.exception("Outbox %s: parked, but its hook failed", self.id)
            self.error = f"{self.error}\n{self._describe_error(failure)}"

    def _delay(self, seconds):
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """UPDATE lottery_outbox SET next_attempt_at =
                    clock_timestamp() AT TIME ZONE 'UTC' + %s * interval '1 second'
                WHERE id = %s""",
                seconds,
                self.id,
            )
        )
        self.invalidate_recordset(["next_attempt_at"])

    def _log_result(self, channel, claim, result, error, answer, seconds):
        def as_json(data):
            return None if data is None else json.dumps(data, default=json_default)

        self.env.cr.execute(
            SQL(
                """UPDATE lottery_outbox_attempt SET result = %s, error = %s,
                    request = %s, answer = %s, duration = %s,
                    finished_at = clock_timestamp() AT TIME ZONE 'UTC'
                WHERE id = %s""",
                result,
                error,
                as_json(claim.get("request")),
                as_json(answer if answer is None else channel._mask(answer)),
                round(seconds * 1000),
                claim["attempt"],
            )
        )
        self.env["lottery.outbox.attempt"].invalidate_model()
