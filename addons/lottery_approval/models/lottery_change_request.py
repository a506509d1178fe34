from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools.misc import clean_context

from ..const import GATE_KEY

FIXED_FIELDS = frozenset(
    "name model res_id record_name user_id branch_id written_at".split()
)


class TakeBack(Exception):
    """Ends a trial."""


class LotteryChangeRequest(models.Model):
    """A wish to change fields of a master record, approved before it is written.

    On the final approval the values are written to the record in the deciding
    transaction (PF-APR-04). Only registered fields can be named
    (`lottery.change.model`); who asks must be able to read the record.
    """

    _name = "lottery.change.request"
    _description = "Change Request"
    _inherit = [
        "lottery.approval.mixin",
        "lottery.branch.mixin",
        "lottery.journal.mixin",
    ]
    _order = "id desc"
    _rec_names_search = ["name", "record_name"]

    name = fields.Char("Number", readonly=True, copy=False, index="trigram")
    model = fields.Selection("_selection_model", "Object", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Record ID", model_field="model", required=True, readonly=True
    )
    record_name = fields.Char("Record", readonly=True, index="trigram")
    branch_id = fields.Many2one(readonly=True, default=False)
    user_id = fields.Many2one(
        "res.users",
        "Applicant",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
    )
    reason = fields.Text(required=True)
    line_ids = fields.One2many(
        "lottery.change.line", "request_id", "Changes", readonly=True
    )
    has_conflict = fields.Boolean(compute="_compute_has_conflict")
    written_at = fields.Datetime("Written", readonly=True, copy=False)

    # read when a record's requests are opened
    _record_idx = models.Index("(model, res_id)")

    @api.model
    def _selection_model(self):
        return [
            (model, self.env["ir.model"]._get(model).name)
            for model in self.env["lottery.change.model"]._get_models()
        ]

    # === COMPUTE METHODS === #

    @api.depends("name", "record_name")
    def _compute_display_name(self):
        for request in self:
            request.display_name = " ".join(
                filter(None, (request.record_name, request.name))
            ) or self.env._("New change request")

    @api.depends("approval_state", "line_ids.conflict")
    def _compute_has_conflict(self):
        for request in self:
            request.has_conflict = request.approval_state == "pending" and any(
                request.line_ids.mapped("conflict")
            )

    # === CRUD METHODS === #

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "record_name" in fields and values.get("model") and values.get("res_id"):
            target = self._get_readable_target(values["model"], values["res_id"])
            values["record_name"] = target.display_name
        return values

    @api.model_create_multi
    def create(self, vals_list):
        defaults = self.default_get(["model", "res_id"])
        self = self.with_env(self.env(context=clean_context(self.env.context)))
        prepared = []
        for vals in vals_list:
            vals = {**defaults, **vals}
            target = self._get_readable_target(vals.get("model"), vals.get("res_id"))
            prepared.append({**vals, **self._prepare_target_values(target)})
        return super().create(prepared)

    def write(self, vals):
        if not self._is_gate_open():
            if vals.keys() & FIXED_FIELDS:
                raise UserError(
                    self.env._("Record: a change request stays with its record.")
                )
            if vals.keys() - self._get_approval_free_fields():
                self._refuse_when_written()
        return super().write(vals)

    def _refuse_when_written(self):
        if "approved" in self.mapped("approval_state"):
            raise UserError(self.env._("The request is approved and written."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        """What was submitted stays beside its trail, whatever became of it."""
        # the run may be out of sight of who was given the request
        for request_sudo in self.sudo():
            if request_sudo.approval_id:
                raise UserError(
                    self.env._(
                        "%(request)s has been submitted and stays in the records.",
                        request=request_sudo.display_name,
                    )
                )

    @api.model
    def _get_readable_target(self, model, res_id):
        """Return the record as the user.

        :raise ValidationError: not registered.
        :raise AccessError: the user may not read it.
        """
        if not self.env["lottery.change.model"]._find(model or ""):
            raise ValidationError(
                self.env._(
                    "Object: changes of “%(model)s” are not asked for here.",
                    model=model or "-",
                )
            )
        target = (
            self.env[model]
            .with_context(active_test=False)
            .search([("id", "=", res_id or 0)])
        )
        if not target:
            raise AccessError(
                self.env._("The record is gone or belongs to another unit.")
            )
        return target

    @api.model
    def _prepare_target_values(self, target):
        # the number is taken by who may ask; sequences are the administrator's
        sequence_sudo = self.env["ir.sequence"].sudo()
        return {
            "name": sequence_sudo.next_by_code("lottery.change.request"),
            "record_name": target.display_name,
            "branch_id": self._get_target_branch(target).id,
            "user_id": self.env.uid,
            "written_at": False,
        }

    @api.model
    def _get_target_branch(self, target):
        """Return the record's unit; a common record's change is the applicant's."""
        target_sudo = target.sudo()
        branch_sudo = self.env["lottery.branch"].sudo()
        if target._name == "lottery.branch":
            branch_sudo = target_sudo
        elif "branch_id" in target._fields:
            branch_sudo = target_sudo.branch_id
        return branch_sudo or self.env.user.sudo().branch_id

    def _get_target_sudo(self):
        """Return the record with the engine's rights and a closed gate, or None."""
        self.ensure_one()
        if not self.model or self.model not in self.env:
            return None
        context = {**clean_context(self.env.context), GATE_KEY: False}
        # who sees the request sees what it is about; writing follows the approval
        return (
            self.env(su=True, context=context)[self.model].browse(self.res_id).exists()
        )

    # === ACTIONS === #

    def action_open_record(self):
        self.ensure_one()
        target = self._get_readable_target(self.model, self.res_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": target._name,
            "res_id": target.id,
            "views": [(False, "form")],
        }

    def action_choose(self, field, choice):
        """Decide a conflict: take the new value or keep the present one.

        :param str choice: ``take`` or ``keep``.
        """
        self.ensure_one()
        run_sudo = self._get_runs()._enter()
        _review, principal = run_sudo._take_turn()
        if choice not in ("take", "keep"):
            raise ValidationError(self.env._("Choice: take or keep."))
        line_sudo = self.sudo().line_ids.filtered(lambda line: line.name == field)
        if not line_sudo:
            raise ValidationError(self.env._("Field: not in this request."))
        target_sudo = self._get_target_sudo()
        line_sudo._choose(choice, target_sudo)
        line_sudo._log_choice(target_sudo, principal)
        return True

    # === APPROVAL === #

    def _check_approval_submit(self):
        """Refuse what could not be written: nothing, or values the record refuses."""
        if self.user_id != self.env.user:
            raise AccessError(self.env._("Only its applicant submits a request."))
        target_sudo = self._get_target_sudo()
        if not target_sudo:
            raise UserError(self.env._("The record is gone."))
        for line in self.line_ids:
            line.old_box = [line._get_current(target_sudo)]
        self.line_ids.filtered(lambda line: line.old == line.new).unlink()
        if not self.line_ids:
            raise UserError(self.env._("Nothing is changed."))
        self._try_values(target_sudo)

    def _try_values(self, target_sudo):
        """Write and take back: the record's own rules speak now, not at the end."""
        try:
            with self.env.cr.savepoint():
                self._write_target(target_sudo)
                raise TakeBack
        except TakeBack:
            self.env.invalidate_all(flush=False)

    def _on_approved(self):
        for request in self:
            target_sudo = request._get_target_sudo()
            if not target_sudo:
                raise UserError(self.env._("The record is gone."))
            request._check_registered()
            values = request._write_target(target_sudo)
            request.written_at = fields.Datetime.now()
            request._journal(
                "approval.change_written",
                {
                    "record": f"{request.model},{request.res_id}",
                    "values": {
                        line.name: [line.old, line.new]
                        for line in request.line_ids
                        if line.name in values
                    },
                },
            )

    def _write_target(self, target_sudo):
        """Write the lines and return what was written.

        :raise UserError: a conflict nobody decided, or a rule of the record.
        """
        values = self.line_ids._get_values(target_sudo)
        try:
            with self.env.cr.savepoint():
                target_sudo.write(values)
        except IntegrityError as error:
            raise ValidationError(target_sudo._sql_error_to_message(error)) from error
        return values

    def _check_registered(self):
        allowed = self.env["lottery.change.model"]._find(self.model)
        names = allowed._get_names() if allowed else []
        for line in self.line_ids:
            if line.name not in names:
                raise UserError(
                    self.env._(
                        "%(field)s can't be changed on request any more.",
                        field=line.label,
                    )
                )

    def _get_approval_excluded(self):
        return super()._get_approval_excluded() | self.user_id

    def _get_approval_subject(self):
        return self.model

    def _get_approval_content(self):
        return {
            "record": f"{self.model},{self.res_id}",
            "reason": self.reason,
            "lines": [
                [line.name, line.old, line.new] for line in self.line_ids.sorted("name")
            ],
        }

    def _get_approval_summary(self):
        return [
            {
                "label": line.label,
                "old": line.old_text or "-",
                "new": line.new_text or "-",
            }
            for line in self.line_ids
        ] + [{"label": self.env._("Reason"), "old": "", "new": self.reason}]
