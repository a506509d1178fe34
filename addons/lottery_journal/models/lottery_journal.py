import functools
import json
import os
import pathlib
import re
import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.canonical import canonical
from ..engine.keys import KeyRing, ring_from
from ..engine.mac import ROW_VERSION, Row, row_line, row_mac, utc_stamp

ROW_KEY = "LOTTERY_JOURNAL_ROW_KEY"
CHAIN_KEY = "LOTTERY_JOURNAL_CHAIN_KEY"
OWNER_SQL = pathlib.Path(__file__).parents[1] / "sql" / "owner.sql"


@functools.lru_cache(maxsize=8)
def _make_ring(current, old):
    return KeyRing(current, old)


class LotteryJournal(models.Model):
    """What happened and must not be altered (PF-AUD-02).

    The tables are in schema ``journal`` and belong to a database role Odoo does not
    have (`sql/owner.sql`); this model reads them through a view, sealed entries and
    those that still wait for the sealer alike. Nothing here can change an entry.
    """

    _name = "lottery.journal"
    _description = "Journal Entry"
    _auto = False
    _log_access = False
    _order = "id desc"
    _rec_name = "event"

    sequence_number = fields.Integer(
        readonly=True,
        help="Place in the sealed chain, without gaps. Empty: not sealed yet.",
    )
    uid = fields.Char("Number", readonly=True)
    created_at = fields.Datetime("Time", readonly=True)
    event = fields.Char("Event Code", readonly=True)
    model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference("Record ID", model_field="model", readonly=True)
    event_name = fields.Char("Event", compute="_compute_event_name")
    branch_id = fields.Many2one("lottery.branch", "Unit", readonly=True)
    user_id = fields.Many2one("res.users", readonly=True)
    body = fields.Text("Content as Sealed", readonly=True)
    content = fields.Text(compute="_compute_content")
    state = fields.Selection(
        [("waiting", "Waiting"), ("sealed", "Sealed"), ("unproven", "Unproven")],
        readonly=True,
        help="Unproven: put into the table by hand, not written by the suite.",
    )
    sealed_at = fields.Datetime("Sealed", readonly=True)
    mac = fields.Char("Seal", readonly=True)
    model_name = fields.Char("Object", compute="_compute_record")
    record_name = fields.Char("Record", compute="_compute_record")

    def init(self):
        self._init_tables()
        self.env.cr.execute(
            """
            CREATE OR REPLACE VIEW lottery_journal AS
            SELECT staging_id AS id, seq AS sequence_number, uid::varchar AS uid,
                   created_at, event, model, res_id, branch_id, user_id, body,
                   CASE WHEN row_ok THEN 'sealed' ELSE 'unproven' END AS state,
                   sealed_at, encode(mac, 'hex') AS mac
            FROM journal.entry
            UNION ALL
            SELECT id, NULL, uid::varchar, created_at, event, model, res_id,
                   branch_id, user_id, body, 'waiting', NULL, NULL
            FROM journal.staging
            """
        )

    def _init_tables(self):
        """Make the tables where `owner.sql` has not been run (fallback)."""
        self.env.cr.execute("SELECT to_regclass('journal.staging')")
        if self.env.cr.fetchone()[0] and not self._owns_tables():
            return
        self.env.cr.execute("CREATE SCHEMA IF NOT EXISTS journal")
        self._create_tables("journal")

    def _create_tables(self, schema):
        """Run the part of `owner.sql` that makes the tables, in ``schema``."""
        text = OWNER_SQL.read_text(encoding="utf-8")
        ddl = re.search(r"-- tables: begin.*?\n(.*)-- tables: end", text, re.S)[1]
        self.env.cr.execute("SHOW search_path")
        path = self.env.cr.fetchone()[0]
        self.env.cr.execute(SQL("SET LOCAL search_path = %s", SQL.identifier(schema)))
        self.env.cr.execute(ddl)
        # what SHOW gave comes back as it was
        self.env.cr.execute(  # pylint: disable=sql-injection
            f"SET LOCAL search_path = {path}"
        )

    @api.model
    def _owns_tables(self):
        """Whether Odoo's own role may write the chain: the fallback."""
        self.env.cr.execute("SELECT has_table_privilege('journal.entry', 'INSERT')")
        return self.env.cr.fetchone()[0]

    # === COMPUTE METHODS === #

    @api.model
    def _get_event_names(self):
        """Return ``{code: name}`` in the user's language; addons add theirs."""
        return {
            "log.rule_added": self.env._("Log rule added"),
            "log.rule_changed": self.env._("Log rule changed"),
            "log.rule_removed": self.env._("Log rule removed"),
            "log.archived": self.env._("Log archived"),
            "role.switched": self.env._("Role switched"),
        }

    @api.depends_context("lang")
    @api.depends("event")
    def _compute_event_name(self):
        names = self._get_event_names()
        for entry in self:
            entry.event_name = names.get(entry.event, entry.event)

    @api.depends("body")
    def _compute_content(self):
        for entry in self:
            try:
                values = json.loads(entry.body or "{}")
                entry.content = json.dumps(values, ensure_ascii=False, indent=2)
            except ValueError:
                entry.content = entry.body  # not written by the suite

    @api.depends("model", "res_id")
    def _compute_record(self):
        for entry in self:
            entry.model_name = entry.record_name = False
            if entry.model in self.env:
                entry.model_name = self.env["ir.model"]._get(entry.model).name
                record = entry._get_record()
                entry.record_name = record.display_name if record else False

    def _get_record(self):
        """Return the record the entry is about if it exists and the user may see it."""
        self.ensure_one()
        if self.model not in self.env or not self.res_id:
            return None
        model = self.env[self.model]
        if model._abstract or not model.has_access("read"):
            return None
        return model.with_context(active_test=False).search([("id", "=", self.res_id)])

    # === ACTIONS === #

    def action_open_record(self):
        """Open what the entry is about."""
        self.ensure_one()
        record = self._get_record()
        if not record:
            raise UserError(
                self.env._("The record is gone or belongs to another unit.")
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    # === BUSINESS METHODS === #

    @api.model
    def _append(self, entries):
        """Insert ``entries`` for the sealer, with one statement and without a flush.

        :param entries: dicts with ``event`` and optionally ``model``, ``res_id``,
            ``branch_id``, ``values`` (a dict, see `_journal` of the mixin).
        """
        if not entries:
            return
        ring = self._row_ring()
        created_at = utc_stamp()
        rows = [self._prepare_row(entry, created_at, ring) for entry in entries]
        self.env.cr.execute(
            SQL(
                """INSERT INTO journal.staging (uid, created_at, event, model, res_id,
                    branch_id, user_id, body, mac_version, key_id, row_mac) VALUES %s""",
                SQL(", ").join(SQL("%s", row) for row in rows),
            )
        )

    def _prepare_row(self, entry, created_at, ring):
        row = Row(
            uid=str(uuid.uuid4()),
            created_at=created_at,
            event=entry["event"],
            model=entry.get("model") or None,
            res_id=entry.get("res_id") or None,
            branch_id=entry.get("branch_id") or None,
            user_id=self.env.uid or None,
            body=canonical(entry.get("values") or {}),
        )
        mac = row_mac(ring.current.secret, row_line(row))
        return (*row, ROW_VERSION, ring.current.id, mac)

    @api.model
    def _row_ring(self):
        return ring_from(os.environ, ROW_KEY) or self._derived_ring("row")

    @api.model
    def _chain_ring(self):
        """Return the chain's keys, None where only the sealer has them."""
        if ring := ring_from(os.environ, CHAIN_KEY):
            return ring
        # An installation with keys or roles of its own has a sealer with the chain key.
        if os.environ.get(ROW_KEY) or not self._owns_tables():
            return None
        return self._derived_ring("chain")

    @api.model
    def _derived_ring(self, purpose):
        """Keys of an installation that was given none: derived from its secret."""
        # The secret leaves this method only as a key.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        secret = parameters_sudo.get_param("database.secret")
        return _make_ring(f"lottery_journal/{purpose}/{secret}", ())
