import logging
import os
import time

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.lottery_base.tools.transaction import read_committed

from ..engine.chain import Verifier, verify_all
from ..engine.heads import Head, Signer, places_from
from ..engine.mac import utc_stamp
from ..engine.sealing import LOCK, read_tail, seal_batch
from ..tools.places import get_archive_directory

_logger = logging.getLogger(__name__)

AUDITORS = ("lottery_base.group_centre_leader", "lottery_base.group_admin")


class LotteryJournal(models.Model):
    """Verification, and sealing where no sealer process runs (fallback)."""

    _inherit = "lottery.journal"

    # === VERIFICATION === #

    @api.model
    def verify(self):
        """Check the whole chain as far as Odoo can.

        Odoo checks sequence, links, the rows' own MACs and the exported heads. The
        chain's MACs need a key Odoo does not have; the sealer checks them and records
        its verdicts (`lottery.journal.verification`).

        :return: ``{"ok", "checked", "first_broken", "reason", "unproven"}``;
            ``first_broken`` is a sequence number or False, ``reason`` in the user's
            language.
        :raise AccessError: for who is no auditor
        """
        self._check_auditor()
        result = self._verify_chain()
        return {
            "ok": result.ok,
            "checked": result.checked,
            "first_broken": result.first_broken or False,
            "reason": self._describe_reason(result.reason, result.detail),
            "unproven": result.unproven,
        }

    def _check_auditor(self):
        if not any(map(self.env.user.has_group, AUDITORS)):
            raise AccessError(
                self.env._("Only the centre's auditors may verify the journal.")
            )

    @api.model
    def _verify_chain(self):
        chain_ring = self._chain_ring()
        heads, problems = self._read_heads(chain_ring)
        verifier = Verifier(self._row_ring(), chain_ring, heads, problems)
        return verify_all(self.env.cr, verifier, directory=get_archive_directory())

    def _read_heads(self, chain_ring):
        """Return (heads, problems): exported ones, else those kept in the database."""
        heads, problems = [], []
        public = chain_ring and chain_ring.each(lambda secret: Signer(secret).public)
        for place in places_from(os.environ, self.env.cr.dbname):
            found, problem = place.read(public)
            heads += found
            problems.append(problem)
        if not heads:
            self.env.cr.execute(
                "SELECT seq, encode(mac, 'hex'), signed_at FROM journal.head ORDER BY id"
            )
            heads = [
                Head(seq, mac.encode(), str(at), "database")
                for seq, mac, at in self.env.cr.fetchall()
            ]
        return heads, problems

    @api.model
    def _describe_reason(self, reason, detail):
        texts = {
            "": "",
            "missing": self.env._("The entry is missing."),
            "link": self.env._("The entry does not follow the one before it."),
            "unknown_key": self.env._("The entry was sealed with an unknown key."),
            "changed": self.env._("The entry was changed after it was sealed."),
            "content": self.env._("The content does not fit its own seal."),
            "rewritten": self.env._(
                "Rewritten: this is not the chain whose head was exported at %(detail)s.",
                detail=detail,
            ),
            "cut": self.env._(
                "Cut off: later entries had been exported at %(detail)s.", detail=detail
            ),
            "places": self.env._("Exported heads: %(detail)s", detail=detail),
            "archive": self.env._(
                "An archive is missing or was changed: %(detail)s", detail=detail
            ),
        }
        return texts[reason]

    # === SEALING IN ODOO === #

    @api.model
    def _cron_seal(self):
        """Seal what waits, export the head; nothing where a sealer process does it."""
        with read_committed(self.env) as env:
            journal = env["lottery.journal"]
            ring = journal._owns_tables() and journal._chain_ring()
            if not ring or not journal._lock_sealing():
                return
            journal._seal_waiting(ring)
            journal._export_head(ring)

    def _lock_sealing(self):
        """Become the one sealer until the transaction ends."""
        [(locked,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(%s)", LOCK)
        )
        return locked

    def _seal_waiting(self, chain_ring, limit=20_000):
        """:return: how many rows were sealed"""
        sealed = 0
        row_ring = self._row_ring()
        while sealed < limit:
            count, _tail = seal_batch(self.env.cr, row_ring, chain_ring)
            if not count:
                break
            sealed += count
        return sealed

    def _export_head(self, chain_ring):
        cr = self.env.cr
        tail = read_tail(cr)
        signer = Signer(chain_ring.current.secret)
        places = 0
        for place in places_from(os.environ, cr.dbname):
            try:
                place.append(signer, tail)
                places += 1
            except OSError:
                _logger.exception("The journal's head can't be exported to a place")
        cr.execute(
            SQL(
                "INSERT INTO journal.head (seq, mac, signed_at, places) VALUES %s",
                (tail.seq, bytes.fromhex(tail.mac.decode()), utc_stamp(), places),
            )
        )

    @api.model
    def _cron_verify(self):
        """Verify each night where no sealer process does, and keep the verdict."""
        if not self._owns_tables() or not self._chain_ring():
            return
        started = time.monotonic()
        result = self._verify_chain()
        self.env.cr.execute(
            SQL(
                """INSERT INTO journal.verification (verified_at, ok, checked,
                    first_broken, reason, detail, unproven, seconds) VALUES %s""",
                (
                    utc_stamp(),
                    *result,
                    time.monotonic() - started,
                ),
            )
        )
        if not result.ok:
            _logger.error("Journal: entry %s: %s", result.first_broken, result.text())
