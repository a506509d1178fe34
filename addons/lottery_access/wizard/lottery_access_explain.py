from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import ADMINISTRATOR, OPERATIONS, UNIT_ADMINISTRATOR
from ..engine.policy import Setting, get_scope


class LotteryAccessExplain(models.TransientModel):
    """Why somebody may or may not do something with a record, step by step.

    The steps repeat in words what `ir.model.access` and `ir.rule` decide; the answer is
    what `has_access` says. Where a model has a check of its own that decides otherwise,
    a step says so.
    """

    _name = "lottery.access.explain"
    _description = "Explanation of Access"

    user_id = fields.Many2one(
        comodel_name="res.users",
        required=True,
        domain="[('share', '=', False)]",
    )
    object_id = fields.Many2one(comodel_name="lottery.access.object", required=True)
    model = fields.Char(related="object_id.model")
    res_id = fields.Many2oneReference("Record", model_field="model")
    operation = fields.Selection(
        selection=[
            ("read", "Read"),
            ("write", "Change"),
            ("create", "Create"),
            ("unlink", "Delete"),
            ("export", "Export"),
            ("approve", "Approve"),
            ("share", "Share"),
        ],
        required=True,
        default="read",
    )
    allowed = fields.Boolean(compute="_compute_answer")
    answer = fields.Html(compute="_compute_answer", sanitize=False)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        model = self.env.context.get("active_model")
        entry = self.env["lottery.access.object"].search([("model", "=", model)])
        if entry:
            values |= {
                "object_id": entry.id,
                "res_id": self.env.context.get("active_id") or False,
            }
        return values

    @api.depends("user_id", "object_id", "res_id", "operation")
    def _compute_answer(self):
        for wizard in self:
            wizard.allowed = wizard.answer = False
            if not (wizard.user_id and wizard.object_id and wizard.operation):
                continue
            record = wizard._get_record()
            user = wizard.user_id._origin
            steps = self._explain(user, record, wizard.operation)
            wizard.allowed = steps[-1]["verdict"] == "yes"
            wizard.answer = self.env["ir.qweb"]._render(
                "lottery_access.explanation",
                {"steps": steps[:-1], "conclusion": steps[-1]},
            )

    def _get_record(self):
        self.ensure_one()
        return self.env[self.model].browse(self.res_id or ())

    # === STEPS === #

    @api.model
    def _explain(self, user, record, operation):
        """Return the steps that lead to the answer, the answer last.

        :param record: one record, or none for the operation in general.
        :return: dicts with ``title``, ``verdict`` (``yes``, ``no`` or ``info``) and
            ``lines`` of ``(verdict, text)``; the last one is the answer of the system.
        :raise AccessError: for who may not ask about this user or record.
        """
        self._check_asker(user, record)
        if len(record) > 1:
            raise UserError(self.env._("Ask about one record."))
        if record and not record.exists():
            raise UserError(self.env._("There is no record with this number."))
        # what the explanation reads belongs to the asked user, not to the asker
        explainer = self.sudo()
        steps = [explainer._step_user(user)]
        if operation in OPERATIONS:
            steps += explainer._get_operation_steps(user, record, operation)
            actual = record.with_user(user).has_access(operation)
        else:
            steps += explainer._get_right_steps(user, record, operation)
            actual = explainer._has_right(user, record, operation)
        expected = all(step["verdict"] != "no" for step in steps)
        if expected != actual:
            steps.append(explainer._step_own_check(actual))
        return [*steps, explainer._step_answer(user, record, operation, actual)]

    @api.model
    def _check_asker(self, user, record):
        """Let the suite's administrator ask about all, a unit's about what they see."""
        if self.env.su or self.env.user.has_group(ADMINISTRATOR):
            return
        if not self.env.user.has_group(UNIT_ADMINISTRATOR):
            raise AccessError(self.env._("Only administrators ask who may do what."))
        user.check_access("read")
        record.check_access("read")

    @api.model
    def _make_step(self, title, verdict, lines=()):
        return {"title": title, "verdict": verdict, "lines": list(lines)}

    def _step_user(self, user):
        standing = self.env["lottery.access"]._get_standing(user.id)
        roles = self._name_roles(standing.roles)
        lines = [
            (
                "info",
                self.env._("Roles: %(roles)s", roles=", ".join(roles) or "—"),
            ),
            (
                "info",
                self.env._(
                    "Units: %(units)s",
                    units=", ".join(user.sudo().branch_ids.mapped("complete_name"))
                    or "—",
                ),
            ),
        ]
        if standing.loose:
            groups = user.sudo().group_ids.filtered(
                lambda group: group.id in standing.loose
            )
            lines.append(
                (
                    "info",
                    self.env._(
                        "Groups beside the roles: %(groups)s",
                        groups=", ".join(groups.mapped("full_name")),
                    ),
                )
            )
        if not user.sudo().active:
            lines.append(("info", self.env._("The user is disabled: no log-in.")))
        return self._make_step(user.sudo().name, "info", lines)

    def _name_roles(self, roles):
        return (
            self.env["res.users.role"]
            .sudo()
            .browse(role.id for role in roles)
            .mapped("name")
        )

    def _get_operation_steps(self, user, record, operation):
        steps = [self._step_lines(user, record, operation)]
        settings = self._step_settings(user, record, operation)
        if settings:
            steps.append(settings)
        if record:
            steps += self.env["lottery.access.explain.rules"]._get_steps(
                user, record, operation
            )
        return steps

    def _step_lines(self, user, record, operation):
        """Access lines of the groups the user has."""
        lines_sudo = (
            self.env["ir.model.access"]
            .sudo()
            .search([("model_id.model", "=", record._name)])
        )
        held = user.sudo().all_group_ids
        found = [
            (
                "yes",
                line.group_id.full_name or self.env._("Everybody"),
            )
            for line in lines_sudo
            if line[f"perm_{operation}"]
            and (not line.group_id or line.group_id in held)
        ]
        label = self._get_operation_label(operation)
        return self._make_step(
            self.env._("A group gives “%(operation)s” on this object", operation=label),
            "yes" if found else "no",
            found or [("no", self.env._("None of the user's groups gives it."))],
        )

    def _step_settings(self, user, record, operation):
        """What roles take back; nothing to say where none sets anything."""
        access = self.env["lottery.access"]
        model = record._name
        standing = access._get_standing(user.id)
        if not any(role.get(model) != Setting() for role in standing.roles):
            return None
        lines = []
        for role in standing.roles:
            [name] = self._name_roles([role])
            if operation in role.get(model).denied:
                lines.append(("no", self.env._("%(role)s: refused", role=name)))
            elif access._role_has(role, operation, model):
                lines.append(("yes", self.env._("%(role)s: has it", role=name)))
            else:
                lines.append(
                    ("info", self.env._("%(role)s: does not give it", role=name))
                )
        denied = user._is_internal() and model in access._get_denied_models(
            user.id, operation
        )
        return self._make_step(
            self.env._("Permissions of the roles: one that has it is enough"),
            "no" if denied else "yes",
            lines,
        )

    def _get_right_steps(self, user, record, right):
        access = self.env["lottery.access"]
        standing = access._get_standing(user.id)
        lines = []
        for role in standing.roles:
            [name] = self._name_roles([role])
            has = access._role_has(role, right, record._name)
            lines.append(
                (
                    "yes" if has else "no",
                    self.env._("%(role)s: has it", role=name)
                    if has
                    else self.env._("%(role)s: refused", role=name)
                    if right in role.get(record._name).denied
                    else self.env._("%(role)s: does not give it", role=name),
                )
            )
        if standing.loose or not standing.roles:
            has = access._has_right(standing.loose, right)
            lines.append(
                (
                    "yes" if has else "no",
                    self.env._("Groups beside the roles: have it")
                    if has
                    else self.env._("Groups beside the roles: do not give it"),
                )
            )
        steps = [
            self._make_step(
                self.env._("Permissions of the roles: one that has it is enough"),
                "yes" if access._can(user, right, record._name) else "no",
                lines,
            )
        ]
        if right == "share" and record:
            shares = self.env["lottery.access.share"].with_user(user)
            own = shares._has_own_right(record.with_user(user), "write")
            steps.append(
                self._make_step(
                    self.env._("May change the record without anybody's sharing"),
                    "yes" if own else "no",
                )
            )
        needed = "read" if right != "share" else None
        if needed:
            readable = record.with_user(user).has_access(needed)
            steps.append(
                self._make_step(self.env._("May read it"), "yes" if readable else "no")
            )
        return steps

    def _has_right(self, user, record, right):
        if not self.env["lottery.access"]._can(user, right, record._name):
            return False
        if right != "share":
            return record.with_user(user).has_access("read")
        if not record:
            return True
        shares = self.env["lottery.access.share"].with_user(user)
        return shares._has_own_right(record.with_user(user), "write")

    def _step_own_check(self, actual):
        return self._make_step(
            self.env._("The object has a check of its own, beside roles and rules"),
            "yes" if actual else "no",
        )

    def _step_answer(self, user, record, operation, actual):
        labels = self.env["lottery.access.object"]._get_labels()
        values = {
            "user": user.sudo().name,
            "operation": self._get_operation_label(operation),
            "record": record.sudo().display_name
            if record
            else labels.get(record._name, record._name),
        }
        return self._make_step(
            self.env._("%(user)s may “%(operation)s”: %(record)s", **values)
            if actual
            else self.env._("%(user)s may not “%(operation)s”: %(record)s", **values),
            "yes" if actual else "no",
        )

    def _get_operation_label(self, operation):
        return dict(self._fields["operation"]._description_selection(self.env))[
            operation
        ]

    @api.model
    def _get_default_scope(self, model, operation):
        default = self.env["lottery.access"]._get_objects()[model].default
        return get_scope(Setting(), default, operation)
