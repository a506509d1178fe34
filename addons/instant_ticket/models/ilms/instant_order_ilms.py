from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

WAITING_STATES = ("pending", "running", "parked")


class InstantOrder(models.Model):
    """What an order and ILMS know of each other (IT-ILM-02, IT-ILM-04)."""

    _inherit = "instant.order"

    ilms_state = fields.Selection(
        [
            ("asking", "ILMS is being asked"),
            ("down", "ILMS does not answer at the moment"),
            ("parked", "ILMS gave no answer; a person was told"),
        ],
        compute="_compute_ilms_state",
        string="ILMS",
        help="Empty: nothing is waiting for an answer of ILMS.",
    )

    def _compute_ilms_state(self):
        """Whether the order waits for ILMS, and whether ILMS is there."""
        # sudo: owners and keepers may know that their order waits, not read the outbox
        waiting = (
            self.env["lottery.outbox"]
            .sudo()
            ._read_group(
                Domain("model", "=", self._name)
                & Domain("res_id", "in", self.ids)
                & Domain("channel", "=", "ilms")
                & Domain("state", "in", WAITING_STATES),
                ["res_id", "state"],
            )
        )
        parked = {res_id for res_id, state in waiting if state == "parked"}
        asking = {res_id for res_id, _state in waiting}
        down = bool(asking) and not self._is_ilms_up()
        for order in self:
            if order.id in parked:
                order.ilms_state = "parked"
            elif order.id in asking:
                order.ilms_state = "down" if down else "asking"
            else:
                order.ilms_state = False

    @api.model
    def _is_ilms_up(self):
        """Whether the channel's circuit lets calls through."""
        circuit_sudo = self.env["lottery.outbox.circuit"].sudo()  # state only
        circuit = circuit_sudo.search([("channel", "=", "ilms")], limit=1)
        return not circuit or (circuit.state == "closed" and not circuit.paused)

    # === ACTIONS === #

    def action_ask_ilms(self):
        """Ask ILMS what it knows of these orders; the answer mends what is safe."""
        self.check_access("write")
        for order in self:
            if order.state == "draft":
                raise UserError(
                    self.env._("A draft is not known at ILMS: submit it first.")
                )
            order._ask_ilms_status()
        return True

    def _ask_ilms_status(self):
        """Queue a question about each order, one at a time per order."""
        for order in self:
            serial = f"status:{order.id}"
            asked_sudo = (
                self.env["lottery.outbox"]
                .sudo()
                .search_count(
                    # sudo: the desk asks, it does not read the outbox
                    [("serial_key", "=", serial), ("state", "in", WAITING_STATES[:2])],
                    limit=1,
                )
            )
            if asked_sudo:
                continue
            # A key of its own: each question wants today's answer. Its serial key is
            # not the order's, where a parked call would hold the question up.
            order._ask_ilms("status", self._next_ilms_number(), serial)

    @api.model
    def _next_ilms_number(self):
        self.env.cr.execute("SELECT nextval('instant_ilms_question_seq')")
        return self.env.cr.fetchone()[0]

    def init(self):
        super().init()
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS instant_ilms_question_seq")

    def _set_shipped_by_ilms(self, answer):
        """ILMS deducted the order: ship it, even where our balance is behind.

        What ILMS deducted was there. When our mirror is too low (a top-up of the last
        hour), the missing part is booked first; the next balances bring the rest.
        """
        self.ensure_one()
        self._lock_books()
        account = self.outlet_id.account_ids
        account.invalidate_recordset()
        missing = account.currency_id.round(self.amount - account.balance)
        if missing > 0 and self.holding:
            account._book(self.outlet_id.id, "top_up", missing, note="ILMS")
            self.outlet_id._ask_ilms_balance()
        return self._set_shipped(answer)

    # === MENDING === #

    def _apply_ilms_status(self, answer):
        """Bring a stuck order to where ILMS has it, where that is safe.

        Safe is what the lost answer would have done, what frees a lock nobody needs,
        and stopping an order that ILMS does not hold. Anything else stays for a person.
        An order that moved on since the question is asked about again: the answer may
        be older than the step.

        :param dict answer: of the call ``status``; ``_context`` says how the order
            stood when it was asked about
        """
        self.ensure_one()
        self._lock_books()
        seen = answer["_context"]
        if (self.state, self.confirming) != (seen["state"], seen["confirming"]):
            self._ask_ilms_status()
            return
        theirs = answer.get("state")
        if theirs == "locked":
            self._mend_locked(answer)
        elif theirs == "confirmed":
            self._mend_confirmed(answer)
        elif theirs == "returned":
            self._mend_returned(answer)
        else:
            self._mend_not_held(theirs)
        self.env["instant.ilms.difference"]._recheck_order(self, answer)

    def _mend_locked(self, answer):
        if self.state == "submitted":
            self._set_locked(answer)
            self._settle_ilms_items("lock")
        elif self.state in ("cancelled", "rejected"):
            self._ask_ilms_release_again()
        elif self.confirming:
            self._retry_ilms_items("confirm")

    def _mend_confirmed(self, answer):
        packs = set(
            self.env["instant.pack"].search([("order_id", "=", self.id)]).mapped("code")
        )
        same = packs == set(answer.get("packs") or [])
        if self.return_state == "asked":
            self._retry_ilms_items("refund")
        elif same and not self.shipped_at and self.state in ("picking", "exception"):
            self._set_shipped_by_ilms(answer)
            self._settle_ilms_items("confirm")

    def _mend_returned(self, answer):
        if self._set_returned(answer):
            self._settle_ilms_items("refund")

    def _mend_not_held(self, theirs):
        if self.state == "submitted":
            if theirs == "unknown":
                self._retry_ilms_items("lock")
            else:
                self._set_rejected(self.env._("The order was released at ILMS before."))
                self._settle_ilms_items("lock")
        elif self.state in ("locked", "picking") and not self.confirming:
            self._set_exception(
                self.env._("ILMS no longer holds packs and money for this order.")
            )

    def _ask_ilms_release_again(self):
        number = self._next_ilms_number()
        self._ask_ilms("release", number, f"order:{self.id}:release")

    def _get_ilms_items(self, kind):
        return self.env["lottery.outbox"].search(
            [
                ("channel", "=", "ilms"),
                ("kind", "=", kind),
                ("model", "=", self._name),
                ("res_id", "=", self.id),
                ("state", "=", "parked"),
            ]
        )

    def _retry_ilms_items(self, kind):
        self._get_ilms_items(kind).action_retry()

    def _settle_ilms_items(self, kind):
        """The answer is known by other means: the parked call needs no repeat."""
        self._get_ilms_items(kind).action_cancel()
