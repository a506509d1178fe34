"""Models of lower addons that carry tags."""

from odoo import models


class LotteryBranch(models.Model):
    _name = "lottery.branch"
    _inherit = ["lottery.branch", "lottery.tag.mixin"]

    _tag_branch_field = "id"


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "lottery.tag.mixin"]
