from odoo import api, models
from odoo.exceptions import AccessError
from odoo.models import fix_import_export_id_paths

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from .res_users import EXPORT_KEY, GRANTED

# What a path of an export may end in without taking more of a record than its name.
NAMES = {"id", ".id", "display_name", "name"}


class Base(models.AbstractModel):
    _inherit = "base"

    def export_data(self, fields_to_export):
        """Ask for the right to export of every object the file would hold (PF-SEC-01).

        The web client's export and RPC both come here. A role may be given the export
        of single objects without Odoo's group for all of them.
        """
        if self.env.su:
            return super().export_data(fields_to_export)
        self._check_export_right(fields_to_export)
        records = self.with_context(**{EXPORT_KEY: GRANTED})
        return super(Base, records).export_data(fields_to_export)

    @api.model
    def _get_unexportable(self, paths=()):
        """By role and object, instead of by one group for everything (PF-SEC-01)."""
        access = self.env["lottery.access"]
        models = self._get_exported_models(paths)
        return [model for model in models if not access._can_export(model)]

    def _get_exported_models(self, paths):
        """Return this model and those whose fields the paths reach."""
        found = {self._name}
        for path in paths:
            model, names = self, fix_import_export_id_paths(path)
            for name, following in zip(names, names[1:], strict=False):
                field = model._fields.get(name)
                if not field or not field.relational:
                    break
                model = self.env[field.comodel_name]
                if following and following not in NAMES:
                    found.add(model._name)
        objects = self.env["lottery.access"]._get_objects()
        return [name for name in found if name == self._name or name in objects]

    def write(self, vals):
        if not self.env.su:
            self._check_shared_write(vals)
        return super().write(vals)

    def _check_shared_write(self, vals):
        """Refuse to take over a record that was only shared for editing (PF-SEC-03).

        Who became its owner, or moved it to the own unit, would keep it for good.
        """
        access = self.env["lottery.access"]
        if not access._governs_shares(self._name):
            return
        entry = access._get_objects()[self._name]
        taken = vals.keys() & {*entry.owner_fields, entry.branch_field}
        if not taken or self.env["lottery.access.share"]._has_own_right(self, "write"):
            return
        raise AccessError(
            self.env._(
                "%(fields)s: the record was shared with you; its unit and its owners "
                "are not yours to change.",
                fields=", ".join(
                    self._fields[name]._description_string(self.env) for name in taken
                ),
            )
        )

    def unlink(self):
        ids, name = self.ids, self._name
        result = super().unlink()
        # the table of shares may be gone already while its addon is removed
        if ids and not self.env.context.get(MODULE_UNINSTALL_FLAG):
            access = self.env["lottery.access"]
            if name in access._get_shared_models():
                self.env["lottery.access.share"]._forget_records(name, ids)
        return result
