from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from odoo.addons.lottery_base.tools.phone import normalize_mobile

from ...const import (
    IDENTITY_NEEDED,
    MAX_CALL_SECONDS,
    MAX_NOTE,
    MAX_PACKS_PER_LINE,
    ORDER_TONES,
)
from ...exceptions import OrderRefused
from ..instant_portal import CLOSED_STATES, OPEN_STATES

MIN_CHARACTERS = 2
MIN_PHONE_DIGITS = 4
MAX_FOUND = 10
LAST_ORDERS = 6


class InstantDesk(models.AbstractModel):
    """What the telephone order's screen asks and does (IT-DSK-01).

    Catalogue, stock and money come from ``instant.portal``, orders are placed by
    ``instant.order._place``: the desk and the owner's phone share one source and the
    same checks. Every method may be called by RPC; outlets are searched as the user.
    """

    _name = "instant.desk"
    _description = "Telephone Order"

    # === OUTLETS === #

    @api.model
    def search_outlets(self, text):
        """Find outlets by the phone of a person, by number or by name.

        :param str text: as it was typed; fewer than two characters find nothing
        :return: at most ``MAX_FOUND`` rows, those that can order first
        """
        self._check_may_order()
        text = text.strip() if isinstance(text, str) else ""
        if len(text) < MIN_CHARACTERS:
            return []
        outlets = self.env["lottery.outlet"].search(
            self._get_search_domain(text)
            & Domain("number", "!=", False)
            & self.env["instant.order"]._get_orderable_domain(),
            limit=3 * MAX_FOUND,
        )
        ranked = outlets.sorted(
            lambda outlet: (outlet.number != text, outlet.state != "active")
        )
        states = dict(outlets._fields["state"]._description_selection(self.env))
        return [
            {
                "id": outlet.id,
                "number": outlet.number,
                "name": outlet.name,
                "owner": outlet.owner_name or "",
                "phone": self._format_phone(outlet.owner_phone),
                "branch": outlet.sudo().branch_id.name,  # may lie above the user's
                "state": outlet.state,
                "state_name": states[outlet.state],
            }
            for outlet in ranked[:MAX_FOUND]
        ]

    @api.model
    def _get_search_domain(self, text):
        literal = text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        domain = (
            Domain("number", "=ilike", literal + "%")
            | Domain("name", "ilike", literal)
            | Domain("owner_name", "ilike", literal)
        )
        phone = normalize_mobile(text)
        digits = phone or "".join(filter(str.isdigit, text))
        if len(digits) >= MIN_PHONE_DIGITS:
            domain |= Domain("any_phone", "ilike", digits)
        return domain

    @api.model
    def _format_phone(self, phone):
        """Return a phone as it is said."""
        return (phone or "").removeprefix("+86")

    @api.model
    def load_outlet(self, outlet_id):
        """Return all that the agent needs of an outlet to take its order.

        Amounts in yuan, times in UTC.
        """
        self._check_may_order()
        outlet = self.env["instant.order"]._find_orderable_outlet(outlet_id)
        portal = self.env["instant.portal"]
        shop = portal._read_shop(outlet.id)
        channel = self.env["instant.order"]._default_channel()
        questions = self._get_identity_questions(outlet) if channel == "desk" else []
        return {
            "outlet": self._prepare_outlet(outlet),
            "blocker": self._get_blocker(shop),
            "money": {name: shop[name] for name in ("usable", "held", "balance")},
            "delivery": self._prepare_delivery(outlet),
            "identity": questions,
            "identity_needed": min(self._get_identity_needed(), len(questions)),
            "orders": self._prepare_last_orders(outlet),
            "repeat": self._prepare_repeat(outlet),
            "games": [
                self._prepare_game(game)
                for game in portal._read_catalogue(shop["warehouse_id"])
            ],
            "max_packs": MAX_PACKS_PER_LINE,
            "max_note": MAX_NOTE,
        }

    def _prepare_outlet(self, outlet):
        states = dict(outlet._fields["state"]._description_selection(self.env))
        # sudo: unit and specialist may lie above what the user sees
        outlet_sudo = outlet.sudo()
        return {
            "id": outlet.id,
            "number": outlet.number or "",
            "name": outlet.name,
            "state": outlet.state,
            "state_name": states[outlet.state],
            "owner": outlet.owner_name or "",
            "phone": self._format_phone(outlet.owner_phone),
            "branch": outlet_sudo.branch_id.name,
            "specialist": outlet_sudo.specialist_id.name or "",
        }

    def _prepare_delivery(self, outlet):
        """Return address, method and promised time of a parcel ordered now."""
        order = self.env["instant.order"].new({"outlet_id": outlet.id})
        hours = order._promised_hours(outlet)
        order.deadline = fields.Datetime.now() + timedelta(hours=hours)
        order._assign_carrier()
        carrier_sudo = order.carrier_id.sudo()  # its name only
        return {
            "address": outlet.delivery_address or "",
            "method": carrier_sudo.name or "",
            "hours": hours,
            "arrival": fields.Datetime.to_string(order.expected_arrival),
        }

    def _get_blocker(self, shop):
        """Return why the outlet can't order at all just now, or False."""
        try:
            if not shop["account_id"]:
                self.env["instant.order"]._lock_outlet(shop["id"])
            # sudo: closures of units above count too
            self.env["instant.order"].sudo()._check_outlet(shop)
        except OrderRefused as refusal:
            return refusal.args[0]
        return False

    @api.model
    def _prepare_game(self, game):
        """Return what a card of the catalogue shows of a row of ``instant.portal``."""
        shown = ("id", "code", "name", "face", "price", "left")
        labels = ("is_new", "is_hot", "is_exiting")
        return {
            **{name: game[name] for name in shown + labels},
            "tickets": game["tickets_per_pack"],
            "image": game["has_image"]
            and f"/web/image/instant.game/{game['id']}/image_front_256"
            f"?unique={game['version']}",
        }

    def _prepare_last_orders(self, outlet):
        rows, _more = self.env["instant.portal"]._read_orders(
            outlet.id, OPEN_STATES + CLOSED_STATES
        )
        names = self._get_state_names()
        return [
            {
                "id": row["id"],
                "name": row["name"],
                "games": row["games"] or "",
                "packs": row["pack_count"],
                "amount": row["amount"],
                "submitted_at": fields.Datetime.to_string(row["submitted_at"]),
                "state_name": names[row["state"]],
                "tone": ORDER_TONES[row["state"]],
            }
            for row in rows[:LAST_ORDERS]
        ]

    def _prepare_repeat(self, outlet):
        """Return ``{"name", "lines": [{"game", "packs"}]}`` of the last order."""
        portal = self.env["instant.portal"]
        order_id = portal._read_last_order_id(outlet.id)
        if not order_id:
            return False
        order = self.env["instant.order"].search([("id", "=", order_id)])
        return {
            "name": order.name,
            "lines": [
                {"game": line.game_id.id, "packs": line.quantity}
                for line in order.line_ids
            ],
        }

    def _get_state_names(self):
        states = self.env["instant.order"]._fields["state"]
        return dict(states._description_selection(self.env))

    # === IDENTITY === #

    @api.model
    def _get_identity_names(self):
        """Return ``{code: what is asked}``."""
        return {
            "owner_name": self.env._("Owner's name"),
            "phone_end": self.env._("Last four digits of the recorded mobile"),
            "id_card_end": self.env._("Last four digits of the owner's ID card"),
            "licence": self.env._("Licence number"),
            "number": self.env._("Outlet number"),
            "address": self.env._("Address of the outlet"),
        }

    @api.model
    def _get_identity_questions(self, outlet):
        """Return ``[{"code", "question", "answer"}]``; what isn't on file isn't asked."""
        owner_sudo = outlet.owner_id.sudo()  # of an outlet that the user may see
        answers = {
            "owner_name": owner_sudo.name,
            "phone_end": (owner_sudo.phone or "")[-4:],
            "id_card_end": (owner_sudo.id_card_number_hint or "")[-4:],
            "licence": outlet.licence_number,
            "number": outlet.number,
            "address": outlet.delivery_address,
        }
        return [
            {"code": code, "question": question, "answer": answers[code]}
            for code, question in self._get_identity_names().items()
            if answers[code]
        ]

    @api.model
    def _get_identity_needed(self):
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        return int(
            parameters_sudo.get_param("instant_ticket.identity_needed", IDENTITY_NEEDED)
        )

    def _check_identity(self, outlet, answered):
        """Return the codes of the questions answered right, in their order.

        :raise OrderRefused: too few of them, code ``identity``
        """
        codes = [question["code"] for question in self._get_identity_questions(outlet)]
        answered = set(answered) if isinstance(answered, list) else set()
        right = [code for code in codes if code in answered]
        needed = min(self._get_identity_needed(), len(codes))
        if len(right) < needed:
            raise OrderRefused(
                self.env._(
                    "Caller: ask at least %(needed)s identity questions and tick the "
                    "right answers.",
                    needed=needed,
                ),
                "identity",
                {"needed": needed},
            )
        return right

    # === ORDERS === #

    @api.model
    def place(self, outlet_id, lines, key, note=None, seconds=0, identity=None):
        """Place the order of a call, once however often it is sent (IT-DSK-01).

        :param list lines: ``[{"game": id, "packs": n}]``
        :param str key: made by the screen for this order, sent again with each retry
        :param int seconds: since the call began
        :param list identity: codes of the questions the caller answered right
        :return: ``{"ok": True, "order_id", "name", "duplicate"}`` or
            ``{"ok": False, "code", "message", "details"}`` with nothing held
        """
        self._check_may_order()
        orders = self.env["instant.order"]
        outlet = orders._find_orderable_outlet(outlet_id)
        channel = orders._default_channel()
        try:
            self._check_key_and_note(key, note)
            call = None
            if channel == "desk":
                call = {
                    "seconds": self._clamp_seconds(seconds),
                    "identity": self._check_identity(outlet, identity),
                }
            placed = orders._place(
                outlet.id,
                orders._parse_lines(lines),
                channel=channel,
                key=key,
                note=note or None,
                call=call,
            )
        except OrderRefused as refusal:
            return {
                "ok": False,
                "code": refusal.code,
                "message": refusal.args[0],
                "details": refusal.details,
            }
        return {
            "ok": True,
            "order_id": placed["order_id"],
            "name": placed["name"],
            "duplicate": placed["duplicate"],
        }

    def _check_key_and_note(self, key, note):
        if not isinstance(key, str) or not 16 <= len(key) <= 64:
            raise OrderRefused(
                self.env._("An idempotency key of 16 to 64 characters is required."),
                "bad_key",
            )
        if note is not None and (not isinstance(note, str) or len(note) > MAX_NOTE):
            raise OrderRefused(
                self.env._("Note: at most %(max)s characters.", max=MAX_NOTE),
                "bad_note",
            )

    @staticmethod
    def _clamp_seconds(seconds):
        return max(0, min(seconds, MAX_CALL_SECONDS)) if type(seconds) is int else 0

    @api.model
    def find_order(self, outlet_id, key):
        """Return ``{"order_id", "name"}`` of the order placed with ``key``, or False."""
        self._check_may_order()
        outlet = self.env["instant.order"]._find_orderable_outlet(outlet_id)
        if not isinstance(key, str) or not key:
            return False
        order = self.env["instant.order"].search(
            [("outlet_id", "=", outlet.id), ("key", "=", key)], limit=1
        )
        return {"order_id": order.id, "name": order.name} if order else False

    @api.model
    def read_order(self, order_id):
        """Return the live state of an order: in words, with its colour."""
        order = self._find_order(order_id)
        waiting = dict(order._fields["ilms_state"]._description_selection(self.env))
        return {
            "id": order.id,
            "name": order.name,
            "state": order.state,
            "state_name": self._get_state_names()[order.state],
            "tone": ORDER_TONES[order.state],
            "waiting": waiting.get(order.ilms_state, ""),
            "reason": order.reason or "",
            "amount": order.amount,
            "packs": order.pack_count,
            "deadline": fields.Datetime.to_string(order.deadline),
        }

    @api.model
    def end_call(self, order_id):
        """Note that the call of an order is over."""
        order = self._find_order(order_id)
        if order.channel == "desk":
            order._end_call()
        return True

    def _find_order(self, order_id):
        self._check_may_order()
        orders = self.env["instant.order"]
        order = orders.browse()
        if type(order_id) is int:
            order = orders.search([("id", "=", order_id)], limit=1)
        if not order:
            raise AccessError(self.env._("There is no such order among yours."))
        return order

    def _check_may_order(self):
        self.env["instant.order"].check_access("create")
