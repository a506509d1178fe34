from odoo import api, fields, models
from odoo.tools import SQL


class LotteryOutlet(models.Model):
    _inherit = "lottery.outlet"

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        compute="_compute_warehouse_id",
        store=True,
        index=True,
        help="Warehouse of the outlet's unit, or of the nearest unit above it.",
    )
    delivery_address = fields.Char(
        compute="_compute_delivery_address",
        store=True,
        readonly=False,
        help="Where parcels go; follows the outlet's address until changed.",
    )
    sla_override_hours = fields.Integer(
        help="Delivery time agreed for this outlet, in hours; 0 = by distance."
    )
    account_ids = fields.One2many("instant.account", "outlet_id")
    instant_balance = fields.Monetary(
        compute="_compute_instant_account", string="Instant Account"
    )
    instant_held = fields.Monetary(compute="_compute_instant_account", string="Held")
    instant_available = fields.Monetary(
        compute="_compute_instant_account", string="Usable"
    )
    instant_order_ids = fields.One2many("instant.order", "outlet_id")
    instant_order_count = fields.Integer(compute="_compute_instant_order_count")

    @api.model
    def _get_tag_metrics(self):
        """Figures for rules of tags (PF-TAG-02): sales of 30 days, time since the last.

        Outlets that never ordered have a turnover of nothing and no last order.
        """
        placed = SQL(
            """SELECT outlet_id, amount, submitted_at FROM instant_order
                WHERE state NOT IN ('draft', 'cancelled', 'rejected')
                  AND submitted_at IS NOT NULL"""
        )
        now = SQL("(now() AT TIME ZONE 'UTC')")
        recent = SQL(
            """lottery_outlet l LEFT JOIN (%s) o
                   ON o.outlet_id = l.id AND o.submitted_at >= %s - interval '30 days'
             GROUP BY l.id""",
            placed,
            now,
        )
        return super()._get_tag_metrics() | {
            "amount_30": (
                self.env._("Orders of 30 days (¥)"),
                SQL("SELECT l.id, COALESCE(SUM(o.amount), 0) FROM %s", recent),
            ),
            "orders_30": (
                self.env._("Orders of 30 days (number)"),
                SQL("SELECT l.id, COUNT(o.outlet_id) FROM %s", recent),
            ),
            "order_days": (
                self.env._("Days since the last order"),
                SQL(
                    """SELECT outlet_id, EXTRACT(DAY FROM %s - MAX(submitted_at))
                         FROM (%s) o GROUP BY outlet_id""",
                    now,
                    placed,
                ),
            ),
        }

    @api.depends("branch_id.parent_path")
    def _compute_warehouse_id(self):
        branches = self.branch_id
        by_branch = branches._get_ticket_warehouses() if branches else {}
        for outlet in self:
            outlet.warehouse_id = by_branch.get(outlet.branch_id.id, False)

    @api.depends("county", "town", "street", "address")
    def _compute_delivery_address(self):
        for outlet in self:
            outlet.delivery_address = outlet.address or " ".join(
                filter(None, (outlet.county, outlet.town, outlet.street))
            )

    def _compute_instant_account(self):
        for outlet in self:
            account = outlet.account_ids[:1]
            outlet.instant_balance = account.balance
            outlet.instant_held = account.held
            outlet.instant_available = account.available

    def _compute_instant_order_count(self):
        counts = dict(
            self.env["instant.order"]._read_group(
                [("outlet_id", "in", self.ids)], ["outlet_id"], ["__count"]
            )
        )
        for outlet in self:
            outlet.instant_order_count = counts.get(outlet, 0)

    @api.model_create_multi
    def create(self, vals_list):
        outlets = super().create(vals_list)
        outlets._ensure_accounts()
        return outlets

    def unlink(self):
        # A prospect that comes to nothing never had money: its account goes with it.
        # One with moves keeps the outlet by its foreign key.
        accounts_sudo = self.account_ids.sudo()  # opened by itself, see create
        accounts_sudo.filtered(lambda account: not account.move_ids).unlink()
        return super().unlink()

    def _ensure_accounts(self):
        """Open the instant account of each outlet; its balance comes from ILMS."""
        accounts_sudo = self.env["instant.account"].sudo()  # opened with the outlet
        have = accounts_sudo.search([("outlet_id", "in", self.ids)]).outlet_id
        accounts_sudo.create([{"outlet_id": o.id} for o in self - have])

    def _closing_blockers(self):
        blockers = super()._closing_blockers()
        orders = self.env["instant.order"].search(
            [
                ("outlet_id", "in", self.ids),
                ("state", "not in", ("draft", "done", "cancelled", "rejected")),
            ],
            limit=5,
        )
        if orders:
            blockers.append(
                self.env._(
                    "Open orders: %(names)s", names=", ".join(orders.mapped("name"))
                )
            )
        return blockers

    def action_telephone_order(self):
        self.ensure_one()
        action = self.env["ir.actions.client"]._for_xml_id(
            "instant_ticket.instant_order_desk_action"
        )
        return {**action, "context": {"outlet_id": self.id}}

    def action_view_instant_orders(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "instant_ticket.instant_order_action"
        )
        return {
            **action,
            "domain": [("outlet_id", "=", self.id)],
            "context": {"default_outlet_id": self.id},
        }


