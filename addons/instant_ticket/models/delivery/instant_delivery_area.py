from odoo import fields, models


class InstantDeliveryArea(models.Model):
    """A county, town, farm, city or whole prefecture that a method serves."""

    _name = "instant.delivery.area"
    _description = "Delivery Area"
    _order = "branch_id, carrier_id, id"

    name = fields.Char(required=True)
    carrier_id = fields.Many2one(
        "delivery.carrier", required=True, index=True, ondelete="cascade"
    )
    lead_hours = fields.Integer(
        aggregator=None,
        help="From departure to the outlets of this area; 0: as the method has it.",
    )
    branch_id = fields.Many2one(related="carrier_id.branch_id", store=True, index=True)

    _carrier_name_uniq = models.Constraint(
        "UNIQUE(branch_id, name)", "An area has one delivery method in its prefecture."
    )
    _lead_hours_positive = models.Constraint(
        "CHECK(lead_hours >= 0)", "Lead hours are not below zero."
    )
