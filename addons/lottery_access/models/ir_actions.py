from odoo import api, models
from odoo.tools import ormcache

from ..const import ADMINISTRATOR, UNIT_ADMINISTRATOR

SHARE = "lottery_access.lottery_access_share_wizard_action"
EXPLAIN = "lottery_access.lottery_access_explain_action"


class IrActionsActions(models.Model):
    _inherit = "ir.actions.actions"

    @api.model
    def get_bindings(self, model_name):
        """Offer sharing and the explanation in the menu of every object's records."""
        bindings = super().get_bindings(model_name)
        offered = self._get_access_bindings(model_name)
        if offered:
            bindings["action"] = [*bindings.get("action", []), *offered]
        return bindings

    @api.model
    def _get_access_bindings(self, model_name):
        access = self.env["lottery.access"]
        if model_name not in access._get_objects():
            return []
        offered = []
        may_write = self.env["ir.model.access"].check(model_name, "write", False)
        if may_write and access._can_share(model_name):
            offered.append(self._read_binding(SHARE))
        if any(map(self.env.user.has_group, (ADMINISTRATOR, UNIT_ADMINISTRATOR))):
            offered.append(self._read_binding(EXPLAIN))
        return [dict(action) for action in offered]

    @api.model
    @ormcache("xml_id", "self.env.lang")
    def _read_binding(self, xml_id):
        action_sudo = self.env.ref(xml_id).sudo()
        return {
            "id": action_sudo.id,
            "name": action_sudo.name,
            "binding_view_types": action_sudo.binding_view_types,
        }
