import json

from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.canonical import canonical

OPERATIONS = [("create", "Created"), ("write", "Changed"), ("unlink", "Deleted")]
MAX_VALUE = 500
MAX_LINKS = 50


class LotteryLogOperation(models.Model):
    """Who changed what from which value to which (PF-AUD-01).

    Captured where the ORM writes (`base`), for the models with a `lottery.log.rule`,
    in the transaction of the change and with one INSERT a call.
    """

    _name = "lottery.log.operation"
    _description = "Operation Log"
    _inherit = ["lottery.log.mixin"]
    _auto = False
    _rec_name = "record_name"

    operation = fields.Selection(OPERATIONS, readonly=True)
    model = fields.Char("Object Code", readonly=True)
    model_name = fields.Char("Object", compute="_compute_names")
    res_id = fields.Many2oneReference("Record ID", model_field="model", readonly=True)
    record_name = fields.Char("Record", readonly=True)
    field_names = fields.Char("Field Codes", readonly=True)
    field_labels = fields.Char("Fields", compute="_compute_names")
    changes = fields.Text("Values", readonly=True)
    changes_table = fields.Html("Changes", compute="_compute_changes_table")

    @api.depends_context("lang")
    @api.depends("model", "field_names")
    def _compute_names(self):
        models_sudo = self.env["ir.model"].sudo()  # names only
        for entry in self:
            known = entry.model in self.env
            entry.model_name = (
                models_sudo._get(entry.model).name if known else entry.model
            )
            names = entry.field_names.split(",") if entry.field_names else []
            entry.field_labels = ", ".join(map(entry._get_label, names))

    def _get_label(self, name):
        model = self.env.get(self.model)
        field = model._fields.get(name) if model is not None else None
        return field._description_string(self.env) if field else name

    @api.depends_context("lang")
    @api.depends("model", "changes")
    def _compute_changes_table(self):
        for entry in self:
            rows = Markup().join(
                Markup("<tr><th>%s</th><td>%s</td><td>%s</td></tr>")
                % (
                    entry._get_label(name),
                    entry._show_value(name, old),
                    entry._show_value(name, new),
                )
                for name, (old, new) in json.loads(entry.changes or "{}").items()
            )
            entry.changes_table = Markup(
                "<table class='table table-sm'><thead><tr><th>%s</th><th>%s</th>"
                "<th>%s</th></tr></thead><tbody>%s</tbody></table>"
            ) % (self.env._("Field"), self.env._("Before"), self.env._("After"), rows)

    def _show_value(self, name, value):
        """Return a logged value as people read it."""
        model = self.env.get(self.model)
        field = model._fields.get(name) if model is not None else None
        if value is None or value == []:
            return "-"
        if isinstance(value, bool):
            return self.env._("Yes") if value else self.env._("No")
        if field is not None and field.type == "selection":
            labels = dict(field._description_selection(self.env))
            return labels.get(value, value)
        if isinstance(value, list):
            return Markup("<br/>").join(escape(link) for link in value)
        return str(value)

    def action_open_record(self):
        """Open what the entry is about."""
        self.ensure_one()
        model = self.env.get(self.model)
        record = (
            model.with_context(active_test=False).search([("id", "=", self.res_id)])
            if model is not None and model.has_access("read")
            else None
        )
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

    @api.model
    def _log_changes(self, records, operation, before, after, names_by_id):
        """Add an entry for each record of which a value changed; a new record's empty
        fields say nothing.

        :param before, after: ``{id: {field: value}}`` of `_get_log_values`; an empty
            dict for what was not there
        """
        rows = []
        for record_id in records.ids:
            old, new = before.get(record_id, {}), after.get(record_id, {})
            changes = {
                name: [old.get(name), new.get(name)]
                for name in sorted({*old, *new})
                if old.get(name) != new.get(name)
                and (operation != "create" or new.get(name))
            }
            if operation == "write" and not changes:
                continue
            rows.append(
                {
                    "operation": operation,
                    "model": records._name,
                    "res_id": record_id,
                    "record_name": names_by_id.get(record_id),
                    "field_names": ",".join(changes) or None,
                    "changes": canonical(changes),
                }
            )
        self._insert_log(rows)


def read_value(record, name, field):
    """Return a field's value as the log keeps it."""
    value = record[name]
    match field.type:
        case "many2one":
            return f"{value.display_name} #{value.id}" if value else None
        case "many2many":
            shown = value[:MAX_LINKS]
            links = sorted(f"{link.display_name} #{link.id}" for link in shown)
            more = len(value) - len(shown)
            return links + ([f"+{more}"] if more else [])
        case "boolean" | "integer" | "float" | "monetary" | "many2one_reference":
            return value
    if value is False or value is None:
        return None
    text = str(value)
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}…"
