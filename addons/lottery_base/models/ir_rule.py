from odoo import api, models, tools
from odoo.fields import Domain
from odoo.tools import config

BRANCH = "lottery.branch"
SUBDOMAIN_OPERATORS = ("any", "any!", "not any", "not any!")


class IrRule(models.Model):
    _inherit = "ir.rule"

    @api.model
    @tools.conditional(
        "xml" not in config["dev_mode"],
        tools.ormcache(
            "self.env.uid",
            "self.env.su",
            "model_name",
            "mode",
            "tuple(self._compute_domain_context_values())",
        ),
    )
    def _compute_domain(self, model_name, mode="read"):
        """Resolve units once per user, and keep wizards to those who opened them.

        Core turns ``("branch_id", "child_of", …)`` into a join with the unit and
        looks at every row; with the numbers of the units in the domain the index on
        ``branch_id`` is used, and who sees every unit pays nothing
        (docs/decisions/002-isolation.md). Units clear the cache when they move.

        `odoo.models.TransientModel` promises that a wizard is its user's, but nothing
        in 19.0 enforces it: it holds what they typed and selected, across units.
        """
        model = self.env[model_name]
        domain = self._resolve_branches(
            super()._compute_domain(model_name, mode), model
        )
        if model.is_transient():
            domain &= Domain("create_uid", "=", self.env.uid)
        return domain.optimize(model)

    @api.model
    def _resolve_branches(self, domain, model):
        def resolve(condition):
            field = model._fields.get(condition.field_expr)
            if not field or not field.relational:
                return condition
            comodel = self.env[field.comodel_name]
            if condition.operator in SUBDOMAIN_OPERATORS:
                subdomain = self._resolve_branches(Domain(condition.value), comodel)
                return Domain(condition.field_expr, condition.operator, subdomain)
            if condition.operator == "child_of" and comodel._name == BRANCH:
                return self._get_branch_domain(condition)
            return condition

        return domain.map_conditions(resolve)

    @api.model
    def _get_branch_domain(self, condition):
        ids = condition.value
        if isinstance(ids, int):
            ids = [ids]
        if not all(isinstance(branch_id, int) for branch_id in ids):
            return condition  # a name: not what rules are made of
        below, everything = self.env[BRANCH]._get_scope(tuple(sorted(ids)))
        if everything:
            return Domain(condition.field_expr, "!=", False)
        return Domain(condition.field_expr, "in", below)
