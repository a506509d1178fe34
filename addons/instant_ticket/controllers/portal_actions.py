from odoo.exceptions import UserError
from odoo.http import Controller, request, route

from ..models.order.instant_order_claim import MAX_PHOTOS
from .portal_orders import PortalOrders

# Four photos and the form around them; a larger body is refused unread.
MAX_CLAIM_BODY = 45 * 1024 * 1024
MAX_DIGITS = 6


class PortalActions(PortalOrders, Controller):
    """What an owner does with an order: plain forms, they work without script."""

    @route(
        "/my/tickets/orders/<int:order_id>/cancel",
        type="http",
        auth="owner",
        methods=["POST"],
    )
    def cancel(self, order_id, change=None, **_kw):
        """Cancel while nothing is scanned.

        :param change: set: the lines go back into the cart to be ordered anew
        """
        outlet = self._get_outlet()
        order = self._find_order(outlet, order_id)
        if not order:
            return self._not_found(outlet)
        try:
            order.action_cancel(
                request.env._("Changed by the owner")
                if change
                else request.env._("Cancelled by the owner")
            )
        except UserError as error:
            return self._render_order(outlet, order, error=error.args[0], status=409)
        if change:
            return request.redirect(f"/my/tickets/cart?repeat={order.id}")
        return request.redirect(f"/my/tickets/orders/{order.id}")

    @route(
        "/my/tickets/orders/<int:order_id>/receive",
        type="http",
        auth="owner",
        methods=["POST"],
    )
    def receive(self, order_id, code=None, **_kw):
        """Confirm the receipt of the whole parcel.

        :param code: what a scanned parcel label said, optional; it has to be this
            order's
        """
        outlet = self._get_outlet()
        order = self._find_order(outlet, order_id)
        if not order:
            return self._not_found(outlet)
        try:
            self._check_parcel(order, code)
            order.action_confirm_receipt()
        except UserError as error:
            return self._render_order(outlet, order, error=error.args[0], status=409)
        return request.redirect(f"/my/tickets/orders/{order.id}")

    @staticmethod
    def _check_parcel(order, code):
        code = (code or "").strip()
        if code and code not in (order.name, order.pickup_code, order.tracking_ref):
            raise UserError(
                request.env._(
                    "The label belongs to another parcel. Order %(name)s is not "
                    "confirmed.",
                    name=order.name,
                )
            )

    @route(
        "/my/tickets/orders/<int:order_id>/claim",
        type="http",
        auth="owner",
        methods=["POST"],
        max_content_length=MAX_CLAIM_BODY,
    )
    def claim(self, order_id, **form):
        """Report damage or shortage, with photos."""
        outlet = self._get_outlet()
        order = self._find_order(outlet, order_id)
        if not order:
            return self._not_found(outlet)
        try:
            # a report that is refused half-way leaves nothing behind
            with request.env.cr.savepoint():
                request.env["instant.order.claim"]._report(
                    order,
                    self._parse_claim(order, form),
                    self._read_photos(),
                    str(form.get("key") or "")[:64],
                )
        except UserError as error:
            return self._render_order(
                outlet, order, error=error.args[0], claim_values=form, status=422
            )
        return request.redirect(f"/my/tickets/orders/{order.id}#claims")

    @staticmethod
    def _parse_claim(order, form):
        packs = str(form.get("packs") or "")
        game = str(form.get("game") or "")
        games = {str(line.game_id.id): line.game_id.id for line in order.line_ids}
        if game and game not in games:
            raise UserError(request.env._("The game is not on this order."))
        if not (packs.isascii() and packs.isdigit() and len(packs) <= MAX_DIGITS):
            raise UserError(request.env._("Enter how many packs are concerned."))
        return {
            "kind": str(form.get("kind") or ""),
            "game_id": games.get(game, False),
            "packs": int(packs),
            "description": str(form.get("description") or "").strip(),
        }

    @staticmethod
    def _read_photos():
        files = request.httprequest.files.getlist("photos")
        # one more than allowed is read, so that too many is an error and not a cut
        return [
            data for file in files[: MAX_PHOTOS + 1] if (data := file.stream.read())
        ]
