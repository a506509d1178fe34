from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..engine.archive import (
    ArchiveBroken,
    check_digest,
    read_archive,
    write_archive,
)
from ..tools.places import get_archive_directory

SOURCES = [
    ("login", "Login Log"),
    ("operation", "Operation Log"),
    ("export", "Export Log"),
    ("menu", "Menu Use"),
]
REMOVED_AT_ONCE = 50_000
READ_AT_ONCE = 10_000
FOUND_AT_MOST = 500
GIVEN = {"source", "month"}  # by people; the rest says what became of the file


class LotteryLogArchive(models.Model):
    """A closed month of a log, moved to a file (PF-AUD-03).

    One job writes the file and records digest and number of rows; then jobs remove the
    rows in batches. The tables let rows go only while such a record holds them.
    """

    _name = "lottery.log.archive"
    _description = "Log Archive"
    _inherit = ["lottery.journal.mixin"]
    _order = "month desc, source"
    _rec_name = "file_name"

    source = fields.Selection(SOURCES, "Log", required=True, default="operation")
    month = fields.Date(
        required=True,
        default=lambda self: self._default_month(),
        help="Any day of the month; only months that are over can be archived.",
    )
    state = fields.Selection(
        [
            ("draft", "To Do"),
            ("queued", "Writing"),
            ("written", "Removing"),
            ("done", "Archived"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
    )
    date_from = fields.Datetime("From", readonly=True, copy=False)
    date_to = fields.Datetime("To", readonly=True, copy=False)
    first_id = fields.Integer(readonly=True, copy=False)
    last_id = fields.Integer(readonly=True, copy=False)
    row_count = fields.Integer("Entries", readonly=True, copy=False)
    removed_count = fields.Integer("Removed", readonly=True, copy=False)
    progress = fields.Float(compute="_compute_progress")
    file_name = fields.Char("File", readonly=True, copy=False)
    size = fields.Integer("Bytes", readonly=True, copy=False)
    sha256 = fields.Char("SHA-256", readonly=True, copy=False)
    verified_at = fields.Datetime("Verified", readonly=True, copy=False)
    intact = fields.Boolean(readonly=True, copy=False)
    finding = fields.Char(readonly=True, copy=False)

    _month_uniq = models.Constraint(
        "UNIQUE(source, month)", "The month of this log has its archive already."
    )

    @api.model
    def _default_month(self):
        return fields.Date.today() + relativedelta(months=-1, day=1)

    @api.depends("row_count", "removed_count")
    def _compute_progress(self):
        for archive in self:
            total = archive.row_count
            archive.progress = 100 * archive.removed_count / total if total else 0.0

    @api.constrains("month")
    def _check_month(self):
        for archive in self:
            if archive._get_end() > fields.Date.today():
                raise ValidationError(
                    self.env._("Month: %(month)s is not over yet.", month=archive.month)
                )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_given(set().union(*vals_list))
        for vals in vals_list:
            if vals.get("month"):
                month = fields.Date.to_date(vals["month"])
                vals["month"] = month.replace(day=1)
        return super().create(vals_list)

    def write(self, vals):
        self._check_given(vals.keys())
        if vals.get("month") or vals.get("source"):
            self._check_draft()
            if vals.get("month"):
                month = fields.Date.to_date(vals["month"]).replace(day=1)
                vals = {**vals, "month": month}
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_written(self):
        self._check_draft()

    def _check_given(self, names):
        """Who could set digest or state could hide that a file was changed."""
        if not self.env.su and names - GIVEN:
            raise AccessError(
                self.env._(
                    "Log Archive: only log and month are set by hand, the rest is "
                    "what was written."
                )
            )

    def _note(self, values):
        """Write what became of the archive: the machine's word, no person's."""
        self.sudo().write(values)

    def _check_draft(self):
        if any(archive.state != "draft" for archive in self):
            raise UserError(self.env._("The archive has been written; it stays."))

    def _get_end(self):
        return self.month + relativedelta(months=1, day=1)

    def _get_table(self):
        return SQL.identifier(f"lottery_log_{self.source}")

    def _get_path(self):
        return get_archive_directory() / self.file_name

    # === ACTIONS === #

    def action_start(self):
        """Write the file and remove the rows, as jobs."""
        self.check_access("write")
        self._check_draft()
        self._note({"state": "queued"})
        self._enqueue()

    def action_retry(self):
        """Go on where a job failed: the disk was full, the directory was away."""
        self.check_access("write")
        self._enqueue()

    def _enqueue(self):
        """Give the next step to a job; a step that waits already is not given again."""
        steps = {"queued": "_write_file", "written": "_remove_rows"}
        for archive in self:
            if step := steps.get(archive.state):
                job = archive.with_delay(
                    description=self.env._("Archive %(log)s", log=archive.source),
                    identity_key=f"lottery_log_archive-{archive.id}-{step}",
                )
                getattr(job, step)()

    def action_verify(self):
        """Compare the file with its recorded digest and number of rows."""
        self.check_access("read")
        for archive in self.filtered("sha256"):
            finding = archive._find_fault()
            archive._note(
                {
                    "verified_at": fields.Datetime.now(),
                    "intact": not finding,
                    "finding": finding or self.env._("Intact"),
                }
            )

    def action_read(self):
        """Open the file's reader."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Read Archive"),
            "res_model": "lottery.log.archive.reader",
            "view_mode": "form",
            "context": {"default_archive_id": self.id},
        }

    # === THE FILE === #

    def _write_file(self):
        """Job: write and check the file, then let the rows be removed."""
        self.ensure_one()
        if self.state != "queued":
            return
        self._note(
            {
                "date_from": fields.Datetime.to_datetime(self.month),
                "date_to": fields.Datetime.to_datetime(self._get_end()),
                "file_name": f"{self.env.cr.dbname}-{self.source}-{self.month:%Y-%m}"
                f"-{self.id}.jsonl.gz",
            }
        )
        [(first, last, count)] = self.env.execute_query(
            SQL(
                "SELECT min(id), max(id), count(*) FROM %s WHERE %s",
                self._get_table(),
                self._get_window(),
            )
        )
        if not count:
            self._note({"state": "draft", "finding": self.env._("No entries.")})
            return
        self._note({"first_id": first, "last_id": last, "row_count": count})
        written = write_archive(self._get_path(), self._read_rows())
        if written.count != count:
            raise UserError(self.env._("The log changed while it was written."))
        self._note({"sha256": written.sha256, "size": written.size, "state": "written"})
        self._journal(
            "log.archived",
            lambda archive: {
                "log": archive.source,
                "month": archive.month,
                "rows": archive.row_count,
                "file": archive.file_name,
                "sha256": archive.sha256,
            },
        )
        self._enqueue()

    def _get_window(self):
        window = SQL(
            "created_at >= %s AND created_at < %s", self.date_from, self.date_to
        )
        if not self.last_id:
            return window
        return SQL("%s AND id BETWEEN %s AND %s", window, self.first_id, self.last_id)

    def _read_rows(self):
        """Yield the rows in order of id, a slice in memory at a time."""
        after = 0
        while rows := self.env.execute_query_dict(
            SQL(
                "SELECT * FROM %s WHERE %s AND id > %s ORDER BY id LIMIT %s",
                self._get_table(),
                self._get_window(),
                after,
                READ_AT_ONCE,
            )
        ):
            yield from rows
            after = rows[-1]["id"]

    def _remove_rows(self):
        """Job: remove a batch of rows the file holds; the next batch is another job."""
        self.ensure_one()
        if self.state != "written":
            return
        if not self.removed_count:
            check_digest(self._get_path(), self.sha256)
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """DELETE FROM %(table)s WHERE id IN (
                    SELECT id FROM %(table)s WHERE %(window)s ORDER BY id LIMIT %(n)s)
                """,
                table=self._get_table(),
                window=self._get_window(),
                n=REMOVED_AT_ONCE,
            )
        )
        removed = self.env.cr.rowcount
        self._note({"removed_count": self.removed_count + removed})
        if removed == REMOVED_AT_ONCE:
            self._enqueue()
            return
        self._note({"state": "done"})
        self.action_verify()

    def _find_fault(self):
        """Return what is wrong with the file, or None."""
        try:
            path = self._get_path()
            check_digest(path, self.sha256)
            count = sum(1 for _row in read_archive(path))
        except ArchiveBroken as broken:
            return self._describe_broken(broken)
        if count != self.row_count:
            return self.env._(
                "%(count)s entries in the file, %(recorded)s recorded",
                count=count,
                recorded=self.row_count,
            )
        return None

    @api.model
    def _describe_broken(self, broken):
        """Return in the user's language what is wrong with which file."""
        texts = {
            "missing": self.env._("%(file)s is missing.", file=broken.file),
            "changed": self.env._(
                "%(file)s was changed: its digest is not the recorded one.",
                file=broken.file,
            ),
        }
        return texts.get(broken.reason) or self.env._(
            "The archive can't be read: %(detail)s", detail=broken
        )

    def _search_file(self, text=None, user_id=None, day_from=None, day_to=None):
        """Return up to `FOUND_AT_MOST` rows of the file that fit, and whether more do.

        :raise UserError: the file is not what was written
        """
        self.ensure_one()
        self.check_access("read")
        if self.state not in ("written", "done"):
            raise UserError(self.env._("There is no file yet."))
        found = []
        try:
            check_digest(self._get_path(), self.sha256)
            for row in read_archive(self._get_path()):
                if not _fits(row, text, user_id, day_from, day_to):
                    continue
                if len(found) == FOUND_AT_MOST:
                    return found, True
                found.append(row)
        except ArchiveBroken as broken:
            raise UserError(self._describe_broken(broken)) from broken
        return found, False


def _fits(row, text, user_id, day_from, day_to):
    day = row["created_at"][:10]
    return (
        (not user_id or row["user_id"] == user_id)
        and (not day_from or day >= str(day_from))
        and (not day_to or day <= str(day_to))
        and (
            not text
            or any(
                text.lower() in str(value).lower() for value in row.values() if value
            )
        )
    )
