from typing import Any, NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.safe_eval import safe_eval


class PlannedLevel(NamedTuple):
    """A level as it would be run for a record."""

    level: Any  # tier.definition
    users: Any  # res.users, empty: nobody
    problem: str


class LotteryApprovalResolver(models.AbstractModel):
    """Who decides a level: rules (plain data) to people (PF-APR-01)."""

    _name = "lottery.approval.resolver"
    _description = "Approvers of a Level"

    @api.model
    def _plan(self, flow_sudo, record_sudo, excluded):
        """Return the levels of a flow with their people, in order.

        People who certainly decide a level are not planned for a later one, unless
        the flow lets them.

        :param excluded: users who may decide no level at all.
        """
        planned = []
        taken = self.env["res.users"]
        for level in flow_sudo._get_levels(record_sudo):
            barred = excluded if flow_sudo.allow_same_person else excluded | taken
            rule = level._get_rule()
            users = self._resolve(rule, record_sudo, barred)
            problem = ""
            if not users:
                problem = self._describe_nobody(level.name, rule, record_sudo)
            elif level.approve_mode == "all" or len(users) == 1:
                taken |= users
            planned.append(PlannedLevel(level, users, problem))
        return planned

    @api.model
    def _resolve(self, rule, record_sudo, barred):
        """Return the users (sudo) who may decide; none is an answer too."""
        branch_sudo = self._get_branch(rule, record_sudo)
        found = getattr(self, f"_resolve_{rule['kind']}")(
            rule, record_sudo, branch_sudo
        )
        subjects = record_sudo._get_approval_subjects()
        users = self._keep_able(found, barred, subjects)
        if not users and rule["fall"]:
            users = self._find_head_above(branch_sudo, barred, subjects)
        return users

    @api.model
    def _find_head_above(self, branch_sudo, barred, subjects):
        """Return the nearest head above the unit who may decide."""
        branch_sudo = branch_sudo.parent_id
        while branch_sudo:
            if users := self._keep_able(branch_sudo.head_id, barred, subjects):
                return users
            branch_sudo = branch_sudo.parent_id
        return self.env["res.users"].sudo()

    @api.model
    def _keep_able(self, users, barred, subjects):
        return (users.sudo() - barred).filtered(
            lambda user: (
                user.active and not user.share and self._may_decide(user, subjects)
            )
        )

    @api.model
    def _may_decide(self, user, subjects):
        """Whether the roles of ``user`` let them decide on all of these models.

        Where nobody sets permissions of roles, roles refuse nothing (PF-SEC-01).
        """
        access = self.env.get("lottery.access")
        return access is None or all(
            access._can_approve(user, model) for model in subjects
        )

    @api.model
    def _get_refused_models(self, users):
        """Return ``{user: models that the user's roles keep from them}``."""
        if self.env.get("lottery.access") is None:
            return dict.fromkeys(users, frozenset())
        models = {
            *self.env["lottery.approval.flow"]._get_approvable_models(),
            *self.env["lottery.change.model"]._get_models(),
        }
        return {
            user: frozenset(
                model for model in models if not self._may_decide(user, [model])
            )
            for user in users
        }

    @api.model
    def _get_branch(self, rule, record_sudo):
        """Return the unit the level is about: the record's or one above it."""
        branch_sudo = record_sudo._get_approval_branch().sudo()
        depth = rule["depth"] if rule["kind"] in ("branch_head", "branch_admin") else 0
        for _step in range(depth):
            branch_sudo = branch_sudo.parent_id or branch_sudo
        return branch_sudo

    # === KINDS === #

    @api.model
    def _resolve_individual(self, rule, _record, _branch):
        return self.env["res.users"].sudo().browse(rule["user_ids"]).exists()

    @api.model
    def _resolve_group(self, rule, _record, branch_sudo):
        """Of the members those at home in the unit or above it: a role is no way into
        the records of a sibling (PF-SEC-02)."""
        group_sudo = self.env["res.groups"].sudo().browse(rule["group_id"]).exists()
        members_sudo = group_sudo.all_user_ids
        if not branch_sudo:
            return members_sudo
        line = {int(part) for part in branch_sudo.parent_path.split("/") if part}
        return members_sudo.filtered(lambda user: line & set(user.branch_ids.ids))

    @api.model
    def _resolve_field(self, rule, record_sudo, _branch):
        if rule["field"] not in record_sudo._fields:
            return self.env["res.users"]
        return record_sudo[rule["field"]]

    @api.model
    def _resolve_expression(self, rule, record_sudo, _branch):
        try:
            users = safe_eval(rule["expression"], {"rec": record_sudo})
        except Exception as error:
            raise UserError(
                self.env._("Formula of the approvers: %(fault)s", fault=error)
            ) from error
        if not isinstance(users, models.BaseModel) or users._name != "res.users":
            raise UserError(self.env._("Formula of the approvers: must give users."))
        return users

    @api.model
    def _resolve_branch_head(self, _rule, _record, branch_sudo):
        return branch_sudo.head_id

    @api.model
    def _resolve_branch_admin(self, _rule, _record, branch_sudo):
        return branch_sudo.admin_ids

    # === WORDS === #

    @api.model
    def _describe_nobody(self, level_name, rule, record_sudo):
        """Return why a level can't be run, naming it and its unit."""
        branch_sudo = self._get_branch(rule, record_sudo)
        return self.env._(
            "Level “%(level)s”: in unit “%(unit)s” there is nobody who may decide it "
            "(%(kind)s). The applicant decides nothing, nobody decides twice, nobody "
            "against their role.",
            level=level_name,
            unit=branch_sudo.complete_name or self.env._("none"),
            kind=dict(
                self.env["tier.definition"]
                ._fields["review_type"]
                ._description_selection(self.env)
            )[rule["kind"]],
        )
