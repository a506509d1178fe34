from odoo import api, models
from odoo.fields import Domain

from odoo.addons.lottery_base.models.ir_rule import SUBDOMAIN_OPERATORS

from ..const import BRANCH
from ..engine.policy import get_scope
from ..models.ir_rule import RULES, SHARED_MODES


class LotteryAccessExplainRules(models.AbstractModel):
    """The steps that ask whether one record lies within a user's reach."""

    _name = "lottery.access.explain.rules"
    _description = "Explanation of Record Rules"

    @api.model
    def _get_steps(self, user, record, operation):
        """Return the steps of global rules, rules of groups, scopes and shares.

        What reaches a record besides the global rules is one step: any of its ways is
        enough.
        """
        rules = self.env["ir.rule"].with_user(user)
        steps = [
            step
            for step in (
                self._step_parents(rules, record, operation),
                self._step_walls(rules, record, operation),
            )
            if step
        ]
        return [*steps, self._step_reach(rules, record, operation)]

    def _matches(self, record, domain):
        record_sudo = record.sudo().with_context(active_test=False)
        return bool(record_sudo.filtered_domain(domain))

    def _read_rules(self, rules, record, operation):
        """Return ``(rule, its domain, whether the record lies in it)`` of each rule."""
        context = rules._eval_context()
        found = []
        for rule in rules._get_rules(record._name, mode=operation).sudo():
            domain = rule._get_evaluated_domain(context)
            found.append((rule, domain, self._matches(record, domain)))
        return found

    def _make_line(self, matches, text):
        return ("yes" if matches else "no", text)

    def _step_parents(self, rules, record, operation):
        """Records that are made of another one are reached through it only."""
        lines = []
        for parent, name in record._inherits.items():
            field = record._fields[name]
            domain = rules._compute_domain(parent, operation)
            if field.store and not domain.is_true():
                matches = self._matches(record, Domain(name, "any", domain))
                lines.append(
                    self._make_line(matches, field._description_string(self.env))
                )
        if not lines:
            return None
        return self.env["lottery.access.explain"]._make_step(
            self.env._("What the record is made of must be within reach"),
            "yes" if all(verdict == "yes" for verdict, _text in lines) else "no",
            lines,
        )

    def _step_walls(self, rules, record, operation):
        lines = [
            self._make_line(matches, self._describe_rule(domain, record))
            for rule, domain, matches in self._read_rules(rules, record, operation)
            if not rule.groups
        ]
        if not lines:
            return None
        return self.env["lottery.access.explain"]._make_step(
            self.env._("Rules for everybody: each must hold"),
            "yes" if all(verdict == "yes" for verdict, _text in lines) else "no",
            lines,
        )

    def _describe_rule(self, domain, model):
        """Say in the reader's language what a rule lets pass.

        The names of rules are the developers'; what a rule looks at are fields, and
        those have names people know.
        """
        if domain.is_true():
            return self.env._("Rule: no limit")
        if domain.is_false():
            return self.env._("Rule: nothing")
        parts = list(dict.fromkeys(self._describe_conditions(domain, model)))
        return self.env._("Rule: %(parts)s", parts=self.env._(" or ").join(parts))

    def _describe_conditions(self, domain, model):
        for condition in domain.optimize(model).iter_conditions():
            field = model._fields[condition.field_expr.partition(".")[0]]
            if condition.operator in SUBDOMAIN_OPERATORS:
                comodel = self.env[field.comodel_name]
                yield from self._describe_conditions(Domain(condition.value), comodel)
            else:
                yield self._describe_condition(condition, field)

    def _describe_condition(self, condition, field):
        of_unit = BRANCH in (field.comodel_name, field.model_name)
        if of_unit and condition.operator == "child_of":
            return self.env._("units of the user and all below")
        if of_unit and condition.operator == "parent_of":
            return self.env._("units above the user's")
        if field.comodel_name == BRANCH and (
            condition.operator == "in" and set(condition.value) == {False}
        ):
            return self.env._("records without a unit")
        label = field._description_string(self.env)
        if field.comodel_name in ("res.users", "res.partner"):
            return self.env._("%(field)s is the user", field=label)
        return self.env._("condition on %(field)s", field=label)

    def _step_reach(self, rules, record, operation):
        """Units, scopes and shares: one way that leads to the record is enough."""
        rooms = [
            (rule, domain, matches)
            for rule, domain, matches in self._read_rules(rules, record, operation)
            if rule.groups
        ]
        within = not rooms or any(matches for _rule, _domain, matches in rooms)
        lines = [
            self._make_line(matches, self._describe_rule(domain, record))
            for _rule, domain, matches in rooms
        ] or [("yes", self.env._("No rule of the user's groups limits the object."))]
        lines += self._get_unit_lines(rules.env.user, record)
        reached = within
        access = rules.env["lottery.access"]
        if access._governs(record._name):
            scopes = access._get_scopes(rules.env.uid, record._name, operation)
            if "all" in scopes:
                domain = rules._open_units(
                    Domain.OR(domain for _rule, domain, _matches in rooms).optimize(
                        record
                    )
                    if rooms
                    else Domain.TRUE,
                    record,
                )
                reached = self._matches(record, domain)
            elif scopes != RULES:
                reached = within and self._is_in_scopes(rules, record, scopes)
            lines += self._get_scope_lines(rules, record, operation)
            shared = self._get_share_lines(rules, record, operation)
            lines += shared
            reached = reached or any(verdict == "yes" for verdict, _text in shared)
        return self.env["lottery.access.explain"]._make_step(
            self.env._(
                "Units, data scope and sharing: the record must be within reach"
            ),
            "yes" if reached else "no",
            lines,
        )

    def _is_in_scopes(self, rules, record, scopes):
        domain = Domain.OR(
            [
                *(rules._get_scope_domain(record._name, scope) for scope in scopes),
                rules._get_kept_domain(record._name),
            ]
        )
        return self._matches(record, domain)

    def _get_unit_lines(self, user, record):
        """Say where the record lies and where the user stands in the tree of units."""
        access = self.env["lottery.access"]
        if not access._get_branch_field(record._name):
            return []
        branch = self.env["lottery.access.object"]._get_branch_of(record)
        if not branch:
            return [("info", self.env._("The record belongs to no unit."))]
        standing = user.sudo().branch_ids.filtered(
            lambda unit: branch.parent_path.startswith(unit.parent_path)
        )
        text = self.env._("Unit of the record: %(unit)s", unit=branch.complete_name)
        if standing:
            return [
                (
                    "info",
                    self.env._(
                        "%(text)s — at or below %(own)s",
                        text=text,
                        own=standing[0].complete_name,
                    ),
                )
            ]
        return [
            (
                "info",
                self.env._("%(text)s — not below a unit of the user", text=text),
            )
        ]

    def _get_scope_lines(self, rules, record, operation):
        """Say what scope each role that has the operation leads to."""
        access = rules.env["lottery.access"]
        model = record._name
        default = access._get_objects()[model].default
        roles, loose = access._get_givers(rules.env.uid, model, operation)
        found = [
            (self._get_role_name(role), get_scope(role.get(model), default, operation))
            for role in roles
        ]
        if loose:
            scope = self.env["lottery.access.explain"]._get_default_scope(
                model, operation
            )
            found.append((self.env._("Groups beside the roles"), scope))
        labels = self.env["lottery.access.operation"]._get_scope_labels()
        return [
            (
                self._judge_scope(rules, record, scope),
                self.env._("%(role)s: %(scope)s", role=name, scope=labels[scope]),
            )
            for name, scope in found
            if scope != "rules"
        ]

    def _judge_scope(self, rules, record, scope):
        if scope == "all":
            return "yes"
        return "yes" if self._is_in_scopes(rules, record, {scope}) else "no"

    def _get_role_name(self, role):
        return self.env["res.users.role"].sudo().browse(role.id).name

    def _get_share_lines(self, rules, record, operation):
        """Say which shares name the user or a unit at or above theirs."""
        uid = rules.env.uid
        shares_sudo = (
            self.env["lottery.access.share"]
            .sudo()
            .search(
                [
                    ("model", "=", record._name),
                    ("res_id", "=", record.id),
                    "|",
                    ("user_id", "=", uid),
                    ("branch_id", "in", self.env["lottery.access"]._get_line(uid)),
                ]
            )
        )
        lines = []
        for share in shares_sudo:
            useful = share.is_live and share.access in SHARED_MODES.get(operation, ())
            terms = dict(share._fields["access"]._description_selection(self.env))
            lines.append(
                (
                    "yes" if useful else "no",
                    self.env._(
                        "Shared with %(recipient)s by %(sharer)s: %(terms)s%(end)s",
                        recipient=share.recipient,
                        sharer=share.shared_by_id.name,
                        terms=terms[share.access],
                        end="" if share.is_live else self.env._(" (ended)"),
                    ),
                )
            )
        return lines
