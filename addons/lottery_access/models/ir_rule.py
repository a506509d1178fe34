from odoo import api, models, tools
from odoo.fields import Domain
from odoo.tools import SQL, config
from odoo.tools.safe_eval import safe_eval

from odoo.addons.lottery_base.models.ir_rule import SUBDOMAIN_OPERATORS

from ..const import BRANCH

RULES = frozenset({"rules"})
SHARED_IDS = "lottery_access.shared_ids"
SHARED_MODES = {"read": ("read", "edit"), "write": ("edit",)}


class IrRule(models.Model):
    _inherit = "ir.rule"

    @api.model
    def _compute_domain(self, model_name, mode="read"):
        """Apply scopes, defaults and shares where something is set (PF-SEC-03).

        Every door asks here which records a user reaches. Where nothing is set for the
        model, or for the roles of the user, the rules of the code stand as they are.
        """
        access = self.env["lottery.access"]
        if not access._governs(model_name):
            return super()._compute_domain(model_name, mode)
        scoped = model_name in access._get_scoped_models(self.env.uid)
        shared = mode in SHARED_MODES and model_name in access._get_shared_models()
        if not scoped and not shared:
            return super()._compute_domain(model_name, mode)
        return self._compose_domain(model_name, mode, shared)

    @api.model
    @tools.conditional(
        "xml" not in config["dev_mode"],
        tools.ormcache(
            "self.env.uid",
            "model_name",
            "mode",
            "shared",
            "tuple(self._compute_domain_context_values())",
        ),
    )
    def _compose_domain(self, model_name, mode, shared):
        """Return ``global rules AND (rules of groups within the scopes OR shared)``.

        Global rules are never opened. The scope "all" takes the units out of the rules
        of groups and leaves their other conditions; the narrow ones stay inside them.
        """
        model = self.env[model_name]
        scopes = self.env["lottery.access"]._get_scopes(self.env.uid, model_name, mode)
        walls, rooms = self._get_rule_domains(model_name, mode)
        reach = Domain.OR(rooms) if rooms else Domain.TRUE
        reach = reach.optimize(model)
        if "all" in scopes:
            reach = self._open_units(reach, model)
        elif scopes != RULES:
            narrow = [self._get_scope_domain(model_name, scope) for scope in scopes]
            reach &= Domain.OR([*narrow, self._get_kept_domain(model_name)])
        if shared:
            reach |= self._get_share_domain(model_name, mode)
        domain = Domain.AND(walls).optimize(model) & reach
        return self._resolve_branches(domain.optimize(model), model).optimize(model)

    @api.model
    def _get_rule_domains(self, model_name, mode):
        """Return the domains of the global rules and those of the user's groups."""
        model = self.env[model_name]
        walls = [
            Domain(name, "any", domain)
            for parent, name in model._inherits.items()
            if model._fields[name].store
            and not (domain := self._compute_domain(parent, mode)).is_true()
        ]
        rooms = []
        context = self._eval_context()
        for rule in self._get_rules(model_name, mode=mode).sudo():
            domain = rule._get_evaluated_domain(context)
            (rooms if rule.groups else walls).append(domain)
        return walls, rooms

    def _get_evaluated_domain(self, context):
        self.ensure_one()
        return Domain(safe_eval(self.domain_force or "[]", context))

    @api.model
    def _get_scope_domain(self, model_name, scope):
        """Return which records of the model lie in one of the narrow scopes."""
        entry = self.env["lottery.access"]._get_objects()[model_name]
        user = self.env.user
        if scope == "own":
            return Domain.OR(
                Domain(name, "in", [user.id]) for name in entry.owner_fields
            )
        operator = "in" if scope == "unit" else "child_of"
        return Domain(entry.branch_field, operator, user.branch_ids.ids)

    @api.model
    def _get_kept_domain(self, model_name):
        """Return what no narrow scope takes away: the names of colleagues."""
        if model_name == "res.partner":
            return Domain("partner_share", "=", False)
        return Domain.FALSE

    @api.model
    def _open_units(self, domain, model):
        """Take the units out of a rule: as somebody of the centre sees it."""

        def open_condition(condition):
            field = model._fields.get(condition.field_expr)
            if condition.operator in SUBDOMAIN_OPERATORS:
                comodel = self.env[field.comodel_name]
                inner = self._open_units(Domain(condition.value), comodel)
                if inner.is_true():
                    return Domain.TRUE
                return Domain(condition.field_expr, condition.operator, inner)
            if condition.operator not in ("child_of", "parent_of"):
                return condition
            own = model._name == BRANCH and condition.field_expr == "id"
            if own or (field and field.comodel_name == BRANCH):
                return Domain.TRUE
            return condition

        return domain.map_conditions(open_condition)

    @api.model
    def _get_share_domain(self, model_name, mode):
        """Return the records shared with the user, looked up when a query is made.

        Their numbers stand in the query, so that PostgreSQL finds them by the index of
        the table and hashes them where it filters; ``IN (SELECT …)`` beside the units
        would make it read every row. The domain is cached, the numbers are not beyond
        the transaction: a share acts and ends at once.
        """
        uid = self.env.uid

        def to_sql(model, alias, query):
            ids = model.env["ir.rule"]._get_shared_ids(uid, model_name, mode)
            if not ids:
                return SQL("FALSE")
            return SQL("%s IN %s", model._field_to_sql(alias, "id", query), tuple(ids))

        def predicate(record):
            rules = record.env["ir.rule"]
            return record.id in rules._get_shared_ids(uid, model_name, mode)

        return Domain.custom(to_sql=to_sql, predicate=predicate)

    @api.model
    def _get_shared_ids(self, uid, model_name, mode):
        """Return the ids of what is shared, read once a transaction."""
        known = self.env.cr.cache.setdefault(SHARED_IDS, {})
        line = self.env["lottery.access"]._get_line(uid)
        key = (uid, model_name, mode, *line)
        if key not in known:
            found = self.with_user(uid)._get_share_query(model_name, mode)
            known[key] = frozenset(row[0] for row in self.env.execute_query(found))
        return known[key]

    @api.model
    def _get_share_query(self, model_name, mode):
        return SQL(
            """SELECT s.res_id FROM lottery_access_share s
                WHERE s.model = %s AND s.access IN %s
                  AND (s.user_id = %s OR s.branch_id = ANY(%s))
                  AND (s.expires_at IS NULL
                       OR s.expires_at > clock_timestamp() AT TIME ZONE 'UTC')""",
            model_name,
            SHARED_MODES[mode],
            self.env.uid,
            self.env["lottery.access"]._get_line(self.env.uid),
        )

    @api.model
    def _get_unshared_domain(self, model_name, mode):
        """Return which records the user reaches without anybody's sharing."""
        if not self.env["lottery.access"]._governs(model_name):
            return self._compute_domain(model_name, mode)
        return self._compose_domain(model_name, mode, shared=False)

    def _make_access_error(self, operation, records):
        """Say so where it is a scope, not a rule, that refuses."""
        error = super()._make_access_error(operation, records)
        access = self.env["lottery.access"]
        if not access._governs(records._name):
            return error
        scopes = access._get_scopes(self.env.uid, records._name, operation)
        if scopes <= RULES or "all" in scopes:
            return error
        labels = self.env["lottery.access.operation"]._get_scope_labels()
        hint = self.env._(
            "The data scope of your roles for this object is: %(scopes)s.",
            scopes=", ".join(labels[scope] for scope in sorted(scopes)),
        )
        error.args = (f"{error.args[0]}\n\n{hint}", *error.args[1:])
        return error
