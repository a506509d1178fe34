from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.base.models.ir_attachment import condition_values


class PlainMany2one(fields.Many2one):
    """A many2one without a foreign key: PostgreSQL would look the same row up millions
    of times a night. What it names is kept by the tag's key."""

    def update_db_foreign_key(self, model, column):
        pass


class LotteryTagLink(models.Model):
    """That a record carries, or carried, a tag: who gave it and when (PF-TAG-03).

    Rows are written by SQL only and ended, never deleted, as long as their record lives.
    A link is seen by whoever sees its tag and its record.
    """

    _name = "lottery.tag.link"
    _description = "Tag on a Record"
    _order = "tagged_at desc, id desc"
    _log_access = False
    _rec_name = "tag_id"

    tag_id = fields.Many2one(
        "lottery.tag", required=True, readonly=True, ondelete="restrict"
    )
    set_id = PlainMany2one("lottery.tag.set", required=True, readonly=True)
    model_id = PlainMany2one(
        "ir.model", required=True, readonly=True, ondelete="cascade"
    )
    model = fields.Selection(related="set_id.model", string="Object")
    res_id = fields.Many2oneReference(
        string="Record", model_field="model", required=True, readonly=True
    )
    record_name = fields.Char(string="Name", compute="_compute_record_name")
    user_id = PlainMany2one(
        "res.users", string="Given By", readonly=True, help="Empty: by rule."
    )
    tagged_at = fields.Datetime(string="Given At", required=True, readonly=True)
    ended_at = fields.Datetime(string="Taken At", readonly=True)
    ended_by_id = PlainMany2one("res.users", string="Taken By", readonly=True)
    end_kind = fields.Selection(
        [
            ("removed", "By Hand"),
            ("replaced", "Another Tag"),
            ("rule", "Rule"),
            ("stopped", "Tag Stopped"),
        ],
        string="Why Taken",
        readonly=True,
    )
    exclusive = fields.Boolean(
        readonly=True, help="The set lets a record carry one tag at a time."
    )

    # Read by the rules of single choice, by search by tag, and by counts.
    _live_uniq = models.UniqueIndex("(tag_id, res_id) WHERE ended_at IS NULL")
    _exclusive_uniq = models.UniqueIndex(
        "(set_id, res_id) WHERE ended_at IS NULL AND exclusive"
    )
    # Read by the tags of records and by who asks what a record carried.
    _record_idx = models.Index("(res_id, model_id)")
    # Read by the history of a tag and by statistics.
    _history_idx = models.Index("(tag_id, tagged_at)")

    # === COMPUTE METHODS === #

    def _compute_record_name(self):
        for model, links in self.grouped("model").items():
            records = self.env[model].browse(links.mapped("res_id")).exists()
            names = {record.id: record.display_name for record in records}
            for link in links:
                link.record_name = names.get(link.res_id)

    # === ACCESS === #

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        """Leave out the links whose tag or record the user may not see."""
        if not (self.env.su or bypass_access):
            domain = Domain(domain)
            domain &= self._get_access_domain(domain)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _get_access_domain(self, domain):
        wanted = condition_values(self, "model_id", domain.optimize(self))
        records = Domain.FALSE
        for name, _label in self.env["lottery.tag.set"]._selection_model():
            model = self.env[name].with_context(active_test=False)
            model_id = self.env["ir.model"]._get_id(name)
            if (wanted and model_id not in wanted) or not model.has_access("read"):
                continue
            visible = Domain("model_id", "=", model_id)
            query = model._search([])
            if query.where_clause or query.is_empty():
                visible &= Domain("res_id", "in", query)
            records |= visible
        tags = self.env["lottery.tag"].with_context(active_test=False)._search([])
        return records & Domain("tag_id", "in", tags)

    def _check_access(self, operation):
        if (result := super()._check_access(operation)) or self.env.su or not self:
            return result
        visible = self._search([("id", "in", self.ids)]).get_result_ids()
        if forbidden := self.browse(set(self.ids) - set(visible)):
            rules = self.env["ir.rule"]
            return forbidden, lambda: rules._make_access_error(operation, forbidden)
        return None

    # === READING === #

    @api.model
    def _count_live(self, tags):
        """Return ``{tag id: records carrying it}`` of the records the user may see."""
        counts = {}
        for model, of_model in tags._origin.grouped("model").items():
            if model:
                domain = Domain("tag_id", "in", of_model.ids) & self._get_live(model)
                for tag, count in self._read_group(domain, ["tag_id"], ["__count"]):
                    counts[tag.id] = count
        return counts

    def _get_live(self, model):
        model_id = self.env["ir.model"]._get_id(model)
        return Domain("model_id", "=", model_id) & Domain("ended_at", "=", False)

    @api.model
    def _get_used(self, tags):
        groups = self._read_group([("tag_id", "in", tags.ids)], ["tag_id"])
        return self.env["lottery.tag"].union(*(tag for (tag,) in groups))

    # === WRITING === #

    @api.model
    def _add(self, model, tags, ids):
        """Give tags to records; what carries them already keeps its link.

        :param ids: SELECT of ids as ``res_id``
        :return: links made
        """
        now = fields.Datetime.now()
        pairs = SQL(
            "SELECT r.res_id, t.id AS tag_id, t.set_id, s.choice = 'single' AS exclusive"
            " FROM (%s) r, lottery_tag t JOIN lottery_tag_set s ON s.id = t.set_id"
            " WHERE t.id = ANY(%s)",
            ids,
            tags.ids,
        )
        if any(tag.choice == "single" for tag in tags):
            self._execute_end(
                SQL("FROM (%s) w", pairs),
                SQL(
                    "w.exclusive AND l.set_id = w.set_id AND l.res_id = w.res_id"
                    " AND l.tag_id != w.tag_id"
                ),
                now,
                "replaced",
            )
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO lottery_tag_link (tag_id, set_id, model_id, res_id,
                          exclusive, user_id, tagged_at)
                   SELECT w.tag_id, w.set_id, %s, w.res_id, w.exclusive, %s, %s
                     FROM (%s) w ON CONFLICT DO NOTHING RETURNING id""",
                self.env["ir.model"]._get_id(model),
                self.env.uid,
                now,
                pairs,
            )
        )
        self._forget_cache(model)
        return len(rows)

    @api.model
    def _remove(self, model, tags, ids):
        """Take tags from records. :return: links ended"""
        count = self._execute_end(
            SQL("FROM (%s) w", ids),
            SQL("l.tag_id = ANY(%s) AND l.res_id = w.res_id", tags.ids),
            fields.Datetime.now(),
            "removed",
        )
        self._forget_cache(model)
        return count

    @api.model
    def _end(self, tags, now, reason):
        """End all live links of the tags."""
        self._execute_end(SQL(), SQL("l.tag_id = ANY(%s)", tags.ids), now, reason)
        for model in set(tags.mapped("model")):
            self._forget_cache(model)

    def _execute_end(self, sources, condition, now, reason):
        self.env["lottery.tag"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """UPDATE lottery_tag_link l
                      SET ended_at = %s, end_kind = %s, ended_by_id = %s %s
                    WHERE l.ended_at IS NULL AND %s RETURNING l.id""",
                now,
                reason,
                self.env.uid,
                sources,
                condition,
            )
        )
        return len(rows)

    @api.model
    def _restore(self, tags):
        """Give stopped tags again to those that lost them by the stop.

        Where the set allows one tag and the record has got another, that one stays.
        """
        self.env["lottery.tag"].flush_model()
        self.env.execute_query(
            SQL(
                """INSERT INTO lottery_tag_link (tag_id, set_id, model_id, res_id,
                          exclusive, user_id, tagged_at)
                   SELECT l.tag_id, l.set_id, l.model_id, l.res_id,
                          s.choice = 'single', l.user_id, %s
                     FROM lottery_tag_link l
                     JOIN lottery_tag t ON t.id = l.tag_id
                     JOIN lottery_tag_set s ON s.id = t.set_id
                    WHERE t.id = ANY(%s) AND l.end_kind = 'stopped'
                      AND l.ended_at = t.stopped_at
                 ORDER BY l.tagged_at DESC
                       ON CONFLICT DO NOTHING RETURNING id""",
                fields.Datetime.now(),
                tags.ids,
            )
        )
        for model in set(tags.mapped("model")):
            self._forget_cache(model)

    @api.model
    def _set_exclusive(self, sets, exclusive):
        """Tell the live links of the sets whether a record may carry one tag only."""
        self.env["lottery.tag.set"].flush_model()
        if exclusive and (double := self._find_double(sets)):
            raise UserError(
                self.env._(
                    "“%(name)s”: %(count)s records carry several of its tags. Take the "
                    "others away first.",
                    name=double[0][0],
                    count=double[0][1],
                )
            )
        self.env.execute_query(
            SQL(
                """UPDATE lottery_tag_link SET exclusive = %s
                    WHERE set_id = ANY(%s) AND ended_at IS NULL RETURNING id""",
                exclusive,
                sets.ids,
            )
        )

    def _find_double(self, sets):
        return self.env.execute_query(
            SQL(
                """SELECT s.name, count(*) FROM lottery_tag_set s JOIN (
                       SELECT set_id, res_id FROM lottery_tag_link
                        WHERE set_id = ANY(%s) AND ended_at IS NULL
                     GROUP BY set_id, res_id HAVING count(*) > 1) d ON d.set_id = s.id
                 GROUP BY s.name""",
                sets.ids,
            )
        )

    @api.model
    def _forget(self, model, ids):
        """Drop what deleted records carried."""
        self.env.execute_query(
            SQL(
                "DELETE FROM lottery_tag_link WHERE model_id = %s AND res_id = ANY(%s)"
                " RETURNING id",
                self.env["ir.model"]._get_id(model),
                list(ids),
            )
        )

    @api.autovacuum
    def _gc_orphans(self):
        """Drop links of records that PostgreSQL deleted in a cascade."""
        for name, _label in self.env["lottery.tag.set"]._selection_model():
            self.env.cr.execute(
                SQL(
                    """DELETE FROM lottery_tag_link l WHERE model_id = %s
                          AND NOT EXISTS (SELECT FROM %s r WHERE r.id = l.res_id)""",
                    self.env["ir.model"]._get_id(name),
                    SQL.identifier(self.env[name]._table),
                )
            )

    @api.model
    def _forget_cache(self, model):
        self.invalidate_model()
        self.env[model].invalidate_model(["lottery_tag_ids"])
        self.env["lottery.tag"].invalidate_model(["record_count"])
