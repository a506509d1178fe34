from odoo import api, fields, models

from ..engine.upload import HARMLESS


class LotteryBranchMixin(models.AbstractModel):
    """Records that belong to a unit.

    A model that inherits this needs a rule bound to ``base.group_user`` on
    ``branch_id`` (PF-SEC-02); `tests/isolation.py` fails without one. Files attached to
    its records are checked (PF-SEC-06); a model may take fewer kinds of them.
    """

    _name = "lottery.branch.mixin"
    _description = "Record of a Unit"
    _inherit = ["lottery.upload.mixin"]
    _upload_allowed = HARMLESS

    branch_id = fields.Many2one(
        comodel_name="lottery.branch",
        string="Unit",
        index=True,
        ondelete="restrict",
        default=lambda self: self._default_branch_id(),
    )

    @api.model
    def _default_branch_id(self):
        return self.env.user.branch_id

    def write(self, vals):
        self.env["lottery.branch"]._check_reach(vals.get("branch_id"))
        return super().write(vals)
