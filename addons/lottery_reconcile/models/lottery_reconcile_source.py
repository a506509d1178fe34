from odoo import api, models

from ..const import SOURCE_PREFIX


class LotteryReconcileSource(models.AbstractModel):
    """What is compared with a central system: one plug-in a kind (PF-INT-03).

    A plug-in is an abstract model ``lottery.reconcile.source.<code>`` that inherits
    this one. The addon that owns the records brings it; installing the addon makes the
    kind appear in every month opened from then on.
    """

    _name = "lottery.reconcile.source"
    _description = "Kind of Reconciliation"

    # model of the records on our side, for the way to them
    _reconcile_model = ""
    _reconcile_sequence = 10

    # === HOOKS === #

    @api.model
    def _reconcile_label(self):
        """Name of the kind in the user's language."""
        raise NotImplementedError

    @api.model
    def _reconcile_key(self):
        """Return the `engine.columns.Column` that names a record on both sides."""
        raise NotImplementedError

    @api.model
    def _reconcile_fields(self):
        """Return the list of `engine.columns.Column` that are compared.

        ``decimal`` and ``integer`` ones are figures: their difference is shown and
        summed. A column ``branch`` holds a unit's code; records missing on our side
        go to that unit's people.
        """
        raise NotImplementedError

    @api.model
    def _reconcile_ours(self, run):
        """Return an `SQL` query of ``(key text, branch_id, res_id, label, facts jsonb)``.

        ``facts`` has a member for every compared column; nulls may be left out. One
        row a key.
        """
        raise NotImplementedError

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
            (code, self._get_source(code)._reconcile_label())
            for code in self._get_codes()
        ]
