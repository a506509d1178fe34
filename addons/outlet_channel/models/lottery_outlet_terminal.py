from odoo import api, fields, models


class LotteryOutletTerminal(models.Model):
    """A sales terminal or redemption device and the outlet where it stands."""

    _name = "lottery.outlet.terminal"
    _description = "Outlet Device"
    _order = "outlet_id, kind, number"
    _rec_name = "number"

    number = fields.Char(required=True, index="trigram")
    kind = fields.Selection(
        [
            ("terminal", "Terminal"),
            ("android", "Android Terminal"),
            ("ivt", "Validation Terminal (IVT)"),
            ("bcr", "Barcode Reader (BCR)"),
        ],
        required=True,
        default="terminal",
    )
    outlet_id = fields.Many2one(
        "lottery.outlet", required=True, index=True, ondelete="cascade"
    )
    branch_id = fields.Many2one(related="outlet_id.branch_id", store=True, index=True)
    installed_on = fields.Date()
    note = fields.Char()

    _number_uniq = models.Constraint(
        "UNIQUE(number)", "A device with this number is recorded already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if isinstance(vals.get("number"), str):
                vals["number"] = vals["number"].strip()
        return super().create(vals_list)
