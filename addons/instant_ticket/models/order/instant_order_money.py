from contextlib import contextmanager

from odoo import models

from odoo.addons.lottery_base.tools.transaction import read_committed


class InstantOrder(models.Model):
    _inherit = "instant.order"

    @contextmanager
    def _on_books(self):
        """Run a verb in its own short transaction with the books locked.

        Yields the same orders, as superuser (the caller checked the user's right),
        in an environment at READ COMMITTED. What the caller read before is stale
        afterwards and has to be invalidated.
        """
        self.env.flush_all()
        with read_committed(self.env) as env:
            orders = env["instant.order"].sudo().browse(self.ids)
            orders._lock_books()
            yield orders
        self.env.invalidate_all(flush=False)

    def _packs_by_game(self):
        self.ensure_one()
        return {line.game_id.id: line.quantity for line in self.line_ids}

    def _release_holds(self):
        """Free the money and stock held; the books are locked. Does nothing twice."""
        self.ensure_one()
        if not self.holding:
            return
        self.env["instant.account"]._book(
            self.outlet_id.id, "release", -self.amount, order_id=self.id
        )
        self.env["instant.availability"]._add_held(
            self.warehouse_id.id,
            {game: -packs for game, packs in self._packs_by_game().items()},
        )
        self.sudo().holding = False  # flag of the service, not of the user

    def _deduct_holds(self):
        """Turn the hold into a deduction; the goods leave in the same transaction."""
        self.ensure_one()
        self._release_holds()
        self.env["instant.account"]._book(
            self.outlet_id.id, "deduct", -self.amount, order_id=self.id
        )

    def _ask_ilms(self, kind, number=None, serial_key=None, **payload):
        """Queue a call about this order.

        :param number: tells calls of one kind apart; without it there is one for ever
        :param str serial_key: calls that wait for each other; default: all of the order
        """
        self.ensure_one()
        key = f"{kind}:{self.id}"
        self.env["lottery.outbox"]._enqueue(
            "ilms",
            kind,
            {"order_id": self.id, **payload},
            key=f"{key}:{number}" if number else key,
            record=self,
            branch_id=self.branch_id.id,
            serial_key=serial_key or f"order:{self.id}",
        )

    def _ask_ilms_release(self):
        self._ask_ilms("release")

    def _ask_ilms_confirm(self):
        """Ask ILMS to confirm what was scanned."""
        self._ask_ilms_anew("confirm")

    def _ask_ilms_refund(self):
        """Ask ILMS to take the order back: packs to the warehouse, money to the outlet."""
        self._ask_ilms_anew("refund")

    def _ask_ilms_anew(self, kind):
        """Queue a call of which there may be several: a retry after a refusal is new."""
        self.ensure_one()
        tries = self.env["lottery.outbox"].search_count(
            [
                ("channel", "=", "ilms"),
                ("kind", "=", kind),
                ("model", "=", self._name),
                ("res_id", "=", self.id),
            ]
        )
        self._ask_ilms(kind, tries + 1, attempt=tries + 1)
