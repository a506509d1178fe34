from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class LotteryReport(models.AbstractModel):
    """Dimensions of many2many fields: tags, groups, …

    A record counts in the row of each of its values, so such rows don't add up to the
    total: it counts every record once. The source carries the id of the record that has
    the links; they are joined only where figures are grouped by them.
    """

    _inherit = "lottery.report"

    @api.model
    def _is_multi(self, code):
        """Whether a record may have several values of a dimension."""
        return self._get_field(self._report_dimensions[code].path).type == "many2many"

    def _get_links_sql(self, code):
        """Return SELECT of ``(own, link)``: the values that the reader may see."""
        field = self._get_field(self._report_dimensions[code].path)
        values = self.env[field.comodel_name].with_context(active_test=False)
        values.check_access("read")
        return SQL(
            "SELECT %(own)s AS own, %(link)s AS link FROM %(table)s WHERE %(link)s IN %(visible)s",
            own=SQL.identifier(field.column1),
            link=SQL.identifier(field.column2),
            table=SQL.identifier(field.relation),
            visible=values._search(Domain.TRUE).subselect(),
        )

    def _get_linked_sql(self, options, rows, figures):
        """Return SELECT of the total, each row counted once, and of the groups."""
        keys, groups, joins = [], [], []
        for position, code in enumerate(options["dimensions"]):
            key = SQL.identifier(f"k{position}")
            group = SQL.identifier("source", f"k{position}")
            if self._is_multi(code):
                alias = SQL.identifier(f"links{position}")
                joins.append(
                    SQL(
                        "LEFT JOIN (%s) %s ON %s.own = %s",
                        self._get_links_sql(code),
                        alias,
                        alias,
                        group,
                    )
                )
                group = SQL("%s.link", alias)
            keys.append(key)
            groups.append(group)
        return SQL(
            """WITH source AS MATERIALIZED (%(rows)s)
               SELECT TRUE AS is_total, %(nulls)s, %(figures)s FROM source
                UNION ALL
               SELECT FALSE, %(groups)s, %(figures)s FROM source %(joins)s
                GROUP BY %(groups)s""",
            rows=rows,
            nulls=SQL(", ").join(SQL("NULL AS %s", key) for key in keys),
            groups=SQL(", ").join(groups),
            figures=SQL(", ").join(figures),
            joins=SQL(" ").join(joins),
        )

    def _get_linked_names_sql(self, code):
        """Return the values of a source row ``s`` as an array, for the details."""
        return SQL(
            "(SELECT array_agg(link ORDER BY link) FROM (%s) l WHERE own = %s)",
            self._get_links_sql(code),
            SQL.identifier("s", f"d_{code}"),
        )
