from odoo import api, models
from odoo.exceptions import AccessError

EXPORT_GROUP = "base.group_allow_export"


class Base(models.AbstractModel):
    """The right to take records away as a file, one question for all who make files
    (PF-SEC-01)."""

    _inherit = "base"

    @api.model
    def _get_unexportable(self, paths=()):
        """Return the models whose records the user may not take away in a file.

        Addons that know rights by object extend it.

        :param paths: fields of the file, as `export_data` takes them
        """
        may = self.env.su or self.env.user.has_group(EXPORT_GROUP)
        return [] if may else [self._name]

    @api.model
    def _check_export_right(self, paths=()):
        """:raise AccessError: names the first object that the user may not export"""
        models_sudo = self.env["ir.model"].sudo()  # names only
        for model in self._get_unexportable(paths):
            raise AccessError(
                self.env._(
                    "Your roles do not allow the export of “%(object)s”.",
                    object=models_sudo._get(model).name or model,
                )
            )
