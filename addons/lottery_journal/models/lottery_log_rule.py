import typing

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import NO_ACCESS
from odoo.models import MAGIC_COLUMNS

from ..engine.secrecy import is_secret

# Files and the logs themselves have a home of their own; one2many are the children's.
_SILENT_TYPES = {"binary", "image", "one2many", "properties", "properties_definition"}


class LogRule(typing.NamedTuple):
    """What is logged of a model; ``names``: the fields that may be."""

    create: bool
    write: bool
    unlink: bool
    names: frozenset


class LotteryLogRule(models.Model):
    """Which models are in the operation log (PF-AUD-01). Data of the addon that owns
    the model; a rule's own changes are journalled."""

    _name = "lottery.log.rule"
    _description = "Operation Log Rule"
    _inherit = ["lottery.journal.mixin"]
    _order = "model"
    _rec_name = "model"

    model = fields.Selection("_selection_model", "Object", required=True)
    active = fields.Boolean(default=True)
    log_create = fields.Boolean("Creating", default=True)
    log_write = fields.Boolean("Changing", default=True)
    log_unlink = fields.Boolean("Deleting", default=True)
    excluded_fields = fields.Char(
        "Fields Left Out",
        help="Technical names, separated by commas. Passwords, keys, sealed numbers "
        "and files are never logged.",
    )

    _model_uniq = models.Constraint("UNIQUE(model)", "The object has its rule already.")

    @api.model
    def _selection_model(self):
        models_sudo = self.env["ir.model"].sudo()  # names only
        return sorted(
            (
                (name, models_sudo._get(name).name or name)
                for name, model in self.env.registry.items()
                if not model._abstract
                and not model._transient
                and model._auto
                and model._log_access
            ),
            key=lambda choice: choice[1],
        )

    @api.constrains("model", "excluded_fields")
    def _check_excluded_fields(self):
        for rule in self:
            known = self.env[rule.model]._fields
            wrong = [name for name in rule._get_excluded() if name not in known]
            if wrong:
                raise ValidationError(
                    self.env._(
                        "Fields left out: %(model)s has no %(names)s.",
                        model=rule.model,
                        names=", ".join(wrong),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._on_changed("log.rule_added")
        return rules

    def write(self, vals):
        result = super().write(vals)
        self._on_changed("log.rule_changed")
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_journalled(self):
        self._on_changed("log.rule_removed")

    def _on_changed(self, event):
        self.env.registry.clear_cache()
        if self.pool.ready:  # what an addon brings is nobody's act
            self._journal(event, lambda rule: rule._prepare_journal_values())

    def _prepare_journal_values(self):
        return {
            "model": self.model,
            "active": self.active,
            "create": self.log_create,
            "write": self.log_write,
            "unlink": self.log_unlink,
            "excluded": self._get_excluded(),
        }

    def _get_excluded(self):
        return [
            name.strip()
            for name in (self.excluded_fields or "").split(",")
            if name.strip()
        ]

    @api.model
    @tools.ormcache()
    def _get_rules(self):
        """Return ``{model: LogRule}``; asked at each write of any model."""
        rules_sudo = self.sudo().search([("model", "!=", False)])  # for everybody
        return {
            rule.model: LogRule(
                rule.log_create,
                rule.log_write,
                rule.log_unlink,
                self._get_loggable(rule.model, rule._get_excluded()),
            )
            for rule in rules_sudo
            if rule.model in self.env
        }

    @api.model
    def _get_loggable(self, model, excluded):
        return frozenset(
            name
            for name, field in self.env[model]._fields.items()
            if field.store
            and field.type not in _SILENT_TYPES
            and field.groups != NO_ACCESS
            and name not in MAGIC_COLUMNS
            and name not in excluded
            and not is_secret(name)
        )
