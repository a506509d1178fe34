from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.ilms_money import to_fen, to_yuan


class InstantAccountTransfer(models.Model):
    """Money moved between an outlet's two accounts at ILMS, asked for by the desk."""

    _name = "instant.account.transfer"
    _description = "Transfer between Accounts"
    _inherit = ["lottery.branch.mixin", "lottery.state.mixin", "lottery.journal.mixin"]
    _order = "id desc"
    _rec_name = "outlet_id"

    _state_transitions = {
        "draft": {"asked"},
        "asked": {"done", "refused", "unknown"},
        "unknown": {"done", "refused"},
        "done": set(),
        "refused": set(),
    }

    outlet_id = fields.Many2one(
        "lottery.outlet", required=True, index=True, ondelete="restrict"
    )
    branch_id = fields.Many2one(
        related="outlet_id.branch_id", store=True, index=True, default=None
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        readonly=True,
        default=lambda self: (
            self.env.ref("base.CNY", raise_if_not_found=False)
            or self.env.company.currency_id
        ),
    )
    direction = fields.Selection(
        [
            ("to_instant", "Payment account → instant account"),
            ("to_payment", "Instant account → payment account"),
        ],
        required=True,
        default="to_instant",
    )
    amount = fields.Monetary(required=True)
    payment_balance = fields.Monetary(
        compute="_compute_balances", string="Payment Account"
    )
    instant_balance = fields.Monetary(
        compute="_compute_balances", string="Instant Account"
    )
    instant_available = fields.Monetary(compute="_compute_balances", string="Usable")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("asked", "ILMS is being asked"),
            ("done", "Done"),
            ("refused", "Refused"),
            ("unknown", "No answer"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    reason = fields.Char(readonly=True, copy=False, help="Why ILMS refused.")
    note = fields.Char(help="Who asked for it and why.")
    user_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "The amount must be above zero."
    )
    # read by the balance sync: accounts with a transfer on its way are left alone
    _under_way_idx = models.Index("(outlet_id) WHERE state IN ('asked', 'unknown')")

    @api.depends("outlet_id")
    def _compute_balances(self):
        for transfer in self:
            account = transfer.outlet_id.account_ids[:1]
            transfer.payment_balance = account.payment_balance
            transfer.instant_balance = account.balance
            transfer.instant_available = account.available

    @api.model_create_multi
    def create(self, vals_list):
        if any({"reason", "user_id"} & set(vals) for vals in vals_list):
            raise UserError(self.env._("ILMS's answer cannot be entered by hand."))
        return super().create(vals_list)

    def write(self, vals):
        asked = self.filtered(lambda transfer: transfer.state != "draft")
        fixed = {"outlet_id", "direction", "amount", "reason", "user_id"} & set(vals)
        if fixed and not self.env.su and (asked or "reason" in vals):
            raise UserError(
                self.env._("ILMS was asked already: a transfer cannot be changed.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asked(self):
        if any(transfer.state != "draft" for transfer in self):
            raise UserError(self.env._("A transfer that ILMS was asked for is kept."))

    # === ACTIONS === #

    def action_ask(self):
        """Ask ILMS to move the money; the answer arrives by itself."""
        self.check_access("write")
        for transfer in self:
            transfer._check_covered()
            transfer._update_state("asked")
            self.env["lottery.outbox"]._enqueue(
                "ilms",
                "transfer",
                {"transfer_id": transfer.id},
                key=f"transfer:{transfer.id}",
                record=transfer,
                branch_id=transfer.branch_id.id,
                serial_key=f"transfer:{transfer.outlet_id.id}",
            )
        return True

    def _check_covered(self):
        """Money that open orders hold stays; ILMS decides on the rest."""
        if self.direction == "to_payment" and self.amount > self.instant_available:
            raise UserError(
                self.env._(
                    "Only ¥%(usable)s of the instant account are free: the rest is "
                    "held for open orders.",
                    usable=f"{max(self.instant_available, 0):,.2f}",
                )
            )

    # === ANSWERS === #

    def _apply_answer(self, answer):
        self.ensure_one()
        accounts = self.env["instant.account"]
        accounts._lock_outlets(self.outlet_id.ids)
        if answer["code"] != "OK":
            self.reason = self.env["lottery.outbox.channel.ilms"]._explain_transfer(
                self, answer
            )
            self._update_state("refused", note=self.reason)
            self.outlet_id._ask_ilms_balance()
            return
        sign = 1 if self.direction == "to_instant" else -1
        accounts._book(
            self.outlet_id.id, "transfer", sign * self.amount, note=self.note or None
        )
        accounts._set_payment_balance(self.outlet_id.id, to_yuan(answer["payment"]))
        self._update_state("done")

    def _set_unknown(self):
        if self.state == "asked":
            self._update_state("unknown")

    def _give_up(self):
        """The call will not be repeated; the balances tell what ILMS did."""
        if self.state in ("asked", "unknown"):
            self.reason = self.env._("The call to ILMS was given up.")
            self._update_state("refused", note=self.reason)
            self.outlet_id._ask_ilms_balance()

    def _on_state_changed(self, old_by_id, target, note=None):
        self._journal(
            f"account.transfer.{target}",
            lambda transfer: {
                "outlet": transfer.outlet_id.number,
                "direction": transfer.direction,
                "amount": f"{transfer.amount:.2f}",
                "note": note or "",
            },
        )
        return super()._on_state_changed(old_by_id, target, note)


class IlmsChannel(models.AbstractModel):
    _inherit = "lottery.outbox.channel.ilms"

    @api.model
    def _get_transfer(self, item):
        return self.env["instant.account.transfer"].browse(item.payload["transfer_id"])

    @api.model
    def _request_transfer(self, item):
        transfer = self._get_transfer(item)
        accounts = ("payment", "instant")
        if transfer.direction == "to_payment":
            accounts = accounts[::-1]
        return {
            "outlet": transfer.outlet_id.number,
            "from": accounts[0],
            "to": accounts[1],
            "amount": to_fen(transfer.amount),
        }, {}

    @api.model
    def _result_transfer(self, item, answer):
        self._get_transfer(item)._apply_answer(answer)

    @api.model
    def _explain_transfer(self, transfer, answer):
        channel = self.with_context(lang=transfer.user_id.lang)
        missing = f"{to_yuan(answer.get('missing') or 0):,.2f}"
        if answer["code"] == "INSUFFICIENT_PAYMENT_BALANCE":
            return channel.env._(
                "The payment account is short of ¥%(missing)s.", missing=missing
            )
        if answer["code"] == "INSUFFICIENT_INSTANT_BALANCE":
            return channel.env._(
                "The instant account is short of ¥%(missing)s: what is frozen for "
                "orders cannot be moved.",
                missing=missing,
            )
        return channel._explain_code(answer)
