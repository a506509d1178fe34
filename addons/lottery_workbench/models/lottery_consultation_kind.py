from odoo import fields, models


class LotteryConsultationKind(models.Model):
    _name = "lottery.consultation.kind"
    _description = "Kind of Consultation"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    hours = fields.Integer(
        "Hours to Answer", default=24, help="Sets the deadline of a new ticket."
    )
    active = fields.Boolean(default=True)

    _name_uniq = models.Constraint("UNIQUE(name)", "This kind is there already.")
    _hours_positive = models.Constraint(
        "CHECK(hours > 0)", "Hours to answer: more than 0."
    )
