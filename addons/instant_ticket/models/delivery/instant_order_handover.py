from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...engine.handover import clean_code
from ...engine.pack_code import normalize
from .instant_delivery_attempt import FAIL_REASONS

# visits without success after which the parcel goes back
MAX_VISITS = 2
PLAN_DAYS = 14
MAX_NOTE = 500


class InstantOrder(models.Model):
    """Hand-over of a parcel (IT-DLV-04): doors of its screen, and their kernel.

    Every attempt is written in a short transaction of its own with the order locked, so
    that a wrong code stays on record whatever becomes of the request, and two people
    trying codes at one moment count each other.
    """

    _inherit = "instant.order"

    next_attempt_at = fields.Datetime(readonly=True, copy=False, string="Next Attempt")
    handover_pause = fields.Char(
        compute="_compute_handover_pause",
        string="Pick-up Code",
        help="Why pick-up codes are not taken at the moment.",
    )

    @api.depends("attempt_ids", "state")
    def _compute_handover_pause(self):
        for order in self:
            if order.state != "shipped":
                order.handover_pause = False
                continue
            # sudo: whether codes are taken is shown to whom the order is
            pause, _left = order.attempt_ids.sudo()._get_guard(order)
            order.handover_pause = self._get_pause_text(pause) if pause else False

    # === DOORS === #

    @api.model
    def handover_find(self, code):
        """Return the parcel whose order number was scanned or typed.

        :raise UserError: there is none in the user's units
        """
        order = self.search([("name", "=", normalize(code) or "-")], limit=1)
        if not order or order.state == "draft":
            raise UserError(
                self.env._(
                    "No parcel %(code)s in your units.", code=str(code or "")[:64]
                )
            )
        order._check_may_hand_over()
        return order._get_parcel(self.env.user)

    def action_deliver(
        self, code, photo=None, signature=None, receiver=None, place=None
    ):
        """Hand over the parcel against its pick-up code (IT-DLV-04).

        A wrong code is kept as a failed attempt even though this call refuses it.

        :param str code: what the receiver says or shows
        :param photo: base64 image of the hand-over, optional
        :param signature: base64 image, optional
        :param place: ``[latitude, longitude]`` where it happens, optional
        :return: ``{"ok": bool, "message": str, "parcel": dict}``
        """
        self._check_may_hand_over()
        receipt = self.env["instant.delivery.attempt"]._prepare_receipt(
            photo, signature, receiver, place
        )
        user = self.env.user
        with self._on_books() as order:
            result = order._deliver(code, receipt)
            result["parcel"] = order._get_parcel(user)
        self.invalidate_recordset()
        return result

    def action_deliver_failed(
        self, reason, photo=None, note=None, again_at=None, carrier_id=None, place=None
    ):
        """Record a visit without success.

        The parcel stays on its way for another attempt; after the last one it goes
        back to stock.

        :param str reason: one of ``FAIL_REASONS``
        :param again_at: when it is tried again (UTC), optional
        :param int carrier_id: by which method then, optional
        :return: ``{"ok": True, "message": str, "parcel": dict}``
        """
        self._check_may_hand_over()
        if reason not in dict(FAIL_REASONS):
            raise UserError(
                self.env._("Reason: %(reason)s is not one of the list.", reason=reason)
            )
        receipt = self.env["instant.delivery.attempt"]._prepare_receipt(
            photo, place=place
        )
        receipt["note"] = str(note or "").strip()[:MAX_NOTE]
        again_at = self._check_again_at(again_at)
        carrier = self._find_next_carrier(carrier_id)
        user = self.env.user
        with self._on_books() as order:
            message = order._fail_visit(reason, receipt, again_at, carrier)
            parcel = order._get_parcel(user)
        self.invalidate_recordset()
        return {"ok": True, "message": message, "parcel": parcel}

    def action_allow_codes(self):
        """The desk has looked into the wrong codes: further ones are taken again."""
        self.check_access("write")
        if not self.env.user.has_group("lottery_base.group_order_desk"):
            raise AccessError(
                self.env._("Only the order desk allows codes again after wrong ones.")
            )
        for order in self:
            with order._on_books() as locked:
                locked._allow_codes()
        self.invalidate_recordset()
        return True

    def action_open_handover(self):
        """Open the hand-over screen with this parcel."""
        self._check_may_hand_over()
        return {
            **self.env["ir.actions.client"]._for_xml_id(
                "instant_ticket.instant_handover_action"
            ),
            "params": {"order_name": self.name},
        }

    # === RIGHTS AND INPUT === #

    def _check_may_hand_over(self):
        """Drivers of the unit, and who may write its orders.

        The owner's own screen is another one.
        """
        self.ensure_one()
        is_driver = self.env.user.has_group("lottery_base.group_driver")
        self.check_access("read" if is_driver else "write")

    @api.model
    def _check_again_at(self, value):
        try:
            moment = fields.Datetime.to_datetime(value or None)
        except (TypeError, ValueError) as error:
            raise UserError(
                self.env._("Next attempt: this is no date and time.")
            ) from error
        now = fields.Datetime.now()
        if moment and not now - timedelta(hours=1) <= moment <= now + timedelta(
            days=PLAN_DAYS
        ):
            raise UserError(
                self.env._(
                    "Next attempt: choose a time within the next %(days)s days.",
                    days=PLAN_DAYS,
                )
            )
        return moment

    def _find_next_carrier(self, carrier_id):
        """Return the method chosen for the next attempt, among those of the user."""
        carriers = self.env["delivery.carrier"]
        if not carrier_id:
            return carriers
        carrier = carriers.search(
            [
                ("id", "=", carrier_id if type(carrier_id) is int else 0),
                ("ticket_kind", "!=", False),
            ]
        )
        if not carrier:
            raise UserError(self.env._("Delivery method: choose one of the list."))
        return carrier

    # === KERNEL, books locked === #

    def _check_on_the_way(self):
        if self.state != "shipped":
            raise UserError(
                self.env._("Order %(name)s is not on its way.", name=self.name)
            )

    def _deliver(self, code, receipt):
        self._check_on_the_way()
        attempts = self.env["instant.delivery.attempt"]
        pause, _left = attempts._get_guard(self)
        if pause:
            return {"ok": False, "message": self._get_pause_text(pause)}
        digits = clean_code(code)
        if not digits:
            return {
                "ok": False,
                "message": self.env._("Pick-up code: enter its six digits."),
            }
        if digits != self.pickup_code:
            return {"ok": False, "message": self._record_wrong_code(receipt)}
        attempts._record(self, "delivered", receipt)
        self._set_delivered({})
        return {"ok": True, "message": self.env._("Delivered.")}

    def _record_wrong_code(self, receipt):
        """Keep the attempt, without pictures: who guesses fills no disk."""
        attempts = self.env["instant.delivery.attempt"]
        kept = ("receiver", "latitude", "longitude")
        attempts._record(self, "wrong_code", {name: receipt.get(name) for name in kept})
        pause, left = attempts._get_guard(self)
        if not pause:
            return self.env._(
                "The pick-up code is wrong. %(left)s tries are left.", left=left
            )
        self._journal("delivery.codes_paused", {"order": self.name})
        self._call_desk(
            self.env._("Wrong pick-up codes"),
            self.env._(
                "Many wrong pick-up codes for %(order)s. Call the outlet, then allow "
                "codes again on the order.",
                order=self.name,
            ),
        )
        return self._get_pause_text(pause)

    @api.model
    def _get_pause_text(self, pause):
        if not pause.until:
            return self.env._(
                "Too many wrong codes. The order desk has to allow further ones."
            )
        local = fields.Datetime.context_timestamp(self, pause.until)
        return self.env._(
            "Too many wrong codes. Codes are taken again at %(time)s; the order desk "
            "can allow them earlier.",
            time=local.strftime("%H:%M"),
        )

    def _allow_codes(self):
        self.ensure_one()
        attempts = self.env["instant.delivery.attempt"]
        if not attempts._get_wrong_codes(self):
            return
        attempts._record(self, "unlocked", {})
        self._close_calls(("delivery",))

    def _fail_visit(self, reason, receipt, again_at, carrier):
        """Record a visit without success; return what comes next, in words."""
        self._check_on_the_way()
        attempts = self.env["instant.delivery.attempt"]
        attempts._record(self, reason, {**receipt, "next_at": again_at})
        if self._count_visits() >= MAX_VISITS:
            label = dict(attempts._fields["outcome"]._description_selection(self.env))
            self._start_return(
                self.env._(
                    "%(visits)s visits without success: %(reason)s",
                    visits=MAX_VISITS,
                    reason=label[reason],
                )
            )
            return self.env._("That was the last attempt. Take the parcel back.")
        self.next_attempt_at = again_at
        if carrier:
            self.carrier_id = carrier.id
        return self.env._("Noted. The parcel stays on its way.")

    def _count_visits(self, before=None):
        """Count visits without success, without those that no longer count.

        :param int before: how many do not count; default: those before a return that
            was called off
        """
        made = self.env["instant.delivery.attempt"].search_count(
            [
                ("order_id", "=", self.id),
                ("outcome", "in", list(dict(FAIL_REASONS))),
            ]
        )
        return made - (self.visits_before if before is None else before)

    def _set_delivered(self, values):
        self.ensure_one()
        self._update_state("delivered", note=values.get("note"))

    # === RECEIPT BY THE OWNER === #

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

    # === SCREEN === #

    def _get_parcel(self, user):
        """Return what the hand-over screen shows; never the pick-up code.

        :param user: for whom; decides which buttons there are
        """
        self.ensure_one()
        order_sudo = self.sudo()  # the door checked the order; its outlet and method
        # are shown to whom carries the parcel
        outlet = order_sudo.outlet_id
        states = dict(self._fields["state"]._description_selection(self.env))
        pause, left = order_sudo.attempt_ids._get_guard(order_sudo)
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "state_label": states[self.state],
            "reason": self.reason or "",
            "outlet": {
                "number": outlet.number,
                "name": outlet.name,
                "address": self.delivery_address or "",
                "owner": outlet.owner_id.name or "",
                "phone": outlet.owner_id.phone or "",
            },
            "packs": self.pack_count,
            "lines": [
                {
                    "id": line.id,
                    "game": line.game_id.name,
                    "code": line.game_id.code,
                    "packs": line.quantity,
                }
                for line in order_sudo.line_ids
            ],
            "deadline": fields.Datetime.to_string(self.deadline or False),
            "carrier": order_sudo.carrier_id.name or "",
            "contact": order_sudo.carrier_contact or "",
            "next_attempt": fields.Datetime.to_string(self.next_attempt_at or False),
            "pause": self._get_pause_text(pause) if pause else "",
            "tries": left,
            "last_visit": order_sudo._count_visits() + 1 >= MAX_VISITS,
            **order_sudo._get_return_progress(user),
        }

    @api.model
    def handover_choices(self):
        """Return the lists of the "not delivered" form, in the user's language."""
        attempts = self.env["instant.delivery.attempt"]
        labels = dict(attempts._fields["outcome"]._description_selection(self.env))
        carriers = self.env["delivery.carrier"].search(
            [("ticket_kind", "!=", False)], limit=50
        )
        return {
            "reasons": [[code, labels[code]] for code, _label in FAIL_REASONS],
            "carriers": [[carrier.id, carrier.name] for carrier in carriers],
        }
