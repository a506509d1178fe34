import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..const import LOGIN_STATES, OPENED_STATES

# Fields of the outlet that its delivery contact repeats.
_SHOP_FIELDS = frozenset(
    (
        "number",
        "name",
        "branch_id",
        "county",
        "town",
        "street",
        "address",
        "latitude",
        "longitude",
        "owner_id",
    )
)
_NOT_DIGITS = re.compile(r"[^\d]")


class LotteryOutlet(models.Model):
    """Who belongs to an outlet: shop contact, owner, sales persons, specialist."""

    _inherit = "lottery.outlet"

    partner_id = fields.Many2one(
        "res.partner",
        string="Shop Contact",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Where parcels go; kept like the outlet by itself.",
    )
    owner_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="Holder of the contract. The mobile number is the login.",
    )
    owner_name = fields.Char(
        related="owner_id.name", string="Owner's Name", store=True, index="trigram"
    )
    owner_phone = fields.Char(
        related="owner_id.phone", string="Mobile", store=True, index="trigram"
    )
    sales_person_ids = fields.Many2many(
        "res.partner",
        "lottery_outlet_sales_person_rel",
        "outlet_id",
        "partner_id",
        string="Sales Persons",
    )
    specialist_id = fields.Many2one(
        "res.users",
        index="btree_not_null",
        tracking=True,
        domain="[('share', '=', False)]",
        help="Field worker in charge; belongs to the outlet's unit or one above it.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Portal User",
        compute="_compute_user_id",
        store=True,
        index="btree_not_null",
        help="Login of the owner, made when the outlet opens, ended with the last one.",
    )
    any_phone = fields.Char(
        compute="_compute_any_phone",
        search="_search_any_phone",
        string="Phone",
        help="Mobile of the owner or of a sales person, typed in any way.",
    )

    # === COMPUTE METHODS === #

    @api.depends("owner_id.user_ids.active", "owner_id.user_ids.share")
    def _compute_user_id(self):
        for outlet in self:
            outlet.user_id = outlet.owner_id.user_ids.filtered("share")[:1]

    @api.depends("owner_phone", "sales_person_ids.phone")
    def _compute_any_phone(self):
        for outlet in self:
            phones = [outlet.owner_phone, *outlet.sales_person_ids.mapped("phone")]
            outlet.any_phone = ", ".join(dict.fromkeys(filter(None, phones)))

    def _search_any_phone(self, operator, value):
        if operator not in ("ilike", "like", "=", "in"):
            return NotImplemented
        values = value if operator == "in" else [value]
        domains = []
        for text in values:
            digits = _NOT_DIGITS.sub("", str(text or ""))
            if not digits:
                continue
            domains.append(Domain("owner_phone", "ilike", digits))
            # Resolved first: an OR with a subquery would cost the index on the phone.
            if people := self.env["res.partner"].search(
                [("sales_outlet_ids", "!=", False), ("phone", "ilike", digits)]
            ):
                domains.append(Domain("sales_person_ids", "in", people.ids))
        return Domain.OR(domains)

    # === CONSTRAINTS === #

    @api.constrains("owner_id", "state")
    def _check_owner(self):
        for outlet in self.filtered(lambda o: o.state in OPENED_STATES):
            if not outlet.owner_id:
                raise ValidationError(
                    self.env._(
                        "%(outlet)s needs an owner before it opens.",
                        outlet=outlet.display_name,
                    )
                )
            if not outlet.owner_phone:
                raise ValidationError(
                    self.env._(
                        "Owner %(owner)s of %(outlet)s has no mobile number; it is the "
                        "owner's login.",
                        owner=outlet.owner_name,
                        outlet=outlet.display_name,
                    )
                )

    @api.constrains("specialist_id", "branch_id")
    def _check_specialist(self):
        for outlet in self.filtered("specialist_id"):
            specialist_sudo = outlet.specialist_id.sudo()  # units of another user
            if specialist_sudo.share:
                raise ValidationError(
                    self.env._(
                        "Specialist: %(user)s is not a staff member.",
                        user=specialist_sudo.name,
                    )
                )
            if not outlet._get_branch_line_ids() & set(specialist_sudo.branch_ids.ids):
                raise ValidationError(
                    self.env._(
                        "Specialist: %(user)s doesn't belong to %(branch)s or a unit "
                        "above it.",
                        user=specialist_sudo.name,
                        branch=outlet.branch_id.display_name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        outlets = super().create(vals_list)
        outlets._sync_shop_contacts()
        outlets._sync_owners(outlets.owner_id)
        return outlets

    def write(self, vals):
        if not _SHOP_FIELDS & set(vals):
            return super().write(vals)
        owners_before = self.owner_id
        result = super().write(vals)
        self._sync_shop_contacts()
        if {"owner_id", "branch_id"} & set(vals):
            self._sync_owners(owners_before | self.owner_id)
        if "owner_id" in vals:
            self._journal("outlet.owner", lambda o: {"owner_id": o.owner_id.id})
        return result

    def unlink(self):
        contacts_sudo = self.partner_id.sudo()  # made by us, goes with the outlet
        owners = self.owner_id
        result = super().unlink()
        contacts_sudo.unlink()
        self._sync_owners(owners)
        return result

    # === BUSINESS METHODS === #

    def _sync_shop_contacts(self):
        """Keep the delivery contact of each outlet like the outlet.

        New contacts are made in one batch; changes are written once per distinct set
        of values, so that a bulk move of outlets is not a write per contact.
        """
        missing = self.filtered(lambda o: not o.partner_id)
        # Contacts are the outlet's own; whoever may change the outlet may change them.
        partners_sudo = self.env["res.partner"].sudo()
        if missing:
            contacts = partners_sudo.create(
                [o._prepare_shop_contact_values() for o in missing]
            )
            for outlet, contact in zip(missing, contacts, strict=True):
                outlet.partner_id = contact.id
        changes = {}
        for outlet in self - missing:
            contact = outlet.partner_id.sudo()
            wanted = outlet._prepare_shop_contact_values()
            differing = tuple(
                (name, value)
                for name, value in wanted.items()
                if contact._fields[name].convert_to_write(contact[name], contact)
                != value
            )
            if differing:
                changes[differing] = changes.get(differing, partners_sudo) | contact
        for values, contacts in changes.items():
            contacts.write(dict(values))

    def _prepare_shop_contact_values(self):
        """Return the values of the shop contact; read as superuser because the unit's
        own address may lie above what the user sees."""
        self.ensure_one()
        outlet_sudo = self.sudo()
        branch = outlet_sudo.branch_id
        return {
            "name": outlet_sudo.display_name,
            "type": "delivery",
            "is_company": False,
            "ref": outlet_sudo.number or False,
            "phone": outlet_sudo.owner_phone or False,
            "street": outlet_sudo.address or outlet_sudo.street or False,
            "street2": outlet_sudo.town or False,
            "city": outlet_sudo.county or False,
            "state_id": branch.state_id.id,
            "country_id": branch.country_id.id or self.env.ref("base.cn").id,
            "partner_latitude": outlet_sudo.latitude,
            "partner_longitude": outlet_sudo.longitude,
            "branch_id": branch.id,
        }

    def _create_owner(self, name, phone, id_card_number=None):
        """Record a new person as owner-to-be of this outlet; the right to change the
        outlet is the right to do so."""
        self.ensure_one()
        self.check_access("write")
        owners_sudo = self.env[
            "res.partner"
        ].sudo()  # field staff may not make contacts
        return owners_sudo.create(
            {
                "name": name,
                "phone": phone,
                "branch_id": self.branch_id.id,
                "is_outlet_owner": True,
                "id_card_number": id_card_number or False,
            }
        ).with_env(self.env)

    def _sync_owners(self, owners):
        """Bring contacts and logins of owners in line with the outlets they hold."""
        owners.exists()._sync_owned_outlets()

    def _ensure_portal_user(self):
        """Make sure that the owners of these outlets can log in; return the users.

        Only outlets that are opened have a login (IT-POR-01); the others are skipped.
        """
        opened = self.filtered(lambda o: o.state in LOGIN_STATES)
        opened._sync_owners(opened.owner_id)
        return opened.user_id

    @api.model
    def _read_owner_outlets(self):
        """Return the outlets the user may work for as their owner (IT-POR-01)."""
        return self.search(
            [("user_id", "=", self.env.uid), ("state", "in", LOGIN_STATES)]
        )

    @api.model
    def _get_owner_outlet(self, request):
        """Return the outlet in use in an owner's session, empty when there is none.

        The session only remembers a choice: the outlet is searched again as the owner
        on each request, so a closed or transferred one is gone at once. An owner of
        several outlets who chose none yet gets the empty set.
        """
        outlets = self.with_user(request.env.user)._read_owner_outlets()
        chosen = request.session.get("lottery_outlet_id")
        if outlet := outlets.filtered(lambda o: o.id == chosen):
            return outlet
        return outlets if len(outlets) == 1 else outlets.browse()
