from odoo import fields, models


class LotteryOutletTag(models.Model):
    """A label on outlets, common to all units or owned by one.

    Kept small on purpose: the tag engine's sets take its place when they arrive.
    """

    _name = "lottery.outlet.tag"
    _description = "Outlet Tag"
    _order = "sequence, name, id"

    name = fields.Char(required=True)
    color = fields.Integer()
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    branch_id = fields.Many2one(
        "lottery.branch",
        index=True,
        ondelete="restrict",
        default=lambda self: self._default_branch_id(),
        help="Empty: every unit uses it; only the centre makes such tags.",
    )

    _name_uniq = models.UniqueIndex(
        "(name, COALESCE(branch_id, 0))", "The unit has a tag of this name already."
    )

    def _default_branch_id(self):
        user = self.env.user
        return False if user.branch_is_centre else user.branch_id
