from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.sla import sla_hours

SLA_WARNING_SHARE = 0.25


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
    sla_alerted = fields.Selection(
        [("due_soon", "Warned"), ("overdue", "Alerted")], readonly=True, copy=False
    )
    expected_arrival = fields.Datetime(compute="_compute_expected_arrival")
    pickup_code = fields.Char(
        readonly=True, copy=False, help="Proves who may take the parcel."
    )
    tracking_ref = fields.Char(copy=False, string="Tracking Number")
    attempt_ids = fields.One2many("instant.delivery.attempt", "order_id", readonly=True)
    attempt_count = fields.Integer(compute="_compute_attempt_count")

    # read by the alert job and the overdue filter
    _deadline_idx = models.Index(
        "(deadline) WHERE state IN ('submitted', 'locked', 'picking', 'shipped', "
        "'exception')"
    )

    def _compute_attempt_count(self):
        counts = dict(
            self.env["instant.delivery.attempt"]._read_group(
                [("order_id", "in", self.ids)], ["order_id"], ["__count"]
            )
        )
        for order in self:
            order.attempt_count = counts.get(order, 0)

    @api.depends("deadline", "delivered_at", "submitted_at", "state")
    def _compute_sla_state(self):
        now = fields.Datetime.now()
        for order in self:
            order.sla_state = order._get_sla_state(now)

    def _get_sla_state(self, now):
        self.ensure_one()
        if not self.deadline or self.state in ("draft", "cancelled", "rejected"):
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
                    "state NOT IN ('draft', 'cancelled', 'rejected') AND (%s))",
                    SQL(" OR ").join(SQL("(%s)", part) for part in chosen),
                ),
            )
        ]

    @api.depends("carrier_id", "shipped_at", "deadline")
    def _compute_expected_arrival(self):
        now = fields.Datetime.now()
        for order in self:
            carrier_sudo = order.carrier_id.sudo()  # the owner sees the time only
            arrival = (
                carrier_sudo._expected_arrival(order.shipped_at or now)
                if carrier_sudo
                else order.deadline
            )
            order.expected_arrival = (
                min(arrival, order.deadline) if order.deadline and arrival else arrival
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

    # === DELIVERY === #

    def action_deliver(self, code, photo=None, signature=None, receiver=None):
        """Hand over the parcel against its pick-up code (IT-DLV-04).

        A wrong code is kept as a failed attempt even though this call refuses it.

        :param str code: what the receiver says or shows
        :param photo: base64 image of the hand-over, optional
        :param signature: base64 image, optional
        :return: ``{"ok": bool, "message": str}``
        """
        self.ensure_one()
        self.check_access("write")
        values = {"photo": photo, "signature": signature, "receiver": receiver}
        with self._on_books() as order:
            result = order._deliver(code, values)
        self.invalidate_recordset()
        return result

    def _deliver(self, code, values):
        if self.state != "shipped":
            raise UserError(
                self.env._("Order %(name)s is not on its way.", name=self.name)
            )
        attempts = self.env["instant.delivery.attempt"]
        if attempts._is_blocked(self):
            return {
                "ok": False,
                "message": self.env._(
                    "Too many wrong codes. Call the order desk before trying again."
                ),
            }
        if (code or "").strip() != self.pickup_code:
            attempts._record(self, "wrong_code", values)
            return {"ok": False, "message": self.env._("The pick-up code is wrong.")}
        attempts._record(self, "delivered", values)
        self._set_delivered({})
        return {"ok": True, "message": self.env._("Delivered.")}

    def _set_delivered(self, values):
        self.ensure_one()
        self._update_state("delivered", note=values.get("note"))

    def action_confirm_receipt(self):
        """The owner has the whole parcel: its packs may be activated from now on."""
        self._check_may_order()
        for order in self:
            with order._on_books() as locked:
                locked._confirm_receipt()
        self.invalidate_recordset()
        return True

    def _confirm_receipt(self):
        self.ensure_one()
        if self.state == "done":
            return
        if self.state == "shipped":
            self.env["instant.delivery.attempt"]._record(self, "owner_confirmed", {})
            self._set_delivered({"note": self.env._("Confirmed by the owner")})
        if self.state != "delivered":
            raise UserError(
                self.env._("Order %(name)s is not delivered yet.", name=self.name)
            )
        packs = self.env["instant.pack"].search([("order_id", "=", self.id)])
        packs._move_to("confirmed")
        self._update_state("done")

    def action_deliver_failed(self, reason, photo=None):
        """Record a failed attempt; the parcel stays on its way for another one."""
        self.ensure_one()
        self.check_access("write")
        with self._on_books() as order:
            if order.state != "shipped":
                raise UserError(
                    self.env._("Order %(name)s is not on its way.", name=order.name)
                )
            order.env["instant.delivery.attempt"]._record(
                order, reason, {"photo": photo}
            )
        self.invalidate_recordset()
        return True

    # === SLA === #

    @api.model
    def _cron_sla_alerts(self):
        """Warn before the promised time, alert after it; each once per order."""
        for state in ("due_soon", "overdue"):
            orders = self.search(
                [
                    (
                        "state",
                        "in",
                        ("submitted", "locked", "picking", "shipped", "exception"),
                    ),
                    ("sla_state", "in", [state]),
                    ("sla_alerted", "!=", state),
                ],
                limit=500,
            )
            orders._alert_sla(state)

    def _alert_sla(self, state):
        desk = self.env.ref("lottery_base.group_order_desk").all_user_ids
        by_branch = self.grouped("branch_id")
        for branch, orders in by_branch.items():
            heads = branch.head_id | branch.admin_ids
            for order in orders:
                receivers = desk | heads | order.specialist_id
                order._notify_sla(state, receivers)
        self.sla_alerted = state

    def _notify_sla(self, state, users):
        values = {"name": self.name, "outlet": self.outlet_id.display_name}
        overdue = state == "overdue"
        users._bus_send(
            "simple_notification",
            {
                "type": "danger" if overdue else "warning",
                "title": self.env._("Delivery time"),
                "message": self.env._("%(name)s to %(outlet)s is overdue.", **values)
                if overdue
                else self.env._("%(name)s to %(outlet)s is due soon.", **values),
            },
        )
