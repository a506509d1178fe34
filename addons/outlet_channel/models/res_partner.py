from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.lottery_base.tools.phone import normalize_mobile

from ..const import LOGIN_STATES
from ..engine import identity

_LOGIN_CONTEXT = {
    "no_reset_password": True,  # an owner has no password and no mail
    "mail_create_nolog": True,
    "mail_notrack": True,
}


class ResPartner(models.Model):
    """Owners and sales persons of outlets."""

    _name = "res.partner"
    _inherit = ["res.partner", "lottery.sealed.mixin"]

    phone = fields.Char(index="trigram")
    is_outlet_owner = fields.Boolean(readonly=True, copy=False)
    owned_outlet_ids = fields.One2many(
        "lottery.outlet", "owner_id", string="Outlets", readonly=True
    )
    sales_outlet_ids = fields.Many2many(
        "lottery.outlet",
        "lottery_outlet_sales_person_rel",
        "partner_id",
        "outlet_id",
        string="Sells At",
        readonly=True,
    )
    id_card_number = fields.Char(
        compute="_compute_id_card_number",
        inverse="_inverse_id_card_number",
        search="_search_id_card_number",
        string="ID Card",
        groups="base.group_user",
        help="Kept sealed and shown masked. Found only by the whole number.",
    )
    id_card_number_sealed = fields.Char(groups=fields.NO_ACCESS, copy=False)
    id_card_number_hint = fields.Char(groups="base.group_user", copy=False)
    id_card_number_digest = fields.Char(groups=fields.NO_ACCESS, copy=False)

    # Read by login and import: one person, one number.
    _outlet_owner_phone_uniq = models.UniqueIndex(
        "(phone) WHERE is_outlet_owner AND phone IS NOT NULL",
        "An owner with this mobile number exists already: choose that owner.",
    )
    _id_card_number_uniq = models.UniqueIndex(
        "(id_card_number_digest) WHERE id_card_number_digest IS NOT NULL",
        "A person with this ID card is recorded already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("id_card_number_hint")
    def _compute_id_card_number(self):
        for partner in self:
            partner.id_card_number = partner.id_card_number_hint

    def _inverse_id_card_number(self):
        self._seal_number("id_card_number", identity.normalize_id_card, (3, 4))

    def _search_id_card_number(self, operator, value):
        return self._search_by_digest(
            "id_card_number", identity.normalize_id_card, operator, value
        )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [
                self._prepare_phone_values(vals, bool(vals.get("is_outlet_owner")))
                for vals in vals_list
            ]
        )

    def write(self, vals):
        if "phone" not in vals:
            return super().write(vals)
        owners = self.filtered("is_outlet_owner")
        vals = self._prepare_phone_values(vals, is_owner=bool(owners))
        before = {owner.id: owner.phone for owner in owners}
        result = super().write(vals)
        owners.filtered(lambda o: o.phone != before[o.id])._move_logins()
        return result

    @api.model
    def _prepare_phone_values(self, vals, is_owner):
        """Return ``vals`` with a mobile number in E.164: one spelling to search by.

        :raise ValidationError: when an owner's is no mainland mobile number
        """
        if not vals.get("phone"):
            return vals
        phone = normalize_mobile(vals["phone"])
        if not phone and is_owner:
            raise ValidationError(
                self.env._(
                    "Mobile “%(phone)s” is not a mainland mobile number.",
                    phone=vals["phone"],
                )
            )
        return {**vals, "phone": phone or vals["phone"]}

    # === BUSINESS METHODS === #

    def _sync_owned_outlets(self):
        """Bring unit, mark and login of these owners in line with their outlets.

        - an owner belongs to the lowest unit above all outlets held;
        - while one of them is opened the owner has a portal user, else it is archived.

        Works on the whole set: a fixed number of queries, one INSERT for new users.
        """
        if not self:
            return
        # Outlets of other units count too: the person is one, the units are several.
        owners_sudo = self.sudo()
        held = owners_sudo.env["lottery.outlet"].search([("owner_id", "in", self.ids)])
        by_owner = held.grouped("owner_id")
        owners_sudo._mark_owners(by_owner)
        may_log_in = owners_sudo.browse(
            owner.id
            for owner, outlets in by_owner.items()
            if any(o.state in LOGIN_STATES for o in outlets)
        )
        owners_sudo._sync_portal_users(may_log_in)

    def _mark_owners(self, by_owner):
        """Mark as owners and set the unit, one write per distinct set of values."""
        changes = {}
        for owner in self:
            branches = by_owner.get(owner, self.env["lottery.outlet"]).branch_id
            values = {"is_outlet_owner": bool(branches)}
            if branches:
                values["branch_id"] = branches._get_common_branch().id
            if branches and not owner.is_outlet_owner:
                # The number becomes a login: from here on it is kept normalised.
                phone = {"phone": owner.phone}
                values.update(self._prepare_phone_values(phone, is_owner=True))
            key = tuple(
                (name, value)
                for name, value in values.items()
                if owner._fields[name].convert_to_write(owner[name], owner) != value
            )
            if key:
                changes[key] = changes.get(key, self.browse()) | owner
        for key, owners in changes.items():
            owners.write(dict(key))

    def _sync_portal_users(self, may_log_in):
        """Create, revive or archive the portal users of these owners (superuser)."""
        users = self.env["res.users"].with_context(active_test=False)
        existing = users.search([("partner_id", "in", self.ids)])
        for user in existing.filtered(lambda u: not u.share):
            raise UserError(
                self.env._(
                    "%(name)s is a staff member; an owner needs a separate contact.",
                    name=user.name,
                )
            )
        revived = existing.filtered(
            lambda u: not u.active and u.partner_id in may_log_in
        )
        ended = existing.filtered(lambda u: u.active and u.partner_id not in may_log_in)
        revived.write({"active": True})
        ended.write({"active": False})
        for user in existing:
            # The unit of the contact is the one that staff see the user by.
            if user.branch_ids != user.partner_id.branch_id:
                user.branch_ids = user.partner_id.branch_id
        created = self._create_portal_users(may_log_in - existing.partner_id)
        (revived | created).partner_id._journal_login("owner.login_opened")
        ended.partner_id._journal_login("owner.login_ended")

    def _create_portal_users(self, owners):
        owners = owners.filtered("phone")
        self._check_logins_free(owners)
        return (
            self.env["res.users"]
            .with_context(**_LOGIN_CONTEXT)
            .create([owner._prepare_portal_user_values() for owner in owners])
        )

    def _prepare_portal_user_values(self):
        self.ensure_one()
        return {
            "partner_id": self.id,
            "login": self.phone,
            "group_ids": [fields.Command.set([self.env.ref("base.group_portal").id])],
            "lang": "zh_CN",
            "tz": "Asia/Shanghai",
            # Their defaults cost a search and a deep copy a user, by the thousand.
            "role_line_ids": [],
            "view_group_hierarchy": False,
            "branch_ids": [fields.Command.set(self.branch_id.ids)],
        }

    def _move_logins(self):
        """Let the login follow the mobile number; running sessions end by it."""
        # Only fields of the owner's own portal user change, after the write on the
        # contact was allowed.
        owners_sudo = self.sudo()
        users = owners_sudo.with_context(active_test=False).user_ids.filtered("share")
        owners_sudo._check_logins_free(owners_sudo)
        for user in users:
            if user.partner_id.phone:
                user.login = user.partner_id.phone
            elif user.active:
                raise ValidationError(
                    self.env._(
                        "Mobile: %(owner)s needs one, it is the login of the outlet.",
                        owner=user.name,
                    )
                )
        owners_sudo.owned_outlet_ids._sync_shop_contacts()
        owners_sudo._journal_login("owner.phone_changed")

    def _check_logins_free(self, owners):
        """:raise UserError: when a number is the login of somebody else"""
        taken = (
            self.env["res.users"]
            .sudo()  # logins of other units must count
            .with_context(active_test=False)
            .search(
                [
                    ("login", "in", owners.mapped("phone")),
                    ("partner_id", "not in", owners.ids),
                ],
                limit=1,
            )
        )
        if taken:
            raise UserError(
                self.env._(
                    "Mobile %(phone)s is the login of another user.", phone=taken.login
                )
            )

    def _journal_login(self, event):
        if self:
            self.env["lottery.journal"]._append(
                [
                    {
                        "event": event,
                        "model": self._name,
                        "res_id": owner.id,
                        "branch_id": owner.branch_id.id,
                        # Entries can't be erased: enough to recognise, not to call.
                        "values": {"phone": identity.mask(owner.phone or "", 6, 4)},
                    }
                    for owner in self
                ]
            )
