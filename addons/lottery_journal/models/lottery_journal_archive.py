from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.archive import ArchiveBroken, check_digest, read_archive
from ..engine.mac import ENTRY_COLUMNS
from ..tools.places import get_archive_directory
from .lottery_log_archive import FOUND_AT_MOST

_CONTENT = ("event", "model", "res_id", "branch_id", "user_id", "body")


class LotteryJournalArchive(models.Model):
    """Closed months of the sealed journal in files (PF-AUD-03).

    Odoo can't move them: the sealer does (``tools/journal_sealer archive``), and the
    tables' owner lets entries go only by a function that compares the archive with the
    chain. Odoo reads and searches the files.
    """

    _name = "lottery.journal.archive"
    _description = "Journal Archive"
    _auto = False
    _log_access = False
    _order = "id desc"
    _rec_name = "file"

    file = fields.Char(readonly=True)
    first_seq = fields.Integer("First Entry", readonly=True)
    last_seq = fields.Integer("Last Entry", readonly=True)
    count = fields.Integer("Entries", readonly=True)
    sha256 = fields.Char("SHA-256", readonly=True)
    size = fields.Integer("Bytes", readonly=True)
    sealed_until = fields.Datetime("Sealed Before", readonly=True)
    written_at = fields.Datetime("Written", readonly=True)
    finding = fields.Char(compute="_compute_finding", help="Looked at just now.")
    intact = fields.Boolean(compute="_compute_finding")

    def init(self):
        self.env.cr.execute("SELECT to_regclass('journal.archive')")
        [source] = self.env.cr.fetchone()
        # until the operator has run the new `owner.sql` there are none
        columns = (
            """SELECT id, file, first_seq, last_seq, last_seq - first_seq + 1 AS count,
                      sha256, size, sealed_until, written_at FROM journal.archive"""
            if source
            else """SELECT NULL::bigint AS id, NULL::varchar AS file,
                      NULL::bigint AS first_seq, NULL::bigint AS last_seq,
                      NULL::bigint AS count, NULL::varchar AS sha256,
                      NULL::bigint AS size, NULL::timestamp AS sealed_until,
                      NULL::timestamp AS written_at WHERE false"""
        )
        # one of the two texts above
        self.env.cr.execute(  # pylint: disable=sql-injection
            f"CREATE OR REPLACE VIEW lottery_journal_archive AS {columns}"
        )

    def _compute_finding(self):
        logs = self.env["lottery.log.archive"]
        for archive in self:
            try:
                check_digest(get_archive_directory() / archive.file, archive.sha256)
                archive.finding, archive.intact = self.env._("Intact"), True
            except ArchiveBroken as broken:
                archive.finding = logs._describe_broken(broken)
                archive.intact = False

    def action_read(self):
        """Open the file's reader."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Read Archive"),
            "res_model": "lottery.log.archive.reader",
            "view_mode": "form",
            "context": {"default_journal_archive_id": self.id},
        }

    def _search_file(self, text=None, user_id=None, day_from=None, day_to=None):
        """Return up to `FOUND_AT_MOST` entries that fit, as `_search_file` of logs."""
        self.ensure_one()
        self.check_access("read")
        path, found = get_archive_directory() / self.file, []
        try:
            check_digest(path, self.sha256)
            for columns in read_archive(path):
                row = dict(zip(ENTRY_COLUMNS, columns, strict=True))
                day = row["created_at"][:10]
                if (
                    (user_id and row["user_id"] != str(user_id))
                    or (day_from and day < str(day_from))
                    or (day_to and day > str(day_to))
                    or (text and text.lower() not in "\t".join(columns).lower())
                ):
                    continue
                if len(found) == FOUND_AT_MOST:
                    return found, True
                found.append(self._prepare_row(row))
        except ArchiveBroken as broken:
            words = self.env["lottery.log.archive"]._describe_broken(broken)
            raise UserError(words) from broken
        return found, False

    @api.model
    def _prepare_row(self, row):
        number = row["user_id"]
        return {key: row[key] for key in _CONTENT if row[key] != "\\N"} | {
            "id": int(row["seq"]),
            "created_at": row["created_at"],
            "user_id": int(number) if number.isdecimal() else None,
            "address": None,
        }
