from collections import defaultdict

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL


class TagLinks(fields.Many2many):
    """Tags of a record: a many2many whose table is a view of the live links.

    Links of all taggable models lie in one table that keeps what has ended. For each
    model a view shows the live ones as ``(res_id, tag_id)``, so that the ORM reads,
    searches and groups by tags as by any many2many, rules included. Writing goes to
    `lottery.tag.link`, which ends links instead of deleting them.
    """

    def setup_nonrelated(self, model):
        self.relation = f"lottery_tag_live_{model._table}"
        self.column1, self.column2 = "res_id", "tag_id"
        super().setup_nonrelated(model)

    def update_db(self, model, columns):
        model.pool.post_init(self._create_view, model)

    def _create_view(self, model):
        model.env.cr.execute(
            SQL(
                """CREATE OR REPLACE VIEW %s AS SELECT res_id, tag_id
                     FROM lottery_tag_link
                    WHERE ended_at IS NULL AND model_id = %s""",
                SQL.identifier(self.relation),
                model.env["ir.model"]._get_id(model._name),
            )
        )

    def write_real(self, records_commands_list, create=False):
        """Give and take the tags that the commands differ by, together per change."""
        changes = defaultdict(list)
        for records, commands in records_commands_list:
            for record in records:
                old = () if create else record[self.name]._ids
                new = self._get_commanded(record, old, commands or ())
                added = tuple(tag_id for tag_id in new if tag_id not in old)
                removed = tuple(tag_id for tag_id in old if tag_id not in new)
                if added or removed:
                    changes[added, removed].append(record.id)
        model = records_commands_list[0][0].browse() if records_commands_list else None
        for (added, removed), ids in changes.items():
            tags = model.env[self.comodel_name]
            model.browse(ids)._tag_change(tags.browse(added), tags.browse(removed))

    def _get_commanded(self, record, old, commands):
        wanted = list(old)
        for command, tag_id, ids in ((*c, None, None)[:3] for c in commands):
            match command:
                case Command.LINK:
                    wanted += [] if tag_id in wanted else [tag_id]
                case Command.UNLINK:
                    wanted = [known for known in wanted if known != tag_id]
                case Command.SET:
                    wanted = list(ids)
                case Command.CLEAR:
                    wanted = []
                case _:
                    raise UserError(
                        record.env._(
                            "Tags are made and deleted in their set, not on a record."
                        )
                    )
        return wanted
