from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain
from odoo.models import MAGIC_COLUMNS

from .lottery_change_codec import TYPES

# Rights and secrets change by their own doors only.
FORBIDDEN_MODELS = (
    "ir.",
    "res.groups",
    "res.company",
    "base.",
    "tier.",
    "lottery.access",
    "lottery.approval",
    "lottery.change",
    "lottery.journal",
    "lottery.log",
)
FORBIDDEN_FIELDS = {
    "res.users": {
        "login",
        "password",
        "new_password",
        "group_ids",
        "role_line_ids",
        "role_ids",
        "role_in_use_id",
        "staff_role_ids",
        "staff_state",
        "branch_ids",
        "company_id",
        "company_ids",
        "share",
        "active",
        "partner_id",
        "action_id",
    },
    "lottery.branch": {"user_ids", "parent_id", "active"},
}


class LotteryChangeModel(models.Model):
    """Which fields of which object can be changed on request (PF-APR-04)."""

    _name = "lottery.change.model"
    _description = "Object Open to Change Requests"
    _order = "model, id"
    _rec_name = "model_id"

    model_id = fields.Many2one(
        "ir.model",
        string="Object",
        required=True,
        ondelete="cascade",
        index=True,
        domain=[("transient", "=", False)],
    )
    model = fields.Char(related="model_id.model", store=True, index=True)
    field_ids = fields.Many2many(
        "ir.model.fields",
        string="Fields",
        domain=f"[('model_id', '=', model_id), ('ttype', 'in', {sorted(TYPES)})]",
    )
    active = fields.Boolean(default=True)
    action_id = fields.Many2one(
        "ir.actions.act_window",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="“Request a Change” in the menu of the object's form.",
    )

    _model_uniq = models.Constraint(
        "UNIQUE(model_id)", "This object is registered already."
    )

    @api.constrains("model_id", "field_ids")
    def _check_fields(self):
        for registered in self:
            model = self.env.get(registered.model)
            if (
                model is None
                or model._abstract
                or model._transient
                or not model._auto
                or registered.model.startswith(FORBIDDEN_MODELS)
            ):
                raise ValidationError(
                    self.env._(
                        "Object: “%(model)s” can't be opened to change requests.",
                        model=registered.model_id.name,
                    )
                )
            for field in registered.field_ids:
                registered._check_field(model, field)

    def _check_field(self, model, field_record):
        field = model._fields.get(field_record.name)
        if (
            field_record.model != self.model
            or field is None
            or not (field.store or field.inherited)
            or (field.related and not field.inherited)
            or field.name in MAGIC_COLUMNS
            or (field.compute and field.readonly)
            or field.groups
            or field.type not in TYPES
            or field.name in FORBIDDEN_FIELDS.get(self.model, ())
        ):
            raise ValidationError(
                self.env._(
                    "Fields: “%(field)s” of “%(model)s” can't be opened to change "
                    "requests.",
                    field=field_record.field_description,
                    model=self.model_id.name,
                )
            )

    # === ACTION OF THE FORM === #

    @api.model_create_multi
    def create(self, vals_list):
        registered = super().create(vals_list)
        registered._sync_action()
        return registered

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"active", "model_id"}:
            self._sync_action()
        return result

    def unlink(self):
        self.sudo().action_id.unlink()
        return super().unlink()

    def _sync_action(self):
        """Keep “Request a Change” in the form's menu of what is registered."""
        # actions are the administrator's; this one stands for the registration
        for registered_sudo in self.sudo():
            registered_sudo.action_id.unlink()
            if registered_sudo.active:
                registered_sudo.action_id = registered_sudo._create_action()

    def _create_action(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"].create(self._prepare_action_values())
        for lang, _name in self.env["res.lang"].get_installed():
            translator = self.with_context(lang=lang)
            action.with_context(lang=lang).name = translator._get_action_name()
        return action

    @api.model
    def _get_action_name(self):
        return self.env._("Request a Change")

    def _prepare_action_values(self):
        return {
            "name": "Request a Change",
            "res_model": "lottery.change.request",
            "view_mode": "form",
            "context": f"{{'default_model': {self.model!r}, "
            "'default_res_id': active_id}",
            "binding_model_id": self.model_id.id,
            "binding_view_types": "form",
            "group_ids": [Command.link(self.env.ref("lottery_base.group_user").id)],
        }

    @api.model
    def _find(self, model):
        """Return (sudo) what is registered for a model, or none."""
        # everybody may ask for a change; who may is judged by the record
        return self.sudo().search([("model", "=", model)], limit=1)

    @api.model
    def _get_models(self):
        """Return the models of all that is or was registered."""
        # names of objects are everybody's: requests are filtered by them
        registered_sudo = self.sudo().with_context(active_test=False)
        return registered_sudo.search(Domain.TRUE).mapped("model")

    def _get_names(self):
        """Return the names of the fields that can be changed."""
        return [
            field.name
            for field in self.field_ids.sorted("field_description")
            if field.name in self.env[self.model]._fields
        ]
