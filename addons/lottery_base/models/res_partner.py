from odoo import api, fields, models

from ..engine.upload import HARMLESS


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "lottery.upload.mixin"]
    _upload_allowed = HARMLESS

    branch_id = fields.Many2one(
        comodel_name="lottery.branch",
        string="Unit",
        index=True,  # rows without a unit are looked for too: the rule's "or empty"
        ondelete="restrict",
        help="Unit whose staff may see this contact. Empty: everybody may.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """A contact made at a unit is the unit's; an address is its contact's."""
        user = self.env.user
        own = user.branch_id.id if not user.branch_is_centre else False
        parents_sudo = self.sudo().browse(
            {vals["parent_id"] for vals in vals_list if vals.get("parent_id")}
        )
        branch_by_parent = {parent.id: parent.branch_id.id for parent in parents_sudo}
        vals_list = [
            vals
            if "branch_id" in vals
            else {
                **vals,
                "branch_id": branch_by_parent.get(vals.get("parent_id")) or own,
            }
            for vals in vals_list
        ]
        return super().create(vals_list)

    def write(self, vals):
        if "email" in vals:
            self._check_accounts()
        if "phone" in vals:
            # of the colleagues among them, whoever writes it
            self.sudo().with_context(active_test=False).user_ids._history_begin()
        if "branch_id" not in vals:
            return super().write(vals)
        self.env["lottery.branch"]._check_reach(vals["branch_id"])
        followers = self.env["res.partner"]
        for partner in self:
            # addresses of a contact move with it, staff of a company do not
            followers |= partner.child_ids.filtered(
                lambda child, unit=partner.branch_id: (
                    child.branch_id == unit and child.partner_share
                )
            )
        result = super().write(vals)
        if followers - self:
            (followers - self).write({"branch_id": vals["branch_id"]})
        return result

    def _get_signup_url(self):
        self._check_accounts()
        return super()._get_signup_url()

    def _check_accounts(self):
        """Refuse who may not manage the colleague (PF-USR-01).

        Links to a new password go to the e-mail of the contact. Core asks for the right
        on users at large at most, which an administrator of a unit has.
        """
        if not self.env["res.users"]._is_guarded():
            return
        # whether somebody has an account is known before it is known whose
        users_sudo = self.sudo().with_context(active_test=False).user_ids
        staff = users_sudo.filtered(lambda user: not user.share) - self.env.user
        self.env["res.users"].browse(staff.ids).check_access("write")