class LotteryBranch(models.Model):
    _inherit = "lottery.branch"

    def _get_prefecture(self):
        """Return the nearest prefecture at or above the unit, else the empty set."""
        self.ensure_one()
        line = [int(part) for part in (self.parent_path or "").split("/") if part]
        units_sudo = self.sudo().browse(reversed(line))  # units above may be hidden
        return units_sudo.filtered(lambda unit: unit.kind == "prefecture")[:1]

    def _get_ticket_warehouses(self):
        """Return ``{branch id: warehouse id}``, the nearest one up the tree."""
        self.flush_recordset(["parent_path"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT b.id, (
                        SELECT w.id FROM stock_warehouse w
                          JOIN lottery_branch wb ON wb.id = w.branch_id
                         WHERE w.active AND b.parent_path LIKE wb.parent_path || '%%'
                         ORDER BY length(wb.parent_path) DESC, w.id LIMIT 1)
                      FROM lottery_branch b WHERE b.id IN %s
                    """,
                    tuple(self.ids),
                )
            )
        )


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    @api.model_create_multi
    def create(self, vals_list):
        warehouses = super().create(vals_list)
        warehouses._refresh_outlets()
        return warehouses

    def write(self, vals):
        before = self.branch_id
        result = super().write(vals)
        if {"branch_id", "active"} & set(vals):
            self._refresh_outlets(before)
        return result

    def _refresh_outlets(self, before=None):
        """Serve the outlets of these units anew, in one statement."""
        branches = self.branch_id | (before or self.branch_id)
        if not branches:
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE lottery_outlet o SET warehouse_id = n.warehouse_id
                  FROM (SELECT b.id AS branch_id, (
                               SELECT w.id FROM stock_warehouse w
                                 JOIN lottery_branch wb ON wb.id = w.branch_id
                                WHERE w.active
                                  AND b.parent_path LIKE wb.parent_path || '%%'
                                ORDER BY length(wb.parent_path) DESC, w.id LIMIT 1
                               ) AS warehouse_id
                          FROM lottery_branch b
                          JOIN lottery_branch top ON top.id IN %s
                           AND b.parent_path LIKE top.parent_path || '%%') n
                 WHERE o.branch_id = n.branch_id
                   AND o.warehouse_id IS DISTINCT FROM n.warehouse_id
                """,
                tuple(branches.ids),
            )
        )
        self.env["lottery.outlet"].invalidate_model(["warehouse_id"])
