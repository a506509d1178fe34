from odoo import api, fields, models


class LotteryReportFavourite(models.Model):
    """Settings of a report that a user keeps."""

    _name = "lottery.report.favourite"
    _description = "Saved Report Settings"
    _order = "name, id"

    name = fields.Char(required=True)
    user_id = fields.Many2one(
        "res.users",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
    )
    report = fields.Char(required=True)
    options = fields.Json(required=True)
    is_default = fields.Boolean(string="Opens First")

    _name_uniq = models.Constraint(
        "UNIQUE(user_id, report, name)", "Name: you have settings of this name already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["user_id"] = self.env.uid
        favourites = super().create(vals_list)
        favourites._keep_one_default()
        return favourites

    def write(self, vals):
        result = super().write(vals)
        if vals.get("is_default"):
            self._keep_one_default()
        return result

    def _keep_one_default(self):
        for favourite in self.filtered("is_default"):
            self.search(
                [
                    ("user_id", "=", favourite.user_id.id),
                    ("report", "=", favourite.report),
                    ("is_default", "=", True),
                    ("id", "!=", favourite.id),
                ]
            ).write({"is_default": False})
