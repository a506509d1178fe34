import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..const import OPENED_STATES
from ..engine import identity

_NUMBER = re.compile(r"^[0-9A-Za-z][0-9A-Za-z-]{2,31}$")
_TYPED = ("number", "name", "county", "town", "street", "address")
PAPERS_SOON_DAYS = 60


class LotteryOutlet(models.Model):
    """An authorised point of sale and all that is known of it (一店一档, OC-OUT-01).

    Its concerns live in files of their own: ``lottery_outlet_people`` (owner, contacts,
    portal users), ``lottery_outlet_place`` (coordinates, distances) and
    ``lottery_outlet_life`` (states).
    """

    _name = "lottery.outlet"
    _description = "Outlet"
    _inherit = [
        "lottery.branch.mixin",
        "lottery.state.mixin",
        "lottery.journal.mixin",
        "lottery.sealed.mixin",
        "lottery.tag.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "number, id"
    _mail_post_access = "read"  # specialists comment on files they don't change
    _rec_names_search = ["number", "name", "owner_name", "owner_phone"]

    number = fields.Char(
        copy=False,
        index="trigram",
        tracking=True,
        help="Number at the centre's systems; needed from the opening on.",
    )
    name = fields.Char(required=True, index="trigram", tracking=True)
    kind = fields.Selection(
        [
            ("dedicated", "Dedicated"),
            ("side_line", "Side-line"),
            ("chain", "Chain"),
            ("outdoor", "Outdoor"),
            ("vending", "Vending"),
        ],
        required=True,
        default="dedicated",
        tracking=True,
    )
    branch_id = fields.Many2one(required=True, tracking=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    licence_number = fields.Char(
        string="Licence", index="btree_not_null", help="Number of the sales licence."
    )
    licence_expiry = fields.Date(string="Licence Until", index="btree_not_null")
    contract_number = fields.Char(string="Contract")
    contract_expiry = fields.Date(string="Contract Until", index="btree_not_null")
    papers_state = fields.Selection(
        [("valid", "Valid"), ("expiring", "Expiring"), ("expired", "Expired")],
        compute="_compute_papers_state",
        search="_search_papers_state",
        string="Papers",
        help="Worse of licence and contract; expiring means within 60 days.",
    )
    deposit = fields.Monetary(tracking=True, help="Paid under the contract.")
    commission_card = fields.Char(
        compute="_compute_commission_card",
        inverse="_inverse_commission_card",
        groups="base.group_user",
        help="Bank card that receives the commission. Kept sealed; only its last four "
        "digits are shown.",
    )
    commission_card_sealed = fields.Char(groups=fields.NO_ACCESS, copy=False)
    commission_card_hint = fields.Char(groups="base.group_user", copy=False)
    opening_hours = fields.Char(help="As on the door, e.g. 09:00-21:00, closed Mon.")
    terminal_ids = fields.One2many(
        "lottery.outlet.terminal", "outlet_id", string="Devices"
    )
    terminal_numbers = fields.Char(compute="_compute_terminal_numbers")
    photo_ids = fields.One2many("lottery.outlet.photo", "outlet_id", string="Photos")
    image_256 = fields.Image(compute="_compute_image_256", string="Photo")
    note = fields.Html(string="Internal Notes", groups="base.group_user")
    correction = fields.Text(
        string="To Correct",
        tracking=True,
        help="What the owner says is wrong with people, card or devices. It comes with "
        "an approved change request and goes when it is corrected.",
    )
    change_request_count = fields.Integer(
        compute="_compute_change_request_count",
        string="Changes Asked",
        groups="lottery_base.group_user",
    )

    _number_uniq = models.Constraint(
        "UNIQUE(number)", "Another outlet has this number already."
    )
    _number_needed = models.Constraint(
        "CHECK(state NOT IN ('opening', 'active', 'suspended') OR number IS NOT NULL)",
        "An outlet needs its number before it opens.",
    )
    _deposit_positive = models.Constraint(
        "CHECK(deposit >= 0)", "The deposit can't be negative."
    )

    # === COMPUTE METHODS === #

    @api.depends("number", "name")
    def _compute_display_name(self):
        for outlet in self:
            outlet.display_name = " ".join(filter(None, (outlet.number, outlet.name)))

    def _compute_currency_id(self):
        self.currency_id = self.env.company.currency_id

    @api.depends("licence_expiry", "contract_expiry")
    def _compute_papers_state(self):
        today, soon = self._get_papers_dates()
        for outlet in self:
            dates = filter(None, (outlet.licence_expiry, outlet.contract_expiry))
            first = min(dates, default=None)
            if not first:
                outlet.papers_state = False
            elif first < today:
                outlet.papers_state = "expired"
            else:
                outlet.papers_state = "expiring" if first <= soon else "valid"

    def _search_papers_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today, soon = self._get_papers_dates()
        expired = fields.Domain("licence_expiry", "<", today) | fields.Domain(
            "contract_expiry", "<", today
        )
        ending = fields.Domain("licence_expiry", "<=", soon) | fields.Domain(
            "contract_expiry", "<=", soon
        )
        known = fields.Domain("licence_expiry", "!=", False) | fields.Domain(
            "contract_expiry", "!=", False
        )
        by_state = {
            "expired": expired,
            "expiring": ending & ~expired,
            "valid": known & ~ending,
            False: ~known,
        }
        return fields.Domain.OR(by_state[state] for state in value if state in by_state)

    def _get_papers_dates(self):
        today = fields.Date.context_today(self)
        return today, fields.Date.add(today, days=PAPERS_SOON_DAYS)

    @api.depends("commission_card_hint")
    def _compute_commission_card(self):
        for outlet in self:
            outlet.commission_card = outlet.commission_card_hint

    def _inverse_commission_card(self):
        self._seal_number("commission_card", identity.normalize_bank_card, (0, 4))

    @api.depends("terminal_ids.number")
    def _compute_terminal_numbers(self):
        for outlet in self:
            outlet.terminal_numbers = ", ".join(outlet.terminal_ids.mapped("number"))

    @api.depends("photo_ids.image_256", "photo_ids.sequence")
    def _compute_image_256(self):
        for outlet in self:
            outlet.image_256 = outlet.photo_ids[:1].image_256

    def _compute_change_request_count(self):
        counts = dict(
            self.env["lottery.change.request"]._read_group(
                [("model", "=", self._name), ("res_id", "in", self.ids)],
                ["res_id"],
                ["__count"],
            )
        )
        for outlet in self:
            outlet.change_request_count = counts.get(outlet.id, 0)

    # === CONSTRAINTS === #

    @api.constrains("number")
    def _check_number(self):
        for outlet in self:
            if outlet.number and not _NUMBER.match(outlet.number):
                raise ValidationError(
                    self.env._(
                        "Number “%(number)s”: 3 to 32 letters, digits or hyphens.",
                        number=outlet.number,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._prepare_clean_values(v) for v in vals_list])

    def write(self, vals):
        result = super().write(self._prepare_clean_values(vals))
        if "branch_id" in vals:
            # Rules judge what was there before: nobody moves an outlet out of reach.
            self.check_access("write")
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_opened(self):
        for outlet in self:
            if outlet.state in OPENED_STATES or outlet.number:
                raise UserError(
                    self.env._(
                        "%(outlet)s can't be deleted: only a prospect without a number "
                        "can. Close it instead.",
                        outlet=outlet.display_name,
                    )
                )

    # === ACTIONS === #

    def action_correction_done(self):
        """What the owner said is corrected: tell the owner (IT-POR-08)."""
        self.check_access("write")
        for outlet in self.filtered("correction"):
            self.env["lottery.notification"]._notify(
                "outlet.corrected",
                outlet.user_id,
                record=outlet,
                values={"correction": outlet.correction},
            )
            outlet.correction = False
        return True

    def action_view_change_requests(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lottery_approval.lottery_change_request_action"
        )
        return {
            **action,
            "domain": [("model", "=", self._name), ("res_id", "=", self.id)],
            "context": {"create": False},
        }

    # === TALK === #

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """The talk on a file and what is attached to it are the staff's: owners read
        their outlet, not what is said about it (PF-SEC-04)."""
        if self.env.user.share:
            return dict.fromkeys(self, "write")
        return super()._mail_get_operation_for_mail_message_operation(message_operation)

    # === TAGS === #

    def _check_tag_access(self, domain):
        """Specialists tag the outlets they look after; their files stay the unit's to
        change (PF-TAG-03)."""
        user = self.env.user
        if (
            self.env.su
            or self.browse().has_access("write")
            or not user.has_group("lottery_base.group_specialist")
        ):
            return super()._check_tag_access(domain)
        foreign = Domain(domain) & Domain("specialist_id", "!=", user.id)
        if others := self.with_context(active_test=False).search(foreign, limit=5):
            raise AccessError(
                self.env._(
                    "Tags: you may tag the outlets you look after; these are not yours: "
                    "%(outlets)s.",
                    outlets=", ".join(others.mapped("display_name")),
                )
            )
        return None

    # === BUSINESS METHODS === #

    @api.model
    def _prepare_clean_values(self, vals):
        """Return ``vals`` with typed text trimmed, so that look-ups by number work."""
        clean = dict(vals)
        for name in _TYPED:
            if isinstance(clean.get(name), str):
                clean[name] = clean[name].strip() or False
        return clean

    def _get_branch_line_ids(self):
        """Return the ids of the outlet's unit and of all units above it."""
        self.ensure_one()
        path = self.branch_id.sudo().parent_path or ""  # units above may be unreadable
        return {int(part) for part in path.split("/") if part}
