from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

WEEKS = 12
PEOPLE = 10


class LotteryTagSet(models.Model):
    """Figures of a set for its statistics screen (PF-TAG-03)."""

    _inherit = "lottery.tag.set"

    def get_statistics(self, weeks=WEEKS):
        """Return what the screen shows, of the records the user may see.

        :param int weeks: length of the trend; figures of change are of this time too
        """
        self.ensure_one()
        self.check_access("read")
        weeks = min(max(int(weeks), 1), 104)
        today = fields.Date.context_today(self)
        since = today - timedelta(days=7 * weeks - 1)  # the last week ends today
        tags = self.with_context(active_test=False).tag_ids
        links = self._get_links_sql()
        figures = self._get_tag_figures(links, since)
        changes = self._get_weekly_changes(links, since)
        total = self.env[self.model].search_count(self._get_scope())
        return {
            "name": self.name,
            "model": self.model,
            "model_name": dict(self._selection_model())[self.model],
            "unit": self.branch_id.name or self.env._("Common"),
            "kind": self.kind,
            "choice": self.choice,
            "retagged_at": self.retagged_at,
            "total": total,
            "since": fields.Date.to_string(since),
            "weeks": [
                fields.Date.to_string(since + timedelta(days=7 * week + 6))
                for week in range(weeks)
            ],
            "tags": [
                {
                    "id": tag.id,
                    "name": tag.name,
                    "color": tag.color,
                    "active": tag.active,
                    **dict(
                        zip(
                            ("now", "given", "taken"),
                            figures.get(tag.id, (0, 0, 0)),
                            strict=True,
                        )
                    ),
                    "trend": self._get_trend(
                        figures.get(tag.id, (0,))[0], changes.get(tag.id, {}), weeks
                    ),
                }
                for tag in tags
            ],
            "people": self._get_people(links, since),
        }

    def _get_links_sql(self):
        """SELECT of the set's links on records the user may see, days as the user's."""
        query = self.env[self.model].with_context(active_test=False)._search([])
        visible = SQL()
        if query.where_clause or query.is_empty():
            visible = SQL("AND l.res_id IN %s", query.subselect())
        return SQL(
            """SELECT l.*,
                      (tagged_at AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS given,
                      (ended_at AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS taken
                 FROM lottery_tag_link l WHERE l.set_id = %(tag_set)s %(visible)s""",
            zone=str(self.env.tz),
            tag_set=self.id,
            visible=visible,
        )

    def _get_tag_figures(self, links, since):
        rows = self.env.execute_query(
            SQL(
                """SELECT tag_id, count(*) FILTER (WHERE ended_at IS NULL),
                          count(*) FILTER (WHERE given >= %(since)s),
                          count(*) FILTER (WHERE taken >= %(since)s)
                     FROM (%(links)s) l GROUP BY tag_id""",
                links=links,
                since=since,
            )
        )
        return {tag_id: tuple(figures) for tag_id, *figures in rows}

    def _get_weekly_changes(self, links, since):
        """:return: ``{tag id: {week from since on: given - taken}}``"""
        changes = {}
        for tag_id, number, change in self.env.execute_query(
            SQL(
                """SELECT tag_id, week, sum(change) FROM (
                       SELECT tag_id, (given - %(since)s) / 7 AS week,
                              1 AS change
                         FROM (%(links)s) l WHERE given >= %(since)s
                    UNION ALL
                       SELECT tag_id, (taken - %(since)s) / 7, -1
                         FROM (%(links)s) l WHERE taken >= %(since)s
                   ) c GROUP BY tag_id, week""",
                links=links,
                since=since,
            )
        ):
            changes.setdefault(tag_id, {})[number] = change
        return changes

    @staticmethod
    def _get_trend(now, changes, weeks):
        """Return the count at the end of each week, reckoned back from now."""
        counts, after = [], sum(n for week, n in changes.items() if week >= weeks)
        for week in reversed(range(weeks)):
            counts.insert(0, now - after)
            after += changes.get(week, 0)
        return counts

    def _get_people(self, links, since):
        rows = self.env.execute_query(
            SQL(
                """SELECT user_id, count(*), max(tagged_at) FROM (%s) l
                    WHERE given >= %s AND user_id IS NOT NULL
                 GROUP BY user_id ORDER BY count(*) DESC, user_id LIMIT %s""",
                links,
                since,
                PEOPLE,
            )
        )
        # names of colleagues above or beside, as beside any document they signed
        users_sudo = self.env["res.users"].sudo().browse(row[0] for row in rows)
        names = {user.id: user.name for user in users_sudo}
        return [
            {
                "id": user_id,
                "name": names[user_id],
                "count": count,
                "last": fields.Datetime.to_string(last),
            }
            for user_id, count, last in rows
        ]

    def action_open_links(self, domain=()):
        """The history behind a figure of the screen.

        :param domain: of links; the set is added
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lottery_tag.lottery_tag_link_action"
        )
        return {
            **action,
            "domain": [("set_id", "=", self.id), *domain],
            "context": {},
        }
