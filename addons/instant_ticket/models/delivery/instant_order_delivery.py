from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...const import VOID_STATES
from ...engine.sla import sla_hours

SLA_WARNING_SHARE = 0.25
# what verbs write and nobody by hand; the code also opens the parcel
VERB_FIELDS = {
    "deadline",
    "delay_hours",
    "delivered_at",
    "next_attempt_at",
    "on_time_rate",
    "pickup_code",
    "return_state",
    "returned_at",
    "shipped_at",
    "sla_alerted",
    "sla_hours",
    "visits_before",
}
CODE_READERS = (
    "lottery_base.group_order_desk,lottery_base.group_warehouse_keeper,"
    "lottery_base.group_branch_admin,base.group_portal"
)


class InstantOrder(models.Model):
    """Delivery: method, promised time, pick-up code, receipt."""

    _inherit = "instant.order"

    carrier_id = fields.Many2one(
        "delivery.carrier",
        domain=[("ticket_kind", "!=", False)],
        index="btree_not_null",
        ondelete="restrict",
    )
    carrier_kind = fields.Selection(related="carrier_id.ticket_kind")
    sla_hours = fields.Integer(readonly=True)
    deadline = fields.Datetime(readonly=True, copy=False)
    sla_state = fields.Selection(
        [
            ("in_time", "In time"),
            ("due_soon", "Due soon"),
            ("overdue", "Overdue"),
            ("met", "Delivered in time"),
            ("missed", "Delivered late"),
        ],
        compute="_compute_sla_state",
        search="_search_sla_state",
    )
    on_time_rate = fields.Float(
        readonly=True,
        copy=False,
        aggregator="avg",
        string="On Time",
        help="1 when delivered in time, 0 when late; its average is the on-time rate.",
    )
    delay_hours = fields.Float(
        readonly=True,
        copy=False,
        aggregator="avg",
        help="From the promised time to the delivery; negative when early.",
    )
    sla_alerted = fields.Selection(
        [("due_soon", "Warned"), ("overdue", "Alerted")], readonly=True, copy=False
    )
    expected_arrival = fields.Datetime(compute="_compute_expected_arrival")
    carrier_contact = fields.Char(compute="_compute_carrier_contact", string="Contact")
    pickup_code = fields.Char(
        readonly=True,
        copy=False,
        groups=CODE_READERS,
        help="Proves who may take the parcel.",
    )
    tracking_ref = fields.Char(copy=False, string="Tracking Number")
    attempt_ids = fields.One2many("instant.delivery.attempt", "order_id", readonly=True)
    attempt_count = fields.Integer(compute="_compute_attempt_count")

    # read by the overdue filter
    _deadline_idx = models.Index(
        "(deadline) WHERE state IN ('submitted', 'locked', 'picking', 'shipped', "
        "'exception')"
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_verb_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_verb_fields(vals)
        return super().write(vals)

    @api.model
    def _check_verb_fields(self, vals):
        if not self.env.su and VERB_FIELDS & set(vals):
            raise UserError(
                self.env._("Only the steps of shipping and delivery set these fields.")
            )

    def _compute_attempt_count(self):
        counts = dict(
            self.env["instant.delivery.attempt"]._read_group(
                [("order_id", "in", self.ids)], ["order_id"], ["__count"]
            )
        )
        for order in self:
            order.attempt_count = counts.get(order, 0)

    @api.depends("deadline", "delivered_at", "submitted_at", "state", "return_state")
    def _compute_sla_state(self):
        now = fields.Datetime.now()
        for order in self:
            order.sla_state = order._get_sla_state(now)

    def _on_state_changed(self, old_by_id, target, note=None):
        result = super()._on_state_changed(old_by_id, target, note=note)
        if target == "delivered":
            self._rate_delivery()
        return result

    def _rate_delivery(self):
        """Keep how the delivery went; orders not delivered stay without a figure."""
        for order in self.filtered("deadline"):
            delay = order.delivered_at - order.deadline
            order.write(
                {
                    "delay_hours": delay.total_seconds() / 3600,
                    "on_time_rate": float(delay <= timedelta()),
                }
            )

    def _get_sla_state(self, now):
        self.ensure_one()
        if not self.deadline or self.state in VOID_STATES:
            return False
        if self.return_state:
            return False
        if self.delivered_at:
            return "met" if self.delivered_at <= self.deadline else "missed"
        if now > self.deadline:
            return "overdue"
        warn_from = self.deadline - timedelta(hours=self.sla_hours * SLA_WARNING_SHARE)
        return "due_soon" if now >= warn_from else "in_time"

    def _search_sla_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        conditions = {
            "met": SQL("delivered_at <= deadline"),
            "missed": SQL("delivered_at > deadline"),
            "overdue": SQL(
                "delivered_at IS NULL AND deadline < now() AT TIME ZONE 'UTC'"
            ),
            "due_soon": SQL(
                "delivered_at IS NULL AND deadline >= now() AT TIME ZONE 'UTC' AND "
                "deadline - sla_hours * %s * interval '1 hour' "
                "<= now() AT TIME ZONE 'UTC'",
                SLA_WARNING_SHARE,
            ),
            "in_time": SQL(
                "delivered_at IS NULL AND deadline - sla_hours * %s * interval '1 hour' "
                "> now() AT TIME ZONE 'UTC'",
                SLA_WARNING_SHARE,
            ),
        }
        chosen = [conditions[state] for state in value if state in conditions]
        if not chosen:
            return [("id", "in", [])]
        return [
            (
                "id",
                "in",
                SQL(
                    "(SELECT id FROM instant_order WHERE deadline IS NOT NULL AND "
                    "state NOT IN ('draft', 'cancelled', 'rejected') "
                    "AND return_state IS NULL AND (%s))",
                    SQL(" OR ").join(SQL("(%s)", part) for part in chosen),
                ),
            )
        ]

    @api.depends("carrier_id", "shipped_at", "next_attempt_at", "deadline")
    def _compute_expected_arrival(self):
        """The method's next departure and its lead time; the promise without a method."""
        now = fields.Datetime.now()
        for order in self:
            carrier_sudo = order.carrier_id.sudo()  # the owner sees the time only
            ready = order.next_attempt_at or order.shipped_at or now
            order.expected_arrival = (
                carrier_sudo._expected_arrival(ready, order.sudo().outlet_id)
                if carrier_sudo
                else order.deadline
            )

    @api.depends("carrier_id.contact_name", "carrier_id.contact_phone")
    def _compute_carrier_contact(self):
        for order in self:
            carrier = order.carrier_id
            order.carrier_contact = " ".join(
                filter(None, (carrier.contact_name, carrier.contact_phone))
            )

    def _assign_carrier(self):
        """Choose the method by the outlet's area, unless one was chosen by hand."""
        for order in self.filtered(lambda o: not o.carrier_id):
            outlet = order.outlet_id
            order.carrier_id = self.env["delivery.carrier"]._match_outlet(
                outlet.branch_id, outlet.county, outlet.town
            )

    @api.model
    def _promised_hours(self, outlet):
        return sla_hours(outlet.distance_km, outlet.sla_override_hours)
