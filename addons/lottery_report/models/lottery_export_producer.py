from odoo import models
from odoo.tools import SQL

BATCH = 2_000


class LotteryExportProducer(models.AbstractModel):
    """Something that yields the rows of a file made by `lottery.export.job`.

    All hooks run as the user who asked, with the parameters that the job keeps as JSON.
    """

    _name = "lottery.export.producer"
    _description = "Export"

    # === HOOKS === #

    def _export_title(self, params):
        """Return the title of the file, in the user's language."""
        raise NotImplementedError

    def _export_notes(self, params):
        """Return lines below the title: period, unit, …"""
        return []

    def _export_columns(self, params):
        """Return the `engine.spec.Column` list."""
        raise NotImplementedError

    def _export_count(self, params):
        """Return how many rows to expect, for the bar."""
        raise NotImplementedError

    def _produce_rows(self, params):
        """Yield tuples as wide as the columns; what is not kept is not in memory."""
        raise NotImplementedError

    def _export_source(self, params):
        """Return ``(model, domain)`` of the exported records: whose right is asked
        for, and what the export log keeps."""
        raise NotImplementedError

    def _export_paths(self, params):
        """Return the fields of the source in the file, as `export_data` takes them:
        objects that they reach need the right to export too."""
        return []

    # === RIGHT === #

    def _check_export(self, params):
        """Ask for the right to export what the file would hold (PF-SEC-01)."""
        model, _domain = self._export_source(params)
        self.env[model]._check_export_right(self._export_paths(params))

    def _log_export(self, params, count, door):
        """Tell the export log, where the suite has one.

        :param str door: how it left, a key of the log's list
        """
        if "lottery.log.export" not in self.env:
            return
        model, domain = self._export_source(params)
        columns = [column.label for column in self._export_columns(params)]
        self.env["lottery.log.export"]._log(model, count, columns, domain, door)

    # === TOOLS === #

    def _stream(self, query):
        """Yield the rows of an SQL query by a cursor on the server.

        A million rows pass through in batches instead of lying in memory.
        """
        self.env.flush_all()
        query = query if isinstance(query, SQL) else SQL(query)
        name = f"lottery_export_{id(query)}"
        with self.env.cr.connection.cursor(name=name) as cursor:
            cursor.itersize = BATCH
            cursor.execute(query.code, query.params)
            while rows := cursor.fetchmany(BATCH):
                yield from rows
