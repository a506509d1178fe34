import base64
import binascii

from odoo import api, models
from odoo.exceptions import UserError

from ..engine.photo import MAX_BYTES, MAX_SIDE, PhotoError, clean_photo


class LotteryPhotoMixin(models.AbstractModel):
    """Uploaded pictures: refused with a word, or drawn anew (PF-SEC-06)."""

    _name = "lottery.photo.mixin"
    _description = "Uploaded Photos"

    @api.model
    def _clean_upload(self, data, *, max_side=MAX_SIDE):
        """Return the upload as an ``engine.photo.Photo``.

        :param bytes data: what was uploaded
        :raise UserError: too large, too many pixels, or not a photo
        """
        try:
            return clean_photo(data, max_side=max_side)
        except PhotoError as error:
            raise UserError(self._get_photo_fault(error.code)) from error

    @api.model
    def _clean_base64(self, text, *, max_side=MAX_SIDE):
        """Return an upload that came as base64 drawn anew, as base64; False for none.

        :param text: what RPC brought, perhaps a data address of a browser
        """
        if not text:
            return False
        if isinstance(text, bytes):
            text = text.decode("ascii", "replace")
        if not isinstance(text, str):
            raise UserError(self._get_photo_fault("not_image"))
        if len(text) > MAX_BYTES * 4 // 3 + 100:
            raise UserError(self._get_photo_fault("too_big"))
        try:
            data = base64.b64decode(text.rpartition(",")[2], validate=True)
        except (binascii.Error, ValueError) as error:
            raise UserError(self._get_photo_fault("not_image")) from error
        return base64.b64encode(self._clean_upload(data, max_side=max_side).jpeg)

    @api.model
    def _get_photo_fault(self, code):
        return {
            "too_big": self.env._(
                "A photo is larger than %(size)s MB.", size=MAX_BYTES // 2**20
            ),
            "too_many_pixels": self.env._(
                "A photo has too many pixels. Take it again with the camera."
            ),
        }.get(code) or self.env._("A file is not a photo (JPEG, PNG or WebP).")
