from odoo import api, fields, models
from odoo.exceptions import UserError

from ...const import WORK_RANK


class InstantOrder(models.Model):
    """What the order desk sees and does beside the verbs (IT-DSK-01 … 03)."""

    _inherit = "instant.order"

    account_available = fields.Monetary(
        compute="_compute_account_available", string="Usable Balance"
    )
    claim_count = fields.Integer(compute="_compute_claim_count", string="Complaints")
    outbox_count = fields.Integer(compute="_compute_outbox_count", string="ILMS Calls")

    # the desk's list: stopped, waiting, on its way, done
    _order = "work_rank, id desc"
    work_rank = fields.Integer(compute="_compute_work_rank", store=True)

    _work_rank_idx = models.Index("(work_rank, id DESC)")

    @api.depends("state")
    def _compute_work_rank(self):
        for order in self:
            order.work_rank = WORK_RANK[order.state]

    @api.depends("outlet_id")
    def _compute_account_available(self):
        for order in self:
            order.account_available = order.outlet_id.instant_available

    def _compute_claim_count(self):
        counts = dict(
            self.env["instant.order.claim"]._read_group(
                [("order_id", "in", self.ids)], ["order_id"], ["__count"]
            )
        )
        for order in self:
            order.claim_count = counts.get(order, 0)

    def _compute_outbox_count(self):
        # sudo: how many calls, not what is in them
        counts = dict(
            self.env["lottery.outbox"]
            .sudo()
            ._read_group(
                [("model", "=", self._name), ("res_id", "in", self.ids)],
                ["res_id"],
                ["__count"],
            )
        )
        for order in self:
            order.outbox_count = counts.get(order.id, 0)

    # === ACTIONS === #

    def action_view_claims(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "instant_ticket.instant_order_claim_action"
        )
        return {**action, "domain": [("order_id", "=", self.id)], "context": {}}

    def action_view_outbox(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("ILMS calls of %(name)s", name=self.name),
            "res_model": "lottery.outbox",
            "view_mode": "list,form",
            "domain": [("model", "=", self._name), ("res_id", "=", self.id)],
        }

    def action_resolve(self):
        """The cause of an exception is mended: continue where the order stopped."""
        self.check_access("write")
        for order in self:
            with order._on_books() as locked:
                locked._resolve()
        self.invalidate_recordset()
        return True

    def _resolve(self):
        self.ensure_one()
        if self.state != "exception":
            raise UserError(
                self.env._("Order %(name)s is not stopped.", name=self.name)
            )
        self.reason = False
        if self.shipped_at:
            target = "delivered" if self.delivered_at else "shipped"
        else:
            target = "picking" if self.scanned_count else "locked"
        self._update_state(target, note=self.env._("Resolved"))

    # === PRINTS === #

    def action_print_pick_lists(self):
        return self._print(
            "instant_ticket.instant_order_report_pick_list", ("locked", "picking")
        )

    def action_print_delivery_notes(self):
        return self._print(
            "instant_ticket.instant_order_report_delivery_note",
            ("picking", "shipped", "delivered", "done"),
        )

    def action_print_waybills(self):
        return self._print(
            "instant_ticket.instant_order_report_waybill",
            ("shipped", "delivered", "done"),
        )

    def _get_print_name(self, kind):
        """Return the name of the printed file: what it is and the order's number."""
        titles = {
            "pick_list": self.env._("Pick List"),
            "delivery_note": self.env._("Delivery Note"),
            "waybill": self.env._("Waybill"),
        }
        return f"{titles[kind]} {self.name}"

    def _print(self, report, states):
        orders = self.filtered(lambda order: order.state in states)
        if not orders:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "None of the chosen orders can be printed so. Needed state: %(states)s",
                    states=", ".join(labels[state] for state in states),
                )
            )
        return self.env.ref(report).report_action(orders)
