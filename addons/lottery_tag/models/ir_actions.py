from odoo import models, tools
from odoo.tools import frozendict


class IrActionsActions(models.Model):
    _inherit = "ir.actions.actions"

    @tools.ormcache("model_name", "self.env.lang")
    def _get_bindings(self, model_name):
        """Put *Set Tags* into the action menu of every taggable model (PF-TAG-03)."""
        bindings = super()._get_bindings(model_name)
        model = self.env.registry.get(model_name)
        mixin = self.env.registry["lottery.tag.mixin"]
        action = self.env.ref(
            "lottery_tag.lottery_tag_apply_action", raise_if_not_found=False
        )
        if model is None or not issubclass(model, mixin) or not action:
            return bindings
        # what core reads of a bound action, and of whom it asks the rights
        fields = ["name", "binding_view_types", "res_model"]
        values = frozendict(action.sudo().read(fields)[0])
        return frozendict({**bindings, "action": (*bindings.get("action", ()), values)})
