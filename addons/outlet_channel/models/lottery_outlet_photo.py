import base64

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.lottery_base.engine.photo import clean_photo

MAX_SIDE = 1920


class LotteryOutletPhoto(models.Model):
    """A photo of an outlet. Stored re-encoded: what a phone adds to the file (place,
    owner, device) is not kept (PF-SEC-06)."""

    _name = "lottery.outlet.photo"
    _description = "Outlet Photo"
    _order = "outlet_id, sequence, id"

    name = fields.Char(string="Caption")
    sequence = fields.Integer(default=10)
    outlet_id = fields.Many2one(
        "lottery.outlet", required=True, index=True, ondelete="cascade"
    )
    branch_id = fields.Many2one(related="outlet_id.branch_id", store=True, index=True)
    kind = fields.Selection(
        [
            ("front", "Shop Front"),
            ("inside", "Inside"),
            ("display", "Ticket Display"),
            ("papers", "Papers"),
            ("other", "Other"),
        ],
        required=True,
        default="front",
    )
    image_1920 = fields.Image("Photo", required=True, max_width=1920, max_height=1920)
    image_256 = fields.Image(
        "Preview", related="image_1920", max_width=256, max_height=256, store=True
    )
    taken_on = fields.Date(default=fields.Date.context_today)

    @api.depends("kind", "name")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for photo in self:
            photo.display_name = photo.name or kinds.get(photo.kind)

    @api.constrains("image_1920")
    def _check_image(self):
        """Pictures are attachments: no column that the database could require."""
        for photo in self:
            if not photo.image_1920:
                raise ValidationError(self.env._("Photo: choose a picture."))

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._prepare_photo_values(v) for v in vals_list])

    def write(self, vals):
        return super().write(self._prepare_photo_values(vals))

    @api.model
    def _prepare_photo_values(self, vals):
        if not vals.get("image_1920"):
            return vals
        return {**vals, "image_1920": self._reencode(vals["image_1920"])}

    @api.model
    def _reencode(self, data):
        """Return the picture as a plain JPEG, upright, without metadata (base64).

        :raise ValidationError: when it is not a JPEG, PNG or WebP picture
        """
        try:
            photo = clean_photo(base64.b64decode(data), max_side=MAX_SIDE)
        except ValueError as error:  # of the decoding too
            raise ValidationError(
                self.env._("Photo: only JPEG, PNG and WebP pictures are taken.")
            ) from error
        return base64.b64encode(photo.jpeg)
