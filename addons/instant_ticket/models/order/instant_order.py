from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...const import CALL_FIELDS, ORDER_CHANNELS, ORDER_STATES, ORDER_TRANSITIONS


class InstantOrder(models.Model):
    """An outlet's order of packs.

    Split by concern: placing in ``instant_order_place``, holds in
    ``instant_order_money``, goods in ``instant_order_stock``, scanning in
    ``instant_order_scan``, delivery in ``instant_order_delivery``.
    """

    _name = "instant.order"
    _description = "Instant Ticket Order"
    _inherit = [
        "lottery.branch.mixin",
        "lottery.state.mixin",
        "lottery.journal.mixin",
        "portal.mixin",
    ]
    _rec_names_search = ["name", "outlet_id.number", "outlet_id.name"]

    _state_transitions = ORDER_TRANSITIONS

    name = fields.Char(
        readonly=True, copy=False, default=lambda self: self.env._("New")
    )
    active = fields.Boolean(default=True)
    state = fields.Selection(
        ORDER_STATES, default="draft", required=True, readonly=True, copy=False
    )
    channel = fields.Selection(
        ORDER_CHANNELS, required=True, default=lambda self: self._default_channel()
    )
    key = fields.Char(
        readonly=True, copy=False, help="One request of the customer makes one order."
    )
    outlet_id = fields.Many2one(
        "lottery.outlet",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("state", "=", "active")],
    )
    outlet_number = fields.Char(related="outlet_id.number", string="Outlet Number")
    owner_id = fields.Many2one(
        "res.partner",
        compute="_compute_from_outlet",
        store=True,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    owner_phone = fields.Char(related="owner_id.phone", string="Phone")
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        compute="_compute_from_outlet",
        store=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    branch_id = fields.Many2one(
        compute="_compute_from_outlet", store=True, readonly=True, default=None
    )
    specialist_id = fields.Many2one(
        "res.users",
        compute="_compute_from_outlet",
        store=True,
        readonly=True,
        index="btree_not_null",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: (
            self.env.ref("base.CNY", raise_if_not_found=False)
            or self.env.company.currency_id
        ),
    )
    line_ids = fields.One2many("instant.order.line", "order_id", copy=True)
    pack_count = fields.Integer(compute="_compute_totals", store=True, string="Packs")
    amount = fields.Monetary(compute="_compute_totals", store=True)
    scanned_count = fields.Integer(compute="_compute_scanned_count")
    holding = fields.Boolean(
        readonly=True, help="Money and stock are held for this order."
    )
    confirming = fields.Boolean(
        readonly=True, help="ILMS was asked to confirm; its answer is awaited."
    )
    delivery_address = fields.Char(
        compute="_compute_from_outlet", store=True, readonly=False
    )
    note = fields.Text()
    reason = fields.Char(readonly=True, help="Why refused, cancelled or stopped.")
    ilms_ref = fields.Char(readonly=True, string="ILMS Reference")
    user_id = fields.Many2one(
        "res.users",
        readonly=True,
        string="Taken by",
        default=lambda self: self.env.user,
    )
    event_ids = fields.One2many("instant.order.event", "order_id", readonly=True)
    account_move_ids = fields.One2many(
        "instant.account.move", "order_id", readonly=True
    )

    submitted_at = fields.Datetime(readonly=True, copy=False)
    submitted_hour = fields.Integer(
        readonly=True,
        copy=False,
        aggregator=None,
        string="Hour of the Day",
        help="In which hour orders come in, 0 to 23 in China's time.",
    )
    locked_at = fields.Datetime(readonly=True, copy=False)
    shipped_at = fields.Datetime(readonly=True, copy=False)
    delivered_at = fields.Datetime(readonly=True, copy=False)
    done_at = fields.Datetime(readonly=True, copy=False)

    _outlet_key_uniq = models.UniqueIndex(
        "(outlet_id, key) WHERE key IS NOT NULL",
        "This request has been placed already.",
    )
    # read by the desk's and the warehouse's default list
    _work_idx = models.Index(
        "(warehouse_id, state, id) "
        "WHERE state IN ('submitted', 'locked', 'picking', 'shipped', 'exception')"
    )
    # read by the portal's order list
    _outlet_recent_idx = models.Index("(outlet_id, id DESC)")
    # read by the hot-seller ranking and the date filters
    _submitted_idx = models.Index("(submitted_at) WHERE submitted_at IS NOT NULL")
    _name_idx = models.UniqueIndex("(name) WHERE state <> 'draft'")

    def init(self):
        super().init()
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS instant_order_name_seq")

    def _default_channel(self):
        user = self.env.user
        if user.has_group("lottery_base.group_order_desk"):
            return "desk"
        if user.has_group("lottery_base.group_specialist"):
            return "specialist"
        return "api"

    # === COMPUTE METHODS === #

    @api.depends("outlet_id")
    def _compute_from_outlet(self):
        """Copy what the order keeps of its outlet at the time it is made."""
        for order in self:
            outlet = order.outlet_id
            order.owner_id = outlet.owner_id
            order.branch_id = outlet.branch_id
            order.specialist_id = outlet.specialist_id
            order.warehouse_id = outlet.warehouse_id
            order.delivery_address = outlet.sudo().delivery_address  # portal reads too

    @api.depends("line_ids.quantity", "line_ids.amount")
    def _compute_totals(self):
        for order in self:
            order.pack_count = sum(order.line_ids.mapped("quantity"))
            order.amount = sum(order.line_ids.mapped("amount"))

    def _compute_scanned_count(self):
        for order in self:
            order.scanned_count = sum(order.line_ids.mapped("scanned"))

    def _compute_access_url(self):
        super()._compute_access_url()
        for order in self:
            order.access_url = f"/my/tickets/orders/{order.id}"

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        protected = {
            "key",
            "holding",
            "confirming",
            "name",
            "ilms_ref",
            "submitted_at",
            "submitted_hour",
            *CALL_FIELDS,
        }
        for vals in vals_list:
            if set(vals) & protected:
                raise UserError(
                    self.env._("Only the ordering service may set these fields.")
                )
        return super().create(vals_list)

    def write(self, vals):
        if (
            set(vals)
            & {
                "outlet_id",
                "channel",
                "key",
                "holding",
                "confirming",
                "name",
                "warehouse_id",
                "branch_id",
                "owner_id",
                "amount",
                "pack_count",
                "user_id",
                *CALL_FIELDS,
            }
            and any(order.state != "draft" for order in self)
            and not self.env.su
        ):
            raise UserError(
                self.env._("A submitted order is changed by its actions only.")
            )
        if "line_ids" in vals:
            self._check_editable()
        result = super().write(vals)
        if "outlet_id" in vals:
            # Rules judge what was there before: no draft moves to a foreign outlet.
            self.check_access("write")
        return result

    def _check_editable(self):
        for order in self:
            if order.state != "draft":
                raise UserError(
                    self.env._(
                        "Order %(name)s has been submitted; its lines are fixed. "
                        "Cancel it and order again to change it.",
                        name=order.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        for order in self:
            if order.state != "draft":
                raise UserError(
                    self.env._(
                        "Order %(name)s is part of the books; cancel it instead.",
                        name=order.name,
                    )
                )

    # === LOCKS === #

    def _lock_books(self):
        """Take orders, accounts and counters in the fixed order, then look again."""
        if not self:
            return
        self.env.cr.execute(
            SQL(
                "SELECT id FROM instant_order WHERE id IN %s ORDER BY id FOR UPDATE",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset()
        self.env["instant.order.line"].invalidate_model()
        self.env["instant.account"]._lock_outlets(self.outlet_id.ids)
        keys = [
            (o.warehouse_id.id, line.game_id.id) for o in self for line in o.line_ids
        ]
        if keys:
            self.env["instant.availability"]._lock(keys)

    # === STATE === #

    def _on_state_changed(self, old_by_id, target, note=None):
        stamp = {
            "locked": "locked_at",
            "shipped": "shipped_at",
            "delivered": "delivered_at",
            "done": "done_at",
        }.get(target)
        now = fields.Datetime.now()
        for order in self:
            if stamp and not order[stamp]:
                order[stamp] = now
        self.flush_recordset()
        self._log_events([(o.id, old_by_id[o.id], target, note) for o in self])
        self._journal(
            f"order.{target}",
            lambda order: {
                "order": order.name,
                "outlet": order.outlet_id.number,
                "amount": f"{order.amount:.2f}",
                "packs": order.pack_count,
                "from": old_by_id[order.id],
                "note": note or "",
            },
        )
        return super()._on_state_changed(old_by_id, target, note=note)

    def _log_events(self, rows):
        """Append ``[(order_id, from_state, to_state, note)]`` to the history."""
        self.env.cr.execute_values(
            """
            INSERT INTO instant_order_event
                   (order_id, branch_id, from_state, to_state, note, user_id, date)
            SELECT v.order_id, o.branch_id, v.from_state, v.to_state, v.note, v.uid,
                   now() AT TIME ZONE 'UTC'
              FROM (VALUES %s) AS v (order_id, from_state, to_state, note, uid)
              JOIN instant_order o ON o.id = v.order_id
            """,
            [(*row, self.env.uid) for row in rows],
        )
        self.env["instant.order.event"].invalidate_model()
        self.invalidate_recordset(["event_ids"])

    def _set_locked(self, answer):
        """ILMS locked stock and money: the order waits for picking.

        :param dict answer: ILMS's answer; ``reference`` names its side of the lock
        """
        self.ensure_one()
        self._lock_books()
        if self.state != "submitted":
            return False  # cancelled meanwhile; its release is queued behind the lock
        self.ilms_ref = answer.get("reference")
        self._update_state("locked")
        self._assign_carrier()
        self._create_picking()
        return True

    def _set_rejected(self, reason):
        """ILMS refused the lock: nothing stays held."""
        self.ensure_one()
        self._lock_books()
        if self.state != "submitted":
            return False
        self.reason = reason
        self._release_holds()
        self._update_state("rejected", note=reason)
        self._tell_owner("instant.order_refused", reason=reason or "")
        return True

    def _set_exception(self, reason):
        """Stop the order for a person to look at; goods and holds stay."""
        self.ensure_one()
        self._lock_books()
        if self.state == "exception":
            return False
        self.write({"reason": reason})
        self.sudo().confirming = False  # flag of the service, not of the user
        self._update_state("exception", note=reason)
        return True

    # === ACTIONS === #

    def action_cancel(self, reason=None):
        """Cancel while nothing is scanned; money and stock are free at once."""
        self._check_may_order()
        for order in self:
            with order._on_books() as locked:
                locked._cancel(reason)
        self.invalidate_recordset()
        return True

    def _cancel(self, reason=None):
        self.ensure_one()
        if self.state == "cancelled":
            return
        if self.scanned_count or self.confirming:
            raise UserError(
                self.env._(
                    "Order %(name)s is being picked and can no longer be cancelled. "
                    "Please call the order desk.",
                    name=self.name,
                )
            )
        if self.shipped_at:
            raise UserError(
                self.env._("Order %(name)s has left the warehouse.", name=self.name)
            )
        was = self.state
        self.reason = reason or self.env._("Cancelled by the customer")
        self._release_holds()
        self._update_state("cancelled", note=self.reason)
        self._cancel_picking()
        if was != "draft":
            self._ask_ilms_release()
            if not self.env.user.share:
                self._tell_owner("instant.order_cancelled", reason=self.reason)

    def action_view_picking(self):
        self.ensure_one()
        return self.picking_ids._get_records_action(name=self.env._("Pickings"))

    def _check_may_order(self):
        """Staff by their rights, owners for outlets that are theirs."""
        self.check_access("read")
        user = self.env.user
        if user._is_internal():
            self.check_access("write")
        elif self.outlet_id.sudo().owner_id != user.partner_id:
            raise AccessError(self.env._("This order belongs to another outlet."))

    @api.model
    def _get_open_domain(self):
        return Domain("state", "in", ["submitted", "locked", "picking", "shipped"])
