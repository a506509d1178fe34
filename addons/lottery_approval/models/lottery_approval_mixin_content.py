import hashlib
import json
from datetime import datetime

from odoo import models
from odoo.models import MAGIC_COLUMNS
from odoo.tools import format_date, format_datetime

from ..const import ENGINE_FIELDS

# Selections the record's own life moves, before and after it is approved.
LIFE_FIELDS = frozenset({"state", "active", "access_token", "validation_status"})
SHOWN_TYPES = frozenset(
    "char text integer float monetary boolean date datetime selection many2one "
    "many2many".split()
)
MIXINS = ("mail.thread", "mail.activity.mixin", "tier.validation")


class LotteryApprovalMixin(models.AbstractModel):
    """The content an approval is bound to (PF-APR-02)."""

    _inherit = "lottery.approval.mixin"

    def _get_approval_fields(self):
        """Hook: return the names of the fields whose content is approved.

        By default everything somebody types, lines included.
        """
        foreign = {
            name for mixin in MIXINS for name in self.env.registry[mixin]._fields
        }
        return sorted(
            name
            for name, field in self._fields.items()
            if field.type != "one2many" and is_typed(field) or is_lines(field)
            if name not in foreign | LIFE_FIELDS | ENGINE_FIELDS
        )

    def _get_approval_content(self):
        """Hook: return the content as plain data, the same for the same content."""
        self.ensure_one()
        return {
            name: self._get_plain_value(name) for name in self._get_approval_fields()
        }

    def _get_plain_value(self, name):
        field = self._fields[name]
        if field.type == "one2many":
            return [
                {
                    key: get_plain(line, key)
                    for key, sub in sorted(line._fields.items())
                    if is_typed(sub) and key != field.inverse_name
                }
                for line in self[name].sorted("id")
            ]
        return get_plain(self, name)

    def _get_approval_hash(self):
        """Return the SHA-256 of the content, read afresh."""
        self.ensure_one()
        record_sudo = self.sudo().with_context(lang=None, bin_size=False)
        record_sudo.flush_recordset()
        text = json.dumps(
            record_sudo._get_approval_content(),
            sort_keys=True,
            ensure_ascii=False,
            default=str,
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def _get_approval_summary(self):
        """Hook: return what approvers see, rows ``{"label", "new"[, "old"]}``."""
        self.ensure_one()
        return [
            {"label": self._fields[name]._description_string(self.env), "new": text}
            for name in self._get_approval_fields()
            if self._fields[name].type in SHOWN_TYPES
            if not self._fields[name].groups
            if (text := format_value(self, name))
        ]


def is_typed(field):
    """Whether the field holds what somebody typed, in the record itself."""
    return (
        field.store
        and field.name not in MAGIC_COLUMNS
        and field.type not in ("one2many", "many2one_reference", "properties")
        and (not field.compute or not field.readonly)
        and not field.related
    )


def is_lines(field):
    return (
        field.type == "one2many"
        and not field.compute
        and not field.related
        and field.copy
    )


def get_plain(record, name):
    """Return the value of a field as JSON can hold it."""
    field = record._fields[name]
    value = record[name]
    if field.type == "many2one":
        return value.id
    if field.type == "many2many":
        return sorted(value.ids)
    if field.type == "reference":
        return value and f"{value._name},{value.id}"
    if field.type in ("binary", "image"):
        return hashlib.sha256(value or b"").hexdigest() if value else False
    if field.type in ("date", "datetime"):
        return value and value.isoformat()
    return value


def format_value(record, name):
    """Return the value of a field as people read it, empty when there is none."""
    return format_plain(record.env, record._fields[name], get_plain(record, name))


def format_plain(env, field, plain):
    """Return what `get_plain` gave as people read it, in the language of ``env``.

    :param env: of the engine: a link is shown by its name, seen or not.
    """
    if field.type == "boolean":
        return env._("Yes") if plain else env._("No")
    if field.type in ("integer", "float", "monetary"):
        return f"{plain or 0:,}"
    if plain in (False, None, "", []):
        return ""
    match field.type:
        case "selection":
            return dict(field._description_selection(env)).get(plain, plain)
        case "date":
            return format_date(env, plain)
        case "datetime":
            return format_datetime(env, datetime.fromisoformat(plain))
        case "many2one" | "many2many":
            linked = env[field.comodel_name].browse(plain).exists()
            return ", ".join(linked.mapped("display_name"))
    return str(plain)
