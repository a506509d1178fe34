from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.lottery_base.tools.phone import normalize_mobile


class LotteryOutletOwnerAssign(models.TransientModel):
    """Give an outlet its owner by mobile number.

    One person has one number and may hold outlets of several units, whose staff can't
    see each other's contacts: the number finds the person wherever recorded.
    """

    _name = "lottery.outlet.owner.assign"
    _description = "Owner of an Outlet"

    outlet_id = fields.Many2one("lottery.outlet", required=True, readonly=True)
    current_owner = fields.Char(related="outlet_id.owner_name", string="Current Owner")
    phone = fields.Char("Mobile", required=True)
    name = fields.Char(
        "Owner's Name",
        compute="_compute_name",
        store=True,
        readonly=False,
        help="Name on the ID card.",
    )
    id_card_number = fields.Char("ID Card", help="For a person recorded anew.")
    is_known = fields.Boolean(compute="_compute_name", store=True)

    @api.depends("phone")
    def _compute_name(self):
        for wizard in self:
            owner = self._find_owner(normalize_mobile(wizard.phone or ""))
            wizard.is_known = bool(owner)
            if owner:
                wizard.name = owner.name

    @api.model
    def _find_owner(self, phone):
        # The person may belong to another unit; only the name is shown, to somebody
        # who knows the number already.
        owners_sudo = self.env["res.partner"].sudo()
        if not phone:
            return owners_sudo
        return owners_sudo.search(
            [("phone", "=", phone), ("is_outlet_owner", "=", True)], limit=1
        )

    def action_assign(self):
        """Link the known person, or record a new one, as owner of the outlet."""
        self.ensure_one()
        outlet = self.outlet_id
        outlet.check_access("write")
        phone = normalize_mobile(self.phone)
        if not phone:
            raise ValidationError(
                self.env._(
                    "Mobile “%(phone)s” is not a mainland mobile number.",
                    phone=self.phone,
                )
            )
        owner = self._find_owner(phone)
        if not owner:
            if not (self.name or "").strip():
                raise UserError(self.env._("Name: type the new owner's name."))
            owner = outlet._create_owner(self.name.strip(), phone, self.id_card_number)
        outlet.owner_id = owner.id
        return {"type": "ir.actions.act_window_close"}
