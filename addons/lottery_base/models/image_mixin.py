import base64
import binascii

from odoo import api, models
from odoo.exceptions import UserError

from ..engine.photo import PhotoError, strip_photo

FIELD = "image_1920"


class ImageMixin(models.AbstractModel):
    """Pictures of people, contacts and products are kept without metadata (PF-SEC-06).

    Core keeps what is small enough as it came: with the place where a portrait was
    taken, and whatever stands behind its last pixel.
    """

    _inherit = "image.mixin"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._strip_image(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._strip_image(vals))

    @api.model
    def _strip_image(self, vals):
        """Return the values with the picture drawn anew; core judges what is none."""
        if not vals.get(FIELD):
            return vals
        try:
            data = base64.b64decode(vals[FIELD])
            return {**vals, FIELD: base64.b64encode(strip_photo(data))}
        except (binascii.Error, TypeError):
            return vals
        except PhotoError as error:
            fault = self.env["lottery.photo.mixin"]._get_photo_fault(error.code)
            raise UserError(fault) from error
