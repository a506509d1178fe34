from odoo import api, models

from .lottery_log_operation import read_value


class Base(models.AbstractModel):
    """Where the operation log is captured: every door of every model ends here
    (PF-AUD-01). A model without a rule costs one look into a cache."""

    _inherit = "base"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if (rule := self._get_log_rule()) and rule.create and records:
            names = rule.names & set().union(*vals_list)
            records._log_operation("create", {}, names)
        return records

    def write(self, vals):
        rule = self._get_log_rule()
        logged = rule and rule.write and all(self._ids)
        names = rule.names & vals.keys() if logged else None
        if not names:
            return super().write(vals)
        before = self._get_log_values(names)
        result = super().write(vals)
        self._log_operation("write", before, names)
        return result

    def unlink(self):
        rule = self._get_log_rule()
        if not (rule and rule.unlink and self):
            return super().unlink()
        before = self._get_log_values(rule.names)
        names_by_id = self._get_log_names()
        result = super().unlink()
        self.env["lottery.log.operation"]._log_changes(
            self, "unlink", before, {}, names_by_id
        )
        return result

    def export_data(self, fields_to_export):
        result = super().export_data(fields_to_export)
        self.env["lottery.log.export"]._log(self._name, len(self), fields_to_export)
        return result

    @api.model
    def _get_log_rule(self):
        """Return the model's `LogRule`, None while addons are being installed."""
        if not self.pool.ready:
            return None
        return self.env["lottery.log.rule"]._get_rules().get(self._name)

    def _log_operation(self, operation, before, names):
        self.env["lottery.log.operation"]._log_changes(
            self,
            operation,
            before,
            self._get_log_values(names),
            self._get_log_names(),
        )

    def _get_log_values(self, names):
        """Return ``{id: {name: value}}``; one query for the set where not cached."""
        # the log shows what happened, also to who writes without reading
        records_sudo = self.sudo().with_context(active_test=False, bin_size=True)
        chosen = [(name, self._fields[name]) for name in names]
        return {
            record.id: {name: read_value(record, name, field) for name, field in chosen}
            for record in records_sudo
        }

    def _get_log_names(self):
        return {record.id: record.display_name for record in self.sudo()}
