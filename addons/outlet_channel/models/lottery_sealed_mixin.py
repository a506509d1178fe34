from odoo import models
from odoo.exceptions import UserError, ValidationError

from ..engine import identity, sealing


class LotterySealedMixin(models.AbstractModel):
    """Numbers of persons that are stored sealed and shown masked.

    For a number ``x`` a model has three columns: ``x_sealed`` (nobody's access),
    ``x_hint`` (the masked number) and, when it is looked up, ``x_digest`` (nobody's
    access); the field ``x`` itself computes the hint and seals what is typed.
    """

    _name = "lottery.sealed.mixin"
    _description = "Sealed Numbers"

    def _seal_number(self, name, normalize, shown):
        """Store what was typed into field ``name``; inverse of that field.

        :param normalize: ``callable(raw) -> number | None``
        :param shown: how many characters of head and tail the mask leaves readable
        :raise ValidationError: when the number is not valid
        :raise UserError: when the server has no key
        """
        for record in self:
            record_sudo = record.sudo()  # nobody may touch sealed columns by hand
            raw = record[name]
            if raw == record_sudo[f"{name}_hint"]:
                continue
            values = {f"{name}_sealed": False, f"{name}_hint": False}
            has_digest = f"{name}_digest" in self._fields
            if has_digest:
                values[f"{name}_digest"] = False
            if raw:
                number = normalize(raw)
                if not number:
                    raise ValidationError(
                        self.env._(
                            "%(field)s: this is not a valid number. Type it in full.",
                            field=self._fields[name]._description_string(self.env),
                        )
                    )
                purpose = f"{self._name}.{name}"
                try:
                    values[f"{name}_sealed"] = sealing.seal(number, purpose)
                    if has_digest:
                        values[f"{name}_digest"] = sealing.digest(number, purpose)
                except sealing.KeyMissing as error:
                    raise self._error_no_key() from error
                values[f"{name}_hint"] = identity.mask(number, *shown)
            record_sudo.write(values)
        # What was typed must not stay readable in the cache.
        self.invalidate_recordset([name])

    def _unseal_number(self, name):
        """Return the full number, False when there is none."""
        self.ensure_one()
        sealed = self.sudo()[f"{name}_sealed"]  # the caller has checked the right
        if not sealed:
            return False
        try:
            return sealing.unseal(sealed, f"{self._name}.{name}")
        except sealing.KeyMissing as error:
            raise self._error_no_key() from error
        except sealing.SealBroken as error:
            raise UserError(
                self.env._(
                    "%(field)s was sealed with another key or altered. Enter it again.",
                    field=self._fields[name]._description_string(self.env),
                )
            ) from error

    def _search_by_digest(self, name, normalize, operator, value):
        """Search method of a sealed number: whole numbers only."""
        if operator not in ("=", "in", "ilike", "like"):
            return NotImplemented
        values = value if operator == "in" else [value]
        digests = []
        try:
            for raw in values:
                if raw is False:
                    digests.append(False)
                elif number := normalize(str(raw)):
                    digests.append(sealing.digest(number, f"{self._name}.{name}"))
        except sealing.KeyMissing as error:
            raise self._error_no_key() from error
        # Found with superuser rights because the column is closed; record rules apply
        # to the search that uses these ids.
        ids = self.sudo()._search([(f"{name}_digest", "in", digests)])
        return [("id", "in", ids)]

    def _error_no_key(self):
        return UserError(
            self.env._(
                "Identity numbers can't be read or stored: the server has no "
                "%(key)s. Ask the administrator to set it.",
                key=sealing.KEY_NAME,
            )
        )
