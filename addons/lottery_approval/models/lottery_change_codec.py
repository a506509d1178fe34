from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tools import float_round

from .lottery_approval_mixin_content import format_plain, get_plain

TYPES = frozenset(
    "char text integer float monetary boolean date datetime selection many2one "
    "many2many".split()
)


class LotteryChangeCodec(models.AbstractModel):
    """Values of any field as JSON, as text, and back (PF-APR-04)."""

    _name = "lottery.change.codec"
    _description = "Values of a Change"

    @api.model
    def _get_raw(self, record, name):
        return get_plain(record, name)

    @api.model
    def _parse(self, record, name, value):
        """Return what was typed for a field in the form `_get_raw` has.

        :param record: as the user, who must be able to see what is linked.
        :raise ValidationError: names the field and the rule.
        """
        field = record._fields[name]
        label = field._description_string(self.env)
        if isinstance(value, str):
            value = value.strip()
        if value in (False, None, "") or value == []:
            return self._parse_empty(field, label)
        try:
            parsed = self._parse_filled(record, field, value)
        except (TypeError, ValueError, KeyError) as error:
            raise ValidationError(
                self.env._(
                    "%(field)s: “%(value)s” does not fit.", field=label, value=value
                )
            ) from error
        if field.type == "char" and field.size and len(parsed) > field.size:
            raise ValidationError(
                self.env._(
                    "%(field)s: at most %(count)s characters.",
                    field=label,
                    count=field.size,
                )
            )
        return parsed

    @api.model
    def _parse_empty(self, field, label):
        if field.type in ("integer", "float", "monetary"):
            return 0
        if field.required and field.type != "boolean":
            raise ValidationError(self.env._("%(field)s: can't be empty.", field=label))
        return [] if field.type == "many2many" else False

    @api.model
    def _parse_filled(self, record, field, value):
        match field.type:
            case "char" | "text":
                if not isinstance(value, str):
                    raise ValueError(value)
                return value
            case "integer":
                return int(value)
            case "float" | "monetary":
                digits = field.get_digits(self.env)
                number = float(value)
                return float_round(number, digits[1]) if digits else number
            case "boolean":
                if not isinstance(value, bool):
                    raise ValueError(value)
                return value
            case "date":
                return fields.Date.to_date(value).isoformat()
            case "datetime":
                return fields.Datetime.to_datetime(value).isoformat()
            case "selection":
                if value not in field.get_values(self.env):
                    raise ValueError(value)
                return value
            case "many2one":
                return self._find_links(field, [int(value)])[0]
            case "many2many":
                return sorted(self._find_links(field, [int(one) for one in value]))
        raise ValueError(field.type)

    @api.model
    def _find_links(self, field, ids):
        found = self.env[field.comodel_name].search([("id", "in", ids)])
        if len(found) != len(set(ids)):
            raise ValueError(ids)
        return found.ids

    @api.model
    def _format(self, record_sudo, name, raw):
        """Return a value as people read it, in the user's language."""
        return format_plain(record_sudo.env, record_sudo._fields[name], raw)

    @api.model
    def _to_write(self, field, raw):
        if field.type == "many2many":
            return [Command.set(raw or [])]
        if field.type == "datetime" and raw:
            return fields.Datetime.to_datetime(raw.replace("T", " "))
        return raw
