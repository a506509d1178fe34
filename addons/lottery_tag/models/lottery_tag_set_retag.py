import logging
import time

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.lottery_base.tools.progress import progress
from odoo.addons.lottery_base.tools.transaction import read_committed

from .lottery_tag_rule import _join_ctes

_logger = logging.getLogger(__name__)


class LotteryTagSet(models.Model):
    """Automatic tags given anew: one statement a set (PF-TAG-02)."""

    _inherit = "lottery.tag.set"

    retag_state = fields.Selection(
        [
            ("idle", "Up to Date"),
            ("queued", "Waiting"),
            ("running", "Under Way"),
            ("failed", "Failed"),
        ],
        default="idle",
        required=True,
        readonly=True,
        copy=False,
        string="Re-tagging",
    )
    retagged_at = fields.Datetime(readonly=True, copy=False, string="Re-tagged At")
    retag_seconds = fields.Float(readonly=True, copy=False, string="Seconds Taken")
    retag_added = fields.Integer(readonly=True, copy=False, string="Tags Given")
    retag_ended = fields.Integer(readonly=True, copy=False, string="Tags Taken")
    retag_error = fields.Text(readonly=True, copy=False, string="What Failed")

    # === ACTIONS === #

    def action_retag(self):
        """Book a job that gives the tags anew; the page can be left meanwhile."""
        self.check_access("write")
        automatic = self.filtered(lambda tag_set: tag_set.kind == "automatic")
        if not automatic:
            raise UserError(self.env._("Only sets whose tags are given by rule."))
        # fields of the run are the machine's
        automatic.sudo().write({"retag_state": "queued", "retag_error": False})
        automatic.with_delay(
            channel="root.lottery_tag",
            identity_key=f"lottery.tag.set:{automatic.ids}",
            max_retries=1,
            description=f"Tags: {', '.join(automatic.mapped('name'))[:80]}",
        )._retag_job()

    def _retag_job(self):
        """Queue job: each set in a transaction of its own, with a bar on the screen."""
        label = self.env._("Re-tagging")
        with progress(self.env, label, len(self)) as bar:
            for tag_set in self:
                bar._send()
                tag_set._run_retag()
                bar.advance()
        # the rights were asked for by action_retag
        for tag_set in self.sudo():
            tag_set.invalidate_recordset()
            failed = tag_set.retag_state == "failed"
            self.env.user._bus_send(
                "simple_notification",
                {
                    "type": "danger" if failed else "success",
                    "sticky": failed,
                    "title": tag_set.name,
                    "message": tag_set._get_outcome(),
                },
            )

    def _get_outcome(self):
        if self.retag_state == "failed":
            return self.retag_error
        return self.env._(
            "Re-tagged in %(seconds)s s: %(added)s tags given, %(ended)s taken.",
            seconds=round(self.retag_seconds, 1),
            added=f"{self.retag_added:,}",
            ended=f"{self.retag_ended:,}",
        )

    @api.model
    def _cron_retag(self):
        """Give all automatic tags anew (nightly)."""
        sets = self.search([("kind", "=", "automatic")])
        self.env["ir.cron"]._commit_progress(remaining=len(sets))
        for tag_set in sets:
            tag_set._run_retag()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    # === BUSINESS METHODS === #

    def _run_retag(self):
        """Give the set's tags anew and note how it went; a failure is noted, not raised.

        Transactions of its own: other sets and the caller go on whatever happens.
        """
        self.ensure_one()
        self._note_run({"retag_state": "running"})
        try:
            with read_committed(self.env) as env:
                self.with_env(env).sudo()._retag()
        except Exception as error:
            _logger.warning("Tag set %s: %s", self.id, error)
            self._note_run({"retag_state": "failed", "retag_error": str(error)})

    def _note_run(self, values):
        with read_committed(self.env) as env:
            self.with_env(env).sudo().write(values)

    def _retag(self):
        """Give the set's tags anew in one statement, and note how it went.

        Links that a rule no longer asks for are ended, missing ones are inserted, all
        others are left alone. Call as superuser, at READ COMMITTED.

        :return: (links inserted, links ended)
        """
        start = time.monotonic()
        self.lock_for_update(allow_referencing=True)
        tags = self.tag_ids.filtered(lambda tag: tag._is_usable())
        self.env.flush_all()
        [(added, ended)] = self.env.execute_query(self._get_retag_sql(tags))
        self.env["lottery.tag.link"]._forget_cache(self.model)
        self.write(
            {
                "retag_state": "idle",
                "retagged_at": fields.Datetime.now(),
                "retag_seconds": time.monotonic() - start,
                "retag_added": added,
                "retag_ended": ended,
                "retag_error": False,
            }
        )
        return added, ended

    def _get_retag_sql(self, tags):
        """:return: the statement; its row is (links inserted, links ended)"""
        ctes, matching = (
            {},
            [SQL("SELECT 0 AS res_id, 0 AS tag_id, 0 AS rank WHERE FALSE")],
        )
        for rank, tag in enumerate(tags):
            tag_ctes, select = tag._get_matching_sql(self.env[self.model])
            ctes |= tag_ctes
            matching.append(
                SQL("SELECT res_id, %s, %s FROM (%s) matching", tag.id, rank, select)
            )
        single = self.choice == "single"
        ctes["wanted"] = SQL(
            "SELECT %s res_id, tag_id FROM (%s) matching %s",
            SQL("DISTINCT ON (res_id)") if single else SQL(),
            SQL(" UNION ALL ").join(matching),
            SQL("ORDER BY res_id, rank") if single else SQL(),
        )
        return SQL(
            """WITH %(ctes)s,
            ended AS (
                UPDATE lottery_tag_link l SET ended_at = %(now)s, end_kind = 'rule'
                 WHERE l.set_id = %(set)s AND l.ended_at IS NULL
                   AND NOT EXISTS (SELECT FROM wanted w
                        WHERE w.tag_id = l.tag_id AND w.res_id = l.res_id)
             RETURNING 1),
            added AS (
                INSERT INTO lottery_tag_link
                       (tag_id, set_id, model_id, res_id, exclusive, tagged_at)
                SELECT w.tag_id, %(set)s, %(model)s, w.res_id, %(single)s, %(now)s
                  FROM wanted w
                 -- ends come first: the index lets one tag of the set live at a time
                 WHERE (SELECT count(*) FROM ended) >= 0
                   AND NOT EXISTS (SELECT FROM lottery_tag_link l
                        WHERE l.tag_id = w.tag_id AND l.res_id = w.res_id
                          AND l.set_id = %(set)s AND l.ended_at IS NULL)
             RETURNING 1)
            SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM ended)""",
            ctes=_join_ctes(ctes),
            now=fields.Datetime.now(),
            set=self.id,
            model=self.model_id.id,
            single=single,
        )
