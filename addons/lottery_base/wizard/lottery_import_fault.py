from odoo import fields, models


class LotteryImportFault(models.TransientModel):
    _name = "lottery.import.fault"
    _description = "Import Fault"
    _order = "row, id"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, readonly=True, index=True
    )
    row = fields.Integer(readonly=True)
    column = fields.Char(readonly=True)
    value = fields.Char(readonly=True)
    reason = fields.Char(required=True, readonly=True)
