from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.handover import find_pause, tries_left

FAIL_REASONS = [
    ("wrong_address", "Wrong address"),
    ("nobody_there", "Nobody there"),
    ("refused", "Refused by the outlet"),
    ("vehicle", "Vehicle or road"),
    ("other", "Other"),
]
OUTCOMES = [
    ("delivered", "Delivered"),
    ("owner_confirmed", "Confirmed by the owner"),
    ("wrong_code", "Wrong pick-up code"),
    ("unlocked", "Codes allowed again"),
    *FAIL_REASONS,
]
SUCCESSES = ("delivered", "owner_confirmed")
KEEP_YEARS = 2
DROP_BATCH = 200
# the one change there is; only code of this file can hold it
RETENTION = object()
PHOTO_SIDE = 1600
SIGNATURE_SIDE = 800


class InstantDeliveryAttempt(models.Model):
    """One try to hand over a parcel; append-only (IT-DLV-04).

    Who, when, where and why stay for good; photo and signature are dropped when they
    are two years old.
    """

    _name = "instant.delivery.attempt"
    _description = "Delivery Attempt"
    _inherit = ["lottery.branch.mixin", "lottery.photo.mixin"]
    _order = "id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one(
        "instant.order", required=True, readonly=True, index=True, ondelete="restrict"
    )
    branch_id = fields.Many2one(
        related="order_id.branch_id", store=True, index=True, default=None
    )
    number = fields.Integer(readonly=True)
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True)
    success = fields.Boolean(compute="_compute_success", store=True)
    date = fields.Datetime(readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    carrier_id = fields.Many2one(
        "delivery.carrier", readonly=True, string="Delivery Method", ondelete="restrict"
    )
    address = fields.Char(readonly=True)
    latitude = fields.Float(digits=(10, 7), readonly=True)
    longitude = fields.Float(digits=(10, 7), readonly=True)
    receiver = fields.Char(readonly=True)
    photo = fields.Image(readonly=True)
    signature = fields.Image(readonly=True)
    has_receipt = fields.Boolean(
        readonly=True, string="Photo or Signature", help="Kept for two years."
    )
    next_at = fields.Datetime(readonly=True, string="Next Attempt")
    note = fields.Char(readonly=True)

    # read by the job that drops photos and signatures
    _receipt_idx = models.Index("(date) WHERE has_receipt")

    @api.depends("outcome")
    def _compute_success(self):
        for attempt in self:
            attempt.success = attempt.outcome in SUCCESSES

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(
                self.env._("Attempts are recorded by the hand-over of a parcel only.")
            )
        return super().create(vals_list)

    def write(self, vals):
        if self.env.context.get("attempt_retention") is not RETENTION:
            raise UserError(self.env._("A recorded attempt cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Receipts are kept; they cannot be deleted."))

    # === RECORDING === #

    @api.model
    def _record(self, order, outcome, values):
        """Append one attempt; the order's row is locked by the caller.

        :param dict values: fields of the attempt; empty ones count as not given
        """
        kept = {name: value for name, value in values.items() if value}
        attempt = self.create(
            {
                "order_id": order.id,
                "number": self.search_count([("order_id", "=", order.id)]) + 1,
                "outcome": outcome,
                "carrier_id": order.carrier_id.id,
                "address": order.delivery_address,
                "has_receipt": bool(kept.get("photo") or kept.get("signature")),
                **kept,
            }
        )
        order._journal(
            f"delivery.{outcome}",
            {
                "order": order.name,
                "n": attempt.number,
                "receiver": attempt.receiver or "",
                "receipt": attempt.has_receipt,
            },
        )
        return attempt

    @api.model
    def _prepare_receipt(self, photo=None, signature=None, receiver=None, place=None):
        """Return the values of a receipt as they came from a phone, cleaned.

        :param photo: base64, any picture; ``signature``: likewise
        :param place: ``[latitude, longitude]`` in degrees, or nothing
        :raise UserError: names what is wrong; nothing was written
        """
        values = {
            "photo": self._clean_base64(photo, max_side=PHOTO_SIDE),
            "signature": self._clean_base64(signature, max_side=SIGNATURE_SIDE),
            "receiver": str(receiver or "").strip()[:64],
        }
        try:
            latitude, longitude = (float(part) for part in place or (0, 0))
        except (TypeError, ValueError):
            latitude = longitude = 0.0
        if abs(latitude) <= 90 and abs(longitude) <= 180:
            values.update(latitude=latitude, longitude=longitude)
        return values

    # === WRONG CODES === #

    @api.model
    def _get_wrong_codes(self, order):
        """Return when wrong codes were tried since the desk's last release."""
        attempts = self.search(
            [
                ("order_id", "=", order.id),
                ("outcome", "in", ("wrong_code", "unlocked")),
            ],
            order="id desc",
        )
        dates = []
        for attempt in attempts:
            if attempt.outcome == "unlocked":
                break
            dates.append(attempt.date)
        return dates[::-1]

    @api.model
    def _get_guard(self, order):
        """Return ``(pause or None, wrong codes left)`` of an order's pick-up code."""
        wrong = self._get_wrong_codes(order)
        return find_pause(wrong, fields.Datetime.now()), tries_left(wrong)

    # === RETENTION === #

    @api.autovacuum
    def _gc_receipts(self):
        """Drop photos and signatures older than two years; the attempts stay."""
        limit = fields.Datetime.now() - relativedelta(years=KEEP_YEARS)
        old = self.search(
            [("has_receipt", "=", True), ("date", "<", limit)],
            order="date, id",
            limit=DROP_BATCH,
        )
        if old:
            old.with_context(attempt_retention=RETENTION).write(
                {"photo": False, "signature": False, "has_receipt": False}
            )
            self.env["lottery.journal"]._append(
                [
                    {
                        "event": "delivery.receipts_dropped",
                        "model": self._name,
                        "res_id": attempt.id,
                        "branch_id": attempt.branch_id.id,
                        "values": {"order": attempt.order_id.name, "n": attempt.number},
                    }
                    for attempt in old
                ]
            )
        return len(old), len(old) == DROP_BATCH
