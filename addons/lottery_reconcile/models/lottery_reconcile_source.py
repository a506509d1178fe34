from dataclasses import replace

from odoo import api, models
from odoo.tools import SQL

from ..const import SOURCE_PREFIX

# What need not be known on the other side counts where it is listed there nevertheless.
OURS = """
    SELECT s.key, s.branch_id, s.res_id, s.label, s.facts FROM (%s) s
     WHERE s.expected
        OR EXISTS (SELECT FROM lottery_reconcile_row r
                    WHERE r.run_id = %s AND r.key = s.key)
"""


class LotteryReconcileSource(models.AbstractModel):
    """What is compared with a central system: one plug-in a kind (PF-INT-03).

    A plug-in is an abstract model ``lottery.reconcile.source.<code>`` that inherits
    this one and declares the kind. The addon that owns the records brings it;
    installing the addon makes the kind appear in every month opened from then on.
    """

    _name = "lottery.reconcile.source"
    _description = "Kind of Reconciliation"

    # === DECLARATION === #

    # name of the kind, lazy
    _reconcile_name = ""
    # model of the records on our side, for the way to them
    _reconcile_model = ""
    _reconcile_sequence = 10
    # the `engine.columns.Column` named "key": what names a record on both sides
    _reconcile_key_column = None
    # Columns that are compared. ``decimal`` and ``integer`` ones are figures: their
    # difference is shown and summed. A column ``branch`` holds a unit's code; records
    # missing on our side go to that unit's people.
    _reconcile_columns = ()
    # Query of ``(key text, branch_id, res_id, label, facts jsonb, expected bool)``, one
    # row a key. ``facts`` has a member for every compared column, nulls may be left
    # out. ``expected``: the other side has to know it.
    _reconcile_query = ""

    @api.model
    def _reconcile_can_pull(self):
        """Can the figures be asked for over a connector?"""
        return False

    @api.model
    def _reconcile_pull(self, run):
        """Ask for the other side's figures; answer by `run._take_theirs`, now or later.

        Nothing is called over the network here: that is the outbox's work.
        """
        raise NotImplementedError

    # === WHAT IS MADE OF IT === #

    @api.model
    def _get_name(self):
        return self._spell(self._reconcile_name)

    @api.model
    def _get_key(self):
        """Return the column that names a record, in the user's language."""
        return self._spell_column(self._reconcile_key_column)

    @api.model
    def _get_columns(self):
        """Return the compared columns, in the user's language."""
        return [self._spell_column(column) for column in self._reconcile_columns]

    @api.model
    def _get_ours(self, run):
        """Return the `SQL` query of our side, as `lottery.reconcile.run` joins it."""
        return SQL(OURS, SQL(self._reconcile_query), run.id)

    @api.model
    def _spell_column(self, column):
        return replace(
            column, label=self._spell(column.label), help=self._spell(column.help)
        )

    @api.model
    def _spell(self, text):
        """Return a lazy text of the declaration in the reader's language."""
        translate = self.env._
        return translate(text) if text else ""

    # === REGISTRY === #

    @api.model
    def _get_codes(self):
        """Return the codes of the plug-ins there are, in their order."""
        names = [name for name in self.env.registry if name.startswith(SOURCE_PREFIX)]
        names.sort(key=lambda name: (self.env[name]._reconcile_sequence, name))
        return [name.removeprefix(SOURCE_PREFIX) for name in names]

    @api.model
    def _get_source(self, code):
        return self.env[SOURCE_PREFIX + code]

    @api.model
    def _get_choices(self):
        return [
            (code, self._get_source(code)._get_name()) for code in self._get_codes()
        ]
