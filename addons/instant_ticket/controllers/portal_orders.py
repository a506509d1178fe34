import secrets

from odoo.http import Controller, request, route

from ..models.instant_portal import CLOSED_STATES, OPEN_STATES
from ..models.order.instant_order_claim import MAX_PHOTOS, MAX_TEXT
from .owner_page import OwnerPage
from .owner_words import return_words, state_words

FILTERS = {
    "open": OPEN_STATES,
    "closed": CLOSED_STATES,
    "all": (*OPEN_STATES, *CLOSED_STATES),
}
STEPS = ("submitted", "locked", "picking", "shipped", "done")
LIVE_STATES = ("submitted", "locked", "picking", "shipped", "exception")
CLAIM_TONES = {"new": "wait", "handled": "way", "closed": "ok"}
SHOWN_NOTES = ("cancelled", "rejected", "exception")


class PortalOrders(OwnerPage, Controller):
    """List of orders and one order (IT-POR-05)."""

    @route(
        "/my/tickets/orders", type="http", auth="owner", readonly=True, sitemap=False
    )
    def orders(self, show="open", before=None, **_kw):
        outlet = self._get_outlet()
        show = show if show in FILTERS else "open"
        before = (
            int(before) if before and before.isdigit() and len(before) < 10 else None
        )
        orders, more = request.env["instant.portal"]._read_orders(
            outlet.id, FILTERS[show], before
        )
        for order in orders:
            order["words"] = state_words(request.env, order["state"])
        return self._render(
            "portal_orders",
            "orders",
            outlet,
            {"orders": orders, "more": more, "show": show, "before": before},
        )

    @route(
        "/my/tickets/orders/<int:order_id>",
        type="http",
        auth="owner",
        readonly=True,
        sitemap=False,
    )
    def order(self, order_id, **_kw):
        outlet = self._get_outlet()
        order = self._find_order(outlet, order_id)
        if not order:
            return self._not_found(outlet)
        return self._render_order(outlet, order)

    @route(
        "/my/tickets/orders/<int:order_id>/state",
        type="http",
        auth="owner",
        readonly=True,
        sitemap=False,
    )
    def order_state(self, order_id, **_kw):
        """Say in a few bytes whether the page of an order is still up to date."""
        outlet = self._get_outlet()
        order = self._find_order(outlet, order_id)
        if not order:
            return request.make_json_response({"mark": None}, status=404)
        ilms_down = order.ilms_state in ("down", "parked")
        return request.make_json_response(
            {
                "mark": self._get_mark(order, ilms_down),
                "live": order.state in LIVE_STATES,
                "title": state_words(request.env, order.state, ilms_down=ilms_down)[
                    "title"
                ],
            },
            headers=[("Cache-Control", "no-store")],
        )

    # === READING === #

    @staticmethod
    def _find_order(outlet, order_id):
        """Return the outlet's order or the empty set; drafts are the desk's."""
        return request.env["instant.order"].search(
            [
                ("id", "=", order_id),
                ("outlet_id", "=", outlet.id),
                ("state", "!=", "draft"),
            ],
            limit=1,
        )

    @staticmethod
    def _get_mark(order, ilms_down):
        """A word that changes whenever the page would look different."""
        return "-".join(
            (
                order.state,
                str(int(order.confirming)),
                str(int(ilms_down)),
                order.tracking_ref or "",
                str(order.write_date.timestamp()),
            )
        )

    def _render_order(
        self, outlet, order, *, error=None, claim_values=None, status=200
    ):
        portal = request.env["instant.portal"]
        shop = portal._read_shop(outlet.id)
        lines = portal._read_order_lines(order.id, shop["warehouse_id"])
        ilms_down = order.ilms_state in ("down", "parked")
        words = {
            **state_words(request.env, order.state, ilms_down=ilms_down),
            **return_words(request.env, order.return_state),
        }
        claims = request.env["instant.order.claim"]
        scanned = sum(line["scanned"] for line in lines)
        return self._render(
            "portal_order",
            "orders",
            outlet,
            {
                "order": order,
                "lines": lines,
                "words": words,
                "ilms_down": ilms_down,
                "mark": self._get_mark(order, ilms_down),
                "live": order.state in LIVE_STATES,
                "steps": self._get_steps(order),
                "timeline": self._get_timeline(order),
                # sudo: owners read the method's name, not the scheme
                "carrier_name": order.state in ("shipped", "delivered")
                and order.carrier_id.sudo().name,
                "claim_key": f"c-{secrets.token_hex(12)}",
                "may_cancel": order.state in ("submitted", "locked")
                and not scanned
                and not order.confirming,
                "may_receive": order.state in ("shipped", "delivered"),
                "receive_words": request.env._(
                    "I have all %(packs)s packs", packs=order.pack_count
                ),
                "may_claim": claims._is_open_for(order),
                "claims": claims.search([("order_id", "=", order.id)]),
                "claim_kinds": claims._fields["kind"]._description_selection(
                    request.env
                ),
                "claim_states": dict(
                    claims._fields["state"]._description_selection(request.env)
                ),
                "claim_tones": CLAIM_TONES,
                "claim_values": claim_values or {},
                "max_photos": MAX_PHOTOS,
                "max_text": MAX_TEXT,
                "error": error,
            },
            shop=shop,
            status=status,
        )

    def _get_steps(self, order):
        """Return the five steps with ``done``/``now``/``todo``, empty when stopped."""
        env = request.env
        if order.state in ("cancelled", "rejected", "exception"):
            return []
        state = "shipped" if order.state == "delivered" else order.state
        reached = STEPS.index(state)
        labels = {
            "orders": env._("Placed"),
            "lock": env._("Confirmed"),
            "box": env._("Packed"),
            "truck": env._("On the way"),
            "done": env._("Received"),
        }
        return [
            {
                "icon": icon,
                "label": label,
                "is": "done"
                if index < reached or state == "done"
                else "now"
                if index == reached
                else "todo",
            }
            for index, (icon, label) in enumerate(labels.items())
        ]

    def _get_timeline(self, order):
        """Return the history, newest first, without what only the staff needs."""
        return [
            {
                "title": state_words(request.env, event.to_state)["title"],
                "date": event.date,
                "note": event.note if event.to_state in SHOWN_NOTES else None,
            }
            for event in order.event_ids.sorted("id", reverse=True)
        ]
