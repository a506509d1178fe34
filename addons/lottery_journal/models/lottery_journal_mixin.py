from odoo import models


class LotteryJournalMixin(models.AbstractModel):
    """Records whose events must not be altered (PF-AUD-02)."""

    _name = "lottery.journal.mixin"
    _description = "Journalled Record"

    def _journal(self, event, values=None):
        """Append one entry a record, in this transaction and with one INSERT.

        :param str event: what happened, dotted: ``"order.submitted"``.
        :param values: what to keep of it; a dict for all records or a callable
            ``record -> dict``. Dates, decimals and sets are spelled out; records and
            bytes are refused (`TypeError`): name what you mean.
        """
        self.env["lottery.journal"]._append(
            [
                {
                    "event": event,
                    "model": record._name,
                    "res_id": record.id,
                    "branch_id": record._get_journal_branch_id(),
                    "values": values(record) if callable(values) else values,
                }
                for record in self
            ]
        )

    def _get_journal_branch_id(self):
        """Return the id of the unit whose people may read the entry, or False."""
        self.ensure_one()
        if self._name == "lottery.branch":
            return self.id
        if "branch_id" in self._fields:
            # The unit's id is no secret to who may journal the record.
            record_sudo = self.sudo()
            return record_sudo.branch_id.id
        return False
