from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .lottery_outlet_place import DEFAULT_ROAD_FACTOR, ROAD_FACTOR_PARAMETER


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    outlet_road_factor = fields.Float(
        string="Road Factor",
        config_parameter=ROAD_FACTOR_PARAMETER,
        default=DEFAULT_ROAD_FACTOR,
        help="How much longer roads are than the straight line. A change estimates all "
        "distances anew, except those set by hand.",
    )

    @api.constrains("outlet_road_factor")
    def _check_outlet_road_factor(self):
        for settings in self:
            if not 1 <= settings.outlet_road_factor <= 5:
                raise ValidationError(
                    self.env._("Road Factor: it lies between 1 and 5.")
                )

    def set_values(self):
        outlets = self.env["lottery.outlet"]
        before = outlets._get_road_factor()
        result = super().set_values()
        if outlets._get_road_factor() != before:
            # The factor is the suite's: outlets of every unit.
            outlets.sudo()._recompute_distances([])
        return result
