import pathlib
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.api import SUPERUSER_ID
from odoo.http import request
from odoo.tools import SQL

from odoo.addons.lottery_base.tools.transaction import read_committed

from ..tools.client import get_address

LOGS_SQL = pathlib.Path(__file__).parents[1] / "sql" / "logs.sql"


class LotteryLogMixin(models.AbstractModel):
    """A log that only grows (PF-AUD-01).

    Rows are inserted by `_insert_log`; the tables (`sql/logs.sql`) refuse UPDATE, and
    DELETE unless an archive holds the row. No access line gives more than reading.
    ``branch_id`` is the unit the user belonged to at that time.
    """

    _name = "lottery.log.mixin"
    _description = "Log Entry"
    _log_access = False
    _order = "id desc"

    created_at = fields.Datetime("Time", readonly=True)
    user_id = fields.Many2one("res.users", readonly=True)
    branch_id = fields.Many2one("lottery.branch", "Unit", readonly=True)
    address = fields.Char(readonly=True, help="Network address of the client.")

    def init(self):
        if not self._abstract:
            self.env.cr.execute("SELECT to_regclass(%s)", [self._table])
            if not self.env.cr.fetchone()[0] or self._name == "lottery.log.login":
                self.env.cr.execute(LOGS_SQL.read_text(encoding="utf-8"))

    @api.model
    def _get_log_user(self):
        """Return who acts: in a request that works as OdooBot, whose session it is."""
        uid = self.env.uid
        if uid == SUPERUSER_ID and request and request.session.uid:
            uid = request.session.uid
        return self.env["res.users"].browse(uid or ())

    @api.model
    def _insert_log(self, rows, user=None):
        """Insert ``rows`` (dicts of columns) with one statement, in this transaction.

        :param user: who did it; the present user unless given
        """
        if self.env.cr.readonly:
            self._insert_apart(rows, user)
        elif rows:
            self._insert_rows(rows, user)

    @api.model
    def _insert_apart(self, rows, user=None):
        """Insert ``rows`` so that they stay when the present transaction fails."""
        with self._open_apart() as env:
            env[self._name]._insert_rows(rows, user and user.with_env(env))

    @contextmanager
    def _open_apart(self):
        # nobody is logged in yet where a login fails
        env = self.env if self.env.uid else self.env(user=SUPERUSER_ID)
        if not self.env.cr.readonly:
            with read_committed(env) as apart:
                yield apart
            return
        # a reader of the replica has nothing to lose; core notes devices like this
        self.env.cr.rollback()
        with self.env.registry.cursor() as cr:
            yield env(cr=cr)

    def _insert_rows(self, rows, user):
        user = self._get_log_user() if user is None else user
        common = {
            "created_at": fields.Datetime.now(),
            "user_id": user.id or None,
            "branch_id": user._get_log_unit() if user else None,
            "address": get_address(),
        }
        columns = sorted({*common, *rows[0]})
        self.env.cr.execute(
            SQL(
                "INSERT INTO %s (%s) VALUES %s",
                SQL.identifier(self._table),
                SQL(", ").join(map(SQL.identifier, columns)),
                SQL(", ").join(
                    SQL("%s", tuple((common | row)[column] for column in columns))
                    for row in rows
                ),
            )
        )
