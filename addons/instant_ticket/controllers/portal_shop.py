import json
import re
from datetime import timedelta

from odoo import fields
from odoo.http import Controller, request, route
from odoo.tools import is_html_empty

from ..const import MAX_LINES_PER_ORDER, MAX_NOTE, MAX_PACKS_PER_LINE
from ..engine.sla import sla_hours
from ..exceptions import OrderRefused
from .owner_page import OwnerPage

_KEY = re.compile(r"[0-9A-Za-z-]{16,64}")


class PortalShop(OwnerPage, Controller):
    """Catalogue, cart and the submission of orders (IT-POR-02 to 04)."""

    @route("/my/tickets", type="http", auth="owner", readonly=True, sitemap=False)
    def catalogue(self, face=None, sort="best", q="", **_kw):
        """Games in stock at the outlet's warehouse.

        Filter, order and search work without script by these parameters; the page's
        script does the same without a round trip.
        """
        outlet = self._get_outlet()
        portal = request.env["instant.portal"]
        shop = portal._read_shop(outlet.id)
        games = portal._read_catalogue(shop["warehouse_id"])
        face = float(face) if face and face.isdigit() else None
        shown = self._sort_games(
            [game for game in games if self._matches(game, face, q)], sort
        )
        return self._render(
            "portal_catalogue",
            "shop",
            outlet,
            {
                "games": shown,
                "faces": sorted({game["face"] for game in games}),
                "face": face,
                "sort": sort,
                "sorts": self._get_sorts(),
                "query": q,
                "campaigns": portal._read_campaigns(shop["warehouse_id"]),
                "client_json": portal._as_client_json(games),
                "in_stock": len(games),
                "last_order_id": portal._read_last_order_id(outlet.id),
            },
            shop=shop,
        )

    @route(
        "/my/tickets/game/<int:game_id>",
        type="http",
        auth="owner",
        readonly=True,
        sitemap=False,
    )
    def game(self, game_id, **_kw):
        outlet = self._get_outlet()
        portal = request.env["instant.portal"]
        shop = portal._read_shop(outlet.id)
        rows = portal._read_catalogue(shop["warehouse_id"], [game_id])
        if not rows:
            return self._not_found(outlet, tab="shop")
        game = request.env["instant.game"].search([("id", "=", game_id)])
        return self._render(
            "portal_game",
            "shop",
            outlet,
            {
                "game": rows[0],
                "record": game,
                "has_rules": not is_html_empty(game.rules),
                "orderable": rows[0]["left"] > 0
                and rows[0]["active"]
                and rows[0]["state"] in ("on_sale", "exiting"),
                "pictures": [
                    name
                    for name in ("front", "scratched", "back")
                    if game[f"image_{name}"]
                ],
                "client_json": portal._as_client_json(rows),
            },
            shop=shop,
        )

    @route("/my/tickets/cart", type="http", auth="owner", readonly=True, sitemap=False)
    def cart(self, repeat=None, **_kw):
        """The cart itself lives on the phone; the page brings prices and stock.

        :param repeat: order of the outlet whose lines go into the cart
        """
        outlet = self._get_outlet()
        portal = request.env["instant.portal"]
        shop = portal._read_shop(outlet.id)
        games = portal._read_catalogue(shop["warehouse_id"])
        by_id = {game["id"]: game for game in games}
        hours = sla_hours(shop["distance_km"] or 0.0, shop["sla_override_hours"] or 0)
        recommended = [
            {
                **by_id[row["game_id"]],
                "why": request.env._(
                    "%(outlets)s outlets like yours ordered %(packs)s packs in 30 days",
                    outlets=row["outlets"],
                    packs=row["packs"],
                ),
            }
            for row in portal._read_recommended(outlet.id)
            if row["game_id"] in by_id
        ]
        return self._render(
            "portal_cart",
            "shop",
            outlet,
            {
                "client_json": portal._as_client_json(games),
                "within": request.env._("within %(hours)s hours", hours=hours),
                "arrival": fields.Datetime.now() + timedelta(hours=hours),
                "recommended": recommended,
                "repeat_lines": json.dumps(self._get_repeat_lines(outlet, repeat)),
                "last_order_id": portal._read_last_order_id(outlet.id),
                "max_note": MAX_NOTE,
                "max_packs": MAX_PACKS_PER_LINE,
            },
            shop=shop,
        )

    def _get_repeat_lines(self, outlet, repeat):
        """Return ``{game id: packs}`` of an own order, empty for anything else."""
        if not repeat or not repeat.isdigit() or len(repeat) > 9:
            return {}
        order = request.env["instant.order"].search(
            [("id", "=", int(repeat)), ("outlet_id", "=", outlet.id)], limit=1
        )
        return {line.game_id.id: line.quantity for line in order.line_ids}

    # === ORDERING === #

    @route("/my/tickets/order", type="jsonrpc", auth="owner", methods=["POST"])
    def place_order(self, outlet=None, key=None, lines=None, note=None, **_kw):
        """Place the order of a cart, once however often it is sent (IT-POR-04).

        :param int outlet: the outlet the cart belongs to; the session may meanwhile
            have switched to another
        :param str key: made by the phone for this cart, sent again with each retry
        :param list lines: ``[{"game": id, "packs": n}]``
        :return: ``{"ok": True, "order_id", "name", "url"}`` or
            ``{"ok": False, "code", "message", "details"}`` with nothing held
        """
        owned = self._get_outlet()
        if outlet != owned.id:
            return self._refusal(
                "outlet_changed",
                request.env._("You switched to another outlet. Open its cart again."),
            )
        try:
            parsed = self._parse_lines(lines)
            self._check_key_and_note(key, note)
            placed = request.env["instant.order"]._place(
                owned.id, parsed, channel="portal", key=key, note=note or None
            )
        except OrderRefused as refusal:
            return self._refusal(refusal.code, refusal.args[0], refusal.details)
        return {
            "ok": True,
            "order_id": placed["order_id"],
            "name": placed["name"],
            "url": f"/my/tickets/orders/{placed['order_id']}",
            "duplicate": placed["duplicate"],
        }

    @route(
        "/my/tickets/order/find",
        type="jsonrpc",
        auth="owner",
        methods=["POST"],
        readonly=True,
    )
    def find_order(self, key=None, **_kw):
        """Return the order a phone placed with ``key``, if it arrived."""
        outlet = self._get_outlet()
        if not isinstance(key, str):
            return {"found": False}
        order = request.env["instant.order"].search(
            [("outlet_id", "=", outlet.id), ("key", "=", key)], limit=1
        )
        if not order:
            return {"found": False}
        return {
            "found": True,
            "name": order.name,
            "url": f"/my/tickets/orders/{order.id}",
        }

    def _parse_lines(self, lines):
        """Return ``[(game id, packs)]``; nothing but whole numbers gets through."""
        refused = OrderRefused(request.env._("The cart is empty."), "bad_quantity")
        if not isinstance(lines, list) or not lines:
            raise refused
        if len(lines) > MAX_LINES_PER_ORDER:
            raise OrderRefused(
                request.env._(
                    "An order has between 1 and %(max)s games.", max=MAX_LINES_PER_ORDER
                ),
                "bad_quantity",
            )
        parsed = []
        for line in lines:
            game = line.get("game") if isinstance(line, dict) else None
            packs = line.get("packs") if isinstance(line, dict) else None
            if type(game) is not int or not 0 < game < 2**31 or type(packs) is not int:
                raise OrderRefused(
                    request.env._("The cart cannot be read. Open it again."),
                    "bad_quantity",
                )
            parsed.append((game, packs))
        return parsed

    def _check_key_and_note(self, key, note):
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise OrderRefused(
                request.env._("The cart cannot be read. Open it again."), "bad_key"
            )
        if note is not None and (not isinstance(note, str) or len(note) > MAX_NOTE):
            raise OrderRefused(
                request.env._("Note: at most %(max)s characters.", max=MAX_NOTE),
                "bad_note",
            )

    @staticmethod
    def _refusal(code, message, details=None):
        return {
            "ok": False,
            "code": code,
            "message": str(message),
            "details": details or {},
        }

    # === CATALOGUE === #

    @staticmethod
    def _matches(game, face, query):
        if face is not None and game["face"] != face:
            return False
        needle = query.strip().lower()
        text = f"{game['code']} {game['name']} {game['theme'] or ''}".lower()
        return needle in text

    @staticmethod
    def _sort_games(games, sort):
        keys = {
            "face": lambda game: (game["face"], game["code"]),
            "face_down": lambda game: (-game["face"], game["code"]),
            "price": lambda game: (game["price"], game["code"]),
            "price_down": lambda game: (-game["price"], game["code"]),
            "stock": lambda game: (-game["left"], game["code"]),
            "new": lambda game: (
                -(game["launch_date"].toordinal() if game["launch_date"] else 0),
                game["code"],
            ),
        }
        return sorted(games, key=keys[sort]) if sort in keys else games

    @staticmethod
    def _get_sorts():
        env = request.env
        return {
            "best": env._("Recommended"),
            "new": env._("Newest first"),
            "face": env._("Face value: low first"),
            "face_down": env._("Face value: high first"),
            "price": env._("Pack amount: low first"),
            "price_down": env._("Pack amount: high first"),
            "stock": env._("Most in stock"),
        }
