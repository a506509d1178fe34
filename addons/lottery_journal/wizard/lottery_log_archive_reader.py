from odoo import api, fields, models
from odoo.exceptions import AccessError


class LotteryLogArchiveReader(models.TransientModel):
    """Looks something up in an archive file."""

    _name = "lottery.log.archive.reader"
    _description = "Archive Reader"

    archive_id = fields.Many2one(
        "lottery.log.archive",
        domain=[("state", "in", ("written", "done"))],
    )
    journal_archive_id = fields.Integer(
        "Journal Archive ID", help="Not a link: the table is not Odoo's."
    )
    journal_archive_name = fields.Char(
        "Journal Archive", compute="_compute_journal_archive_name"
    )
    text = fields.Char("Search For", help="Anywhere in the entry.")
    user_id = fields.Many2one("res.users")
    day_from = fields.Date("From")
    day_to = fields.Date("To")
    line_ids = fields.One2many(
        "lottery.log.archive.line", "reader_id", "Entries", readonly=True
    )
    has_more = fields.Boolean(readonly=True)

    def action_search(self):
        """Show what fits."""
        self.ensure_one()
        if not self.env.user.has_group("lottery_base.group_centre_leader"):
            raise AccessError(self.env._("Archives are read by the centre."))
        rows, self.has_more = self._get_archive()._search_file(
            self.text, self.user_id.id, self.day_from, self.day_to
        )
        self.line_ids.unlink()
        self.line_ids = [fields.Command.create(self._prepare_line(row)) for row in rows]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Read Archive"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    @api.depends("journal_archive_id")
    def _compute_journal_archive_name(self):
        for reader in self:
            reader.journal_archive_name = reader._get_archive().display_name

    def _get_archive(self):
        if self.journal_archive_id:
            return self.env["lottery.journal.archive"].browse(self.journal_archive_id)
        return self.archive_id

    def _prepare_line(self, row):
        known = ("id", "created_at", "user_id", "branch_id", "address")
        rest = {key: value for key, value in row.items() if key not in known and value}
        # an id that is gone since is still shown as a number
        user = self.env["res.users"].browse(row["user_id"] or ()).exists()
        return {
            "entry_id": row["id"],
            "created_at": row["created_at"][:19],
            "user_name": user.sudo().name or row["user_id"] or False,
            "address": row["address"],
            "content": "; ".join(f"{key}: {value}" for key, value in rest.items()),
        }


class LotteryLogArchiveLine(models.TransientModel):
    """An entry found in an archive file."""

    _name = "lottery.log.archive.line"
    _description = "Archived Entry"

    reader_id = fields.Many2one(
        "lottery.log.archive.reader", required=True, ondelete="cascade", index=True
    )
    entry_id = fields.Integer("No.")
    created_at = fields.Datetime("Time")
    user_name = fields.Char("User")
    address = fields.Char()
    content = fields.Text()
