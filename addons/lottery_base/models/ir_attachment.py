import base64
import binascii

from odoo import api, models
from odoo.exceptions import UserError

from .ir_binary import guard_stream

MIXIN = "lottery.upload.mixin"


class IrAttachment(models.Model):
    """Files of records that check their uploads (PF-SEC-06), whichever door they take:
    form, chatter, portal, RPC."""

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [self._check_upload(vals, vals.get("res_model")) for vals in vals_list]
        )

    def write(self, vals):
        if not vals.keys() & {"raw", "datas", "res_model"}:
            return super().write(vals)
        unchecked = self.browse()
        for attachment in self:
            model_name = vals.get("res_model") or attachment.res_model
            checked = attachment._check_upload(vals, model_name)
            if checked is vals:
                unchecked |= attachment
            else:
                super(IrAttachment, attachment).write(checked)
        return super(IrAttachment, unchecked).write(vals)

    def _check_upload(self, vals, model_name):
        """Return the values with the file as its record takes it."""
        model = self.env.get(model_name) if model_name else None
        if not isinstance(model, self.env.registry[MIXIN]):
            return vals
        if vals.get("res_field") or self.res_field or vals.get("type") == "url":
            return vals  # fields of the record check for themselves
        name = vals.get("name") or self.name
        data = self._get_new_data(vals, name)
        if not data:
            return vals
        upload = model._check_upload(data, name)
        checked = {key: value for key, value in vals.items() if key != "datas"}
        return {
            **checked,
            "raw": upload.data,
            "name": upload.filename,
            "mimetype": upload.mimetype,
        }

    def _get_new_data(self, vals, name):
        if vals.get("raw"):
            raw = vals["raw"]
            return raw.encode() if isinstance(raw, str) else raw
        if vals.get("datas"):
            try:
                return base64.b64decode(vals["datas"])
            except (binascii.Error, ValueError) as error:
                raise UserError(
                    self.env._("“%(file)s”: the file is damaged.", file=name)
                ) from error
        # moved to a record that checks
        return self.raw if "res_model" in vals and self else None

    def _to_http_stream(self):
        return guard_stream(super()._to_http_stream())
