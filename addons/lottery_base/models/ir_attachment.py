import base64
import binascii

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError

from .ir_binary import guard_stream

MIXIN = "lottery.upload.mixin"
MOVED = {"res_model", "res_field"}
TAKEN = ("taken_at", "taken_latitude", "taken_longitude")


class IrAttachment(models.Model):
    """Files of records that check their uploads (PF-SEC-06), whichever door they take:
    form, chatter, portal, RPC."""

    _inherit = "ir.attachment"

    # What the picture itself does not keep; from the camera, nobody types it.
    taken_at = fields.Datetime(readonly=True, help="As the camera recorded it.")
    taken_latitude = fields.Float(digits=(10, 7), readonly=True)
    taken_longitude = fields.Float(digits=(10, 7), readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [
                self._check_upload(self._drop_taken(vals), vals.get("res_model"))
                for vals in vals_list
            ]
        )

    def write(self, vals):
        vals = self._drop_taken(vals)
        if not vals.keys() & {"raw", "datas", *MOVED}:
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

    @api.model
    def _drop_taken(self, vals):
        if self.env.su or not vals.keys() & set(TAKEN):
            return vals
        return {name: value for name, value in vals.items() if name not in TAKEN}

    def _check_upload(self, vals, model_name):
        """Return the values with the file as its record takes it."""
        model = self.env.get(model_name) if model_name else None
        if not isinstance(model, self.env.registry[MIXIN]):
            return vals
        if vals.get("res_field", self.res_field):
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
            **self._prepare_taken(
                upload, replaced=bool(vals.keys() & {"raw", "datas"})
            ),
        }

    @api.model
    def _prepare_taken(self, upload, replaced):
        """Return when and where a picture was taken; cameras write local time.

        :param replaced: another picture; what was known of the old one goes
        """
        if upload.kind != "image":
            return {}
        taken_at = upload.taken_at
        if taken_at:
            zone = pytz.timezone(self.env.user.tz or "Asia/Shanghai")
            taken_at = zone.localize(taken_at).astimezone(pytz.utc).replace(tzinfo=None)
        found = (taken_at, upload.latitude, upload.longitude)
        values = dict(zip(TAKEN, found, strict=True))
        return {
            name: value
            for name, value in values.items()
            if replaced or value is not None
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
        return self.raw if self and vals.keys() & MOVED else None

    def _to_http_stream(self):
        return guard_stream(super()._to_http_stream())
