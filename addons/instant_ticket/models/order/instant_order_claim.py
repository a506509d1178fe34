import base64
from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

CLAIM_DAYS = 7
MAX_PHOTOS = 4
MAX_TEXT = 500
CLAIM_KINDS = [
    ("damaged", "Damaged"),
    ("short", "Packs missing"),
    ("wrong", "Wrong packs"),
]


class InstantOrderClaim(models.Model):
    """An owner's report that a parcel came damaged, short or wrong (IT-POR-05)."""

    _name = "instant.order.claim"
    _description = "Delivery Complaint"
    _inherit = [
        "lottery.branch.mixin",
        "lottery.state.mixin",
        "lottery.journal.mixin",
        "lottery.photo.mixin",
        "mail.thread",
    ]
    _order = "id desc"
    _rec_names_search = ["order_id"]

    _state_transitions = {
        "new": {"handled", "closed"},
        "handled": {"closed", "new"},
        "closed": {"new"},
    }

    name = fields.Char(compute="_compute_name")
    state = fields.Selection(
        [("new", "To handle"), ("handled", "In hand"), ("closed", "Closed")],
        default="new",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    order_id = fields.Many2one(
        "instant.order", required=True, readonly=True, index=True, ondelete="restrict"
    )
    order_state = fields.Selection(related="order_id.state", string="Order State")
    outlet_id = fields.Many2one(
        related="order_id.outlet_id", store=True, index=True, readonly=True
    )
    branch_id = fields.Many2one(
        related="order_id.branch_id", store=True, index=True, default=None
    )
    owner_phone = fields.Char(related="order_id.owner_phone", string="Phone")
    game_id = fields.Many2one(
        "instant.game",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: the whole parcel.",
    )
    kind = fields.Selection(CLAIM_KINDS, required=True, readonly=True, index=True)
    packs = fields.Integer(readonly=True)
    description = fields.Text(readonly=True)
    photo_ids = fields.One2many("instant.order.claim.photo", "claim_id", readonly=True)
    photo_count = fields.Integer(compute="_compute_photo_count")
    user_id = fields.Many2one(
        "res.users", string="In Charge", tracking=True, domain=[("share", "=", False)]
    )
    answer = fields.Text(help="What the owner reads on the order's page.")
    key = fields.Char(
        readonly=True, copy=False, help="One request of the owner makes one complaint."
    )

    _packs_positive = models.Constraint(
        "CHECK(packs > 0)", "The number of packs must be above zero."
    )
    _order_key_uniq = models.UniqueIndex(
        "(order_id, key) WHERE key IS NOT NULL", "This report has been sent already."
    )

    @api.depends("order_id.name", "kind")
    def _compute_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for claim in self:
            claim.name = f"{claim.order_id.name} {labels.get(claim.kind, '')}".strip()

    @api.depends("photo_ids")
    def _compute_photo_count(self):
        for claim in self:
            claim.photo_count = len(claim.photo_ids)

    @api.constrains("packs", "game_id", "order_id")
    def _check_packs(self):
        for claim in self:
            lines = claim.order_id.line_ids
            if claim.game_id:
                lines = lines.filtered(lambda line, c=claim: line.game_id == c.game_id)
            ordered = sum(lines.mapped("quantity"))
            if claim.packs > ordered:
                raise ValidationError(
                    self.env._(
                        "Packs: the order has %(ordered)s of them, not %(packs)s.",
                        ordered=ordered,
                        packs=claim.packs,
                    )
                )

    # === ACTIONS === #

    def action_take(self):
        """Take the complaint in hand."""
        self.check_access("write")
        self._update_state("handled")
        self.user_id = self.env.user
        return True

    def action_close(self):
        """Close the complaint; the owner reads the answer."""
        self.check_access("write")
        for claim in self:
            if not (claim.answer or "").strip():
                raise UserError(
                    self.env._(
                        "Answer: write what the owner is told before closing %(name)s.",
                        name=claim.name,
                    )
                )
        self._update_state("closed")
        for claim in self:
            claim.order_id._tell_owner("instant.claim_answered", answer=claim.answer)
        return True

    def action_reopen(self):
        self.check_access("write")
        self._update_state("new")
        return True

    # === BUSINESS METHODS === #

    def _on_state_changed(self, old_by_id, target, note=None):
        self._journal(
            "claim.state",
            lambda claim: {
                "order": claim.order_id.name,
                "from": old_by_id[claim.id],
                "to": target,
            },
        )
        return super()._on_state_changed(old_by_id, target, note)

    @api.model
    def _is_open_for(self, order):
        """Whether a parcel can (still) be complained about."""
        if order.state in ("shipped", "delivered"):
            return True
        limit = fields.Datetime.now() - timedelta(days=CLAIM_DAYS)
        return order.state == "done" and bool(order.done_at) and order.done_at >= limit

    @api.model
    def _report(self, order, values, files, key):
        """Record an owner's complaint; the caller checked that the order is theirs.

        :param dict values: ``kind``, ``packs`` (int), ``game_id`` (or None),
            ``description``
        :param files: uploads as ``bytes``, at most ``MAX_PHOTOS``
        :param str key: repeated requests with the same key make one complaint
        :raise UserError: nothing was recorded
        """
        claims_sudo = self.sudo()  # owners may not write complaints by themselves
        if key and (
            earlier := claims_sudo.search(
                [("order_id", "=", order.id), ("key", "=", key)], limit=1
            )
        ):
            return earlier
        self._check_report(order, values, files)
        photos = [self._clean_upload(data) for data in files]
        claim_sudo = claims_sudo.create(
            {
                **values,
                "order_id": order.id,
                "key": key or False,
                "photo_ids": [
                    fields.Command.create(self._prepare_photo_values(photo))
                    for photo in photos
                ],
            }
        )
        claim_sudo._journal(
            "claim.new",
            {
                "order": order.name,
                "kind": values["kind"],
                "packs": values["packs"],
                "photos": len(photos),
            },
        )
        claim_sudo._notify_desk()
        return claim_sudo

    @api.model
    def _check_report(self, order, values, files):
        if not self._is_open_for(order):
            raise UserError(
                self.env._(
                    "Reports are taken from shipping until %(days)s days after the "
                    "receipt. Please call the order desk.",
                    days=CLAIM_DAYS,
                )
            )
        if values["kind"] not in dict(CLAIM_KINDS):
            raise UserError(self.env._("Choose what is wrong."))
        if values["packs"] < 1:
            raise UserError(self.env._("Enter how many packs are concerned."))
        if len(values.get("description") or "") > MAX_TEXT:
            raise UserError(
                self.env._("The text has at most %(max)s characters.", max=MAX_TEXT)
            )
        if len(files) > MAX_PHOTOS:
            raise UserError(self.env._("Send at most %(max)s photos.", max=MAX_PHOTOS))
        if values["kind"] == "damaged" and not files:
            raise UserError(self.env._("Add a photo of the damage."))

    @api.model
    def _prepare_photo_values(self, photo):
        taken_at = photo.taken_at
        if taken_at:  # cameras write local time
            zone = pytz.timezone(self.env.user.tz or "Asia/Shanghai")
            local = zone.localize(taken_at)
            taken_at = local.astimezone(pytz.utc).replace(tzinfo=None)
        return {
            "image": base64.b64encode(photo.jpeg),
            "taken_at": taken_at,
            "latitude": photo.latitude or 0.0,
            "longitude": photo.longitude or 0.0,
        }

    def _notify_desk(self):
        """Tell the order desk and the outlet's specialist at once."""
        self.ensure_one()
        line = self.outlet_id._get_branch_line_ids()
        desk = self.env.ref("lottery_base.group_order_desk").all_user_ids
        staff = desk.filtered(lambda user: line & set(user.branch_ids.ids))
        (staff | self.order_id.specialist_id)._bus_send(
            "simple_notification",
            {
                "type": "warning",
                "title": self.env._("Delivery complaint"),
                "message": f"{self.name} · {self.outlet_id.display_name}",
            },
        )


class InstantOrderClaimPhoto(models.Model):
    _name = "instant.order.claim.photo"
    _description = "Photo of a Complaint"
    _inherit = ["lottery.branch.mixin"]
    _order = "id"
    _rec_name = "claim_id"

    claim_id = fields.Many2one(
        "instant.order.claim",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    branch_id = fields.Many2one(
        related="claim_id.branch_id", store=True, index=True, default=None
    )
    image = fields.Image(required=True, readonly=True)
    image_256 = fields.Image(
        related="image", max_width=256, max_height=256, store=True, string="Small"
    )
    taken_at = fields.Datetime(readonly=True, help="As the camera recorded it.")
    latitude = fields.Float(digits=(10, 7), readonly=True)
    longitude = fields.Float(digits=(10, 7), readonly=True)


class InstantOrder(models.Model):
    _inherit = "instant.order"

    claim_ids = fields.One2many("instant.order.claim", "order_id", readonly=True)
