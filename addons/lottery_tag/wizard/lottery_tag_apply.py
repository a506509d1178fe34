import ast

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class LotteryTagApply(models.TransientModel):
    """Give and take tags on a selection of a list, or on all that it lists (PF-TAG-03)."""

    _name = "lottery.tag.apply"
    _description = "Set Tags"

    model = fields.Char(required=True, readonly=True)
    res_ids = fields.Json(readonly=True)
    list_domain = fields.Char(readonly=True)
    selected_count = fields.Integer(string="Records Selected", readonly=True)
    list_count = fields.Integer(string="Records in the List", readonly=True)
    everything = fields.Boolean(
        string="All Records of the List",
        help="Also those beyond what a list can select at once.",
    )
    add_tag_ids = fields.Many2many(
        "lottery.tag", "lottery_tag_apply_add_rel", string="Give"
    )
    remove_tag_ids = fields.Many2many(
        "lottery.tag", "lottery_tag_apply_remove_rel", string="Take"
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        context = self.env.context
        model, ids = context.get("active_model"), context.get("active_ids") or []
        if model not in dict(self.env["lottery.tag.set"]._selection_model()):
            raise UserError(self.env._("These records carry no tags."))
        domain = context.get("active_domain")
        listed = len(ids)
        if domain:  # active_test as in the list
            listed = max(listed, self.env[model].search_count(Domain(domain)))
        return values | {
            "model": model,
            "res_ids": ids,
            "list_domain": repr(domain) if domain and listed > len(ids) else False,
            "selected_count": len(ids),
            "list_count": listed,
        }

    def action_apply(self):
        self.ensure_one()
        if not (self.add_tag_ids or self.remove_tag_ids):
            raise UserError(self.env._("Choose at least one tag to give or to take."))
        if both := self.add_tag_ids & self.remove_tag_ids:
            raise UserError(
                self.env._(
                    "“%(tag)s” can't be given and taken at once.", tag=both[0].name
                )
            )
        count = self._get_model()._tag_change_matching(
            self._get_target(), self.add_tag_ids, self.remove_tag_ids
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(count)s tags changed", count=f"{count:,}"),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _get_model(self):
        """Return the model to tag; what was typed over RPC is not trusted."""
        if self.model not in dict(self.env["lottery.tag.set"]._selection_model()):
            raise UserError(self.env._("These records carry no tags."))
        return self.env[self.model]

    def _get_target(self):
        """Return the domain of the records, ids of the user's sight only."""
        if self.everything and self.list_domain:
            model = self._get_model()
            domain = Domain(ast.literal_eval(self.list_domain))
            return Domain("id", "in", model._search(domain))
        return Domain("id", "in", self.res_ids or [])
