from datetime import timedelta

from odoo import api, fields, models

from ...engine.ilms_compare import compare_accounts, compare_orders, compare_stock
from ...engine.ilms_money import to_fen, to_yuan

# collection -> member of ILMS's answer that holds its rows
COLLECTIONS = {
    "reconcile_accounts": "accounts",
    "reconcile_stock": "stock",
    "reconcile_orders_open": "orders",
    "reconcile_orders_recent": "orders",
}
RECENT_DAYS = 3
# kinds of the monthly comparison that are fed from here
MONTHLY = ("balances", "stock")
# rows carry the time their transaction began, which may be before they are seen
MARGIN = timedelta(minutes=1)

# Orders whose next step is under way: a call waits to be sent or to be applied, or was
# so after the collection began. Parked calls are not under way but stuck.
MOVING = """
    WITH moving AS (
        SELECT res_id AS id FROM lottery_outbox
         WHERE channel = 'ilms' AND model = 'instant.order'
           AND kind IN ('lock', 'confirm', 'release', 'refund')
           AND (state IN ('pending', 'running')
                OR state = 'done' AND write_date >= %(since)s)
         UNION
        SELECT id FROM instant_order WHERE write_date >= %(since)s
    )
"""

OUR_ACCOUNTS = (
    MOVING
    + """
    SELECT n.number, a.balance, a.write_date >= %(since)s OR COALESCE(o.moving, FALSE),
           COALESCE(o.frozen, 0)
      FROM instant_account a
      JOIN lottery_outlet n ON n.id = a.outlet_id
      LEFT JOIN (
           SELECT outlet_id, bool_or(m.id IS NOT NULL) AS moving,
                  sum(amount) FILTER (WHERE holding AND state <> 'submitted') AS frozen
             FROM instant_order LEFT JOIN moving m USING (id)
            WHERE holding OR m.id IS NOT NULL
            GROUP BY outlet_id
           ) o ON o.outlet_id = a.outlet_id
"""
)

OUR_STOCK = (
    MOVING
    + """
    SELECT w.code, g.code, a.on_hand, COALESCE(o.locked, 0),
           COALESCE(o.moving, FALSE) OR EXISTS (
               SELECT FROM stock_move m
                WHERE m.product_id = g.product_id AND m.state = 'done'
                  AND m.write_date >= %(since)s)
      FROM instant_availability a
      JOIN stock_warehouse w ON w.id = a.warehouse_id
      JOIN instant_game g ON g.id = a.game_id
      LEFT JOIN (
           SELECT i.warehouse_id, l.game_id, bool_or(m.id IS NOT NULL) AS moving,
                  sum(l.quantity) FILTER (
                      WHERE i.holding AND i.state <> 'submitted') AS locked
             FROM instant_order i
             LEFT JOIN moving m USING (id)
             JOIN instant_order_line l ON l.order_id = i.id
            WHERE i.holding OR m.id IS NOT NULL
            GROUP BY i.warehouse_id, l.game_id
           ) o ON o.warehouse_id = a.warehouse_id AND o.game_id = a.game_id
"""
)

OUR_ORDERS = (
    MOVING
    + """
    SELECT o.name, o.state, o.shipped_at IS NOT NULL AND o.state <> 'cancelled',
           o.amount, m.id IS NOT NULL,
           ARRAY(SELECT g.code || '-' || lpad(p.serial::text, 7, '0')
                   FROM instant_pack p JOIN instant_game g ON g.id = p.game_id
                  WHERE p.order_id = o.id AND o.shipped_at IS NOT NULL)
      FROM instant_order o LEFT JOIN moving m USING (id)
     WHERE o.state <> 'draft'
       AND (o.holding OR o.name = ANY(%(names)s) OR o.write_date >= %(recent)s)
"""
)


class IlmsChannel(models.AbstractModel):
    _inherit = "lottery.outbox.channel.ilms"

    @api.model
    def _request_reconcile_accounts(self, item):
        return {"cursor": item.payload.get("cursor")}, {}

    @api.model
    def _request_reconcile_stock(self, item):
        return {"cursor": item.payload.get("cursor")}, {}

    @api.model
    def _request_reconcile_orders_open(self, item):
        cursor = item.payload.get("cursor") or 0
        return {"states": ["locked"], "cursor": cursor}, {}

    @api.model
    def _request_reconcile_orders_recent(self, item):
        cursor = item.payload.get("cursor") or 0
        return {"since": item.payload["since_ms"], "cursor": cursor}, {}

    @api.model
    def _result_reconcile(self, item, answer):
        self.env["instant.ilms.reconcile"]._take_page(item, answer)

    _result_reconcile_accounts = _result_reconcile
    _result_reconcile_stock = _result_reconcile
    _result_reconcile_orders_open = _result_reconcile
    _result_reconcile_orders_recent = _result_reconcile


class InstantIlmsReconcile(models.Model):
    """One comparison of our books with ILMS's, in three ways (IT-ILM-04).

    The pages of ILMS's lists are collected through the outbox; when the last one is
    here, `_compare` writes the differences.
    """

    _name = "instant.ilms.reconcile"
    _description = "Reconciliation with ILMS"
    _inherit = ["lottery.state.mixin", "lottery.journal.mixin"]
    _order = "id desc"
    _rec_name = "started_at"

    _state_transitions = {
        "collecting": {"done", "failed"},
        "done": set(),
        "failed": set(),
    }

    state = fields.Selection(
        [("collecting", "Collecting"), ("done", "Compared"), ("failed", "Failed")],
        default="collecting",
        required=True,
        readonly=True,
    )
    started_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    finished_at = fields.Datetime(readonly=True)
    user_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    account_count = fields.Integer(readonly=True, string="Accounts")
    stock_count = fields.Integer(readonly=True, string="Stock Rows")
    order_count = fields.Integer(readonly=True, string="Orders")
    top_up_count = fields.Integer(
        readonly=True,
        string="Top-ups",
        help="Balances that were higher at ILMS and have been taken over.",
    )
    found_count = fields.Integer(readonly=True, string="Differences Found")
    gone_count = fields.Integer(
        readonly=True, string="Cleared", help="Earlier differences that are gone."
    )
    error = fields.Char(readonly=True)
    page_ids = fields.One2many("instant.ilms.page", "run_id", readonly=True)

    # === COLLECTING === #

    @api.model
    def _cron_start(self):
        if not self.search_count([("state", "=", "collecting")], limit=1):
            self._start()

    def action_start(self):
        """Start a reconciliation by hand; one at a time."""
        self.check_access("create")
        # sudo: the run writes figures that nobody may write by hand
        return self.sudo()._start_or_join().sudo(False)._get_records_action()

    @api.model
    def _start_or_join(self):
        running = self.search([("state", "=", "collecting")], limit=1)
        return running or self._start()

    def action_view_differences(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "instant_ticket.instant_ilms_difference_action"
        )
        return {**action, "domain": [("run_id", "=", self.id)], "context": {}}

    @api.model
    def _start(self):
        run = self.create({})
        recent = fields.Datetime.now() - timedelta(days=RECENT_DAYS)
        payload = {"run_id": run.id, "since_ms": int(recent.timestamp() * 1000)}
        for kind in COLLECTIONS:
            run._ask_page(kind, payload)
        return run

    def _ask_page(self, kind, payload):
        number = self.env["instant.order"]._next_ilms_number()
        self.env["lottery.outbox"]._enqueue(
            "ilms",
            kind,
            payload,
            key=f"{kind}:{number}",
            record=self,
            serial_key=f"reconcile:{self.id}",
        )

    @api.model
    def _take_page(self, item, answer):
        """Keep a page; ask for the next one or compare after the last."""
        run = self.browse(item.payload["run_id"]).exists()
        if run.state != "collecting":
            return
        last = answer.get("next") is None
        self.env["instant.ilms.page"].create(
            {
                "run_id": run.id,
                "kind": item.kind,
                "rows": answer[COLLECTIONS[item.kind]],
                "last": last,
            }
        )
        if not last:
            run._ask_page(item.kind, {**item.payload, "cursor": answer["next"]})
        elif set(run.page_ids.filtered("last").mapped("kind")) == set(COLLECTIONS):
            run._compare(run._get_snapshot())

    @api.model
    def _fail(self, item, error):
        run = self.browse(item.payload["run_id"]).exists()
        if run.state == "collecting":
            run.error = str(error)
            run._update_state("failed")
            run.page_ids.unlink()
            self.env["lottery.reconcile.run"]._pull_failed(MONTHLY, str(error))

    def _get_snapshot(self):
        """The collected pages as one dictionary, see `_compare`."""
        rows = {kind: [] for kind in COLLECTIONS}
        for page in self.page_ids:
            rows[page.kind] += page.rows or []
        orders = rows["reconcile_orders_open"] + rows["reconcile_orders_recent"]
        return {
            "accounts": {row["outlet"]: row for row in rows["reconcile_accounts"]},
            "stock": {
                (row["warehouse"], row["game"]): {
                    "on_hand": row["onHand"],
                    "locked": row["locked"],
                }
                for row in rows["reconcile_stock"]
            },
            # listed twice, an order counts as it was listed last
            "orders": {row["orderNo"]: row for row in orders},
        }

    # === COMPARING === #

    def _compare(self, snapshot):
        """Compare ILMS's figures with ours and write what differs.

        What moved after ``started_at`` or is under way is left to the next run. A
        higher balance at ILMS is a top-up and taken over.

        :param dict snapshot: ``accounts``: ``{outlet: {"payment", "instant",
            "frozen"}}`` in fen; ``stock``: ``{(warehouse, game): {"on_hand",
            "locked"}}``; ``orders``: ``{number: {"state", "amount", "packs"}}``
        :return: the open ``instant.ilms.difference`` records
        """
        self.ensure_one()
        self.env.flush_all()
        ours = self._get_our_accounts()
        top_ups = self._take_over_top_ups(ours, snapshot["accounts"])
        stock = self._get_our_stock()
        orders = self._get_our_orders(list(snapshot["orders"]))
        findings = [
            *compare_accounts(ours, snapshot["accounts"]),
            *compare_stock(stock, snapshot["stock"]),
            *compare_orders(orders, snapshot["orders"]),
        ]
        differences = self.env["instant.ilms.difference"]
        gone = differences._close_gone(
            findings, self._get_busy_keys(ours, stock, orders)
        )
        found = differences._record(self, findings)
        self.write(
            {
                "account_count": len(ours),
                "stock_count": len(stock),
                "order_count": len(orders),
                "top_up_count": top_ups,
                "found_count": len(found),
                "gone_count": len(gone),
                "finished_at": fields.Datetime.now(),
            }
        )
        self._update_state("done")
        self._feed_months(snapshot, ours, stock)
        self.page_ids.unlink()  # collected figures, of no use from here on
        self._journal("ilms.reconciled", {"differences": len(found), "gone": len(gone)})
        return found

    def _feed_months(self, snapshot, accounts, stock):
        """Give the figures to the months that asked for them (PF-INT-03)."""
        busy = self._get_busy_keys(accounts, stock, {})
        runs = self.env["lottery.reconcile.run"]
        origin = f"ILMS {self.started_at:%Y-%m-%d %H:%M}"
        balances = (
            (
                number,
                {"balance": to_yuan(row["instant"]), "frozen": to_yuan(row["frozen"])},
            )
            for number, row in snapshot["accounts"].items()
        )
        packs = (
            (" ".join(key), row)
            for key, row in snapshot["stock"].items()
            if any(row.values()) or key in stock
        )
        runs._feed("balances", balances, origin=origin, skipped=busy["account"])
        runs._feed("stock", packs, origin=origin, skipped=busy["stock"])

    @staticmethod
    def _get_busy_keys(accounts, stock, orders):
        """What was not compared: earlier differences about it stay open."""
        return {
            "account": {key for key, row in accounts.items() if row["busy"]},
            "stock": {" ".join(key) for key, row in stock.items() if row["busy"]},
            "order": {key for key, row in orders.items() if row["busy"]},
        }

    def _fetch(self, query, **values):
        self.env.cr.execute(query, {"since": self.started_at - MARGIN, **values})
        return self.env.cr.fetchall()

    def _get_our_accounts(self):
        return {
            number: {
                "balance": to_fen(balance),
                "frozen": to_fen(frozen),
                "busy": busy,
            }
            for number, balance, busy, frozen in self._fetch(OUR_ACCOUNTS)
        }

    def _get_our_stock(self):
        return {
            (warehouse, game): {"on_hand": on_hand, "locked": locked, "busy": busy}
            for warehouse, game, on_hand, locked, busy in self._fetch(OUR_STOCK)
        }

    def _get_our_orders(self, names):
        recent = self.started_at - timedelta(days=RECENT_DAYS)
        rows = self._fetch(OUR_ORDERS, names=names, recent=recent)
        return {
            name: {
                "state": state,
                "shipped": shipped,
                "amount": to_fen(amount),
                "busy": busy,
                "packs": packs,
            }
            for name, state, shipped, amount, busy, packs in rows
        }

    def _take_over_top_ups(self, ours, theirs):
        """Book money that outlets paid in; returns how many accounts it were."""
        raised = [
            number
            for number, mine in ours.items()
            if not mine["busy"]
            and number in theirs
            and theirs[number]["instant"] > mine["balance"]
        ]
        skipped = self.env["instant.account"]._sync_balances(
            [
                {
                    "outlet_number": number,
                    "payment": to_yuan(theirs[number]["payment"]),
                    "instant": to_yuan(theirs[number]["instant"]),
                }
                for number in raised
            ]
        )
        for number in raised:
            if number in skipped:
                ours[number]["busy"] = True
            else:
                ours[number]["balance"] = theirs[number]["instant"]
        return len(raised) - len(skipped)

    @api.autovacuum
    def _gc_runs(self):
        """Runs are kept a year; differences have their own history."""
        limit = fields.Datetime.now() - timedelta(days=365)
        runs = self.search([("started_at", "<", limit)], limit=1000)
        runs.unlink()
        return len(runs), len(runs) == 1000


class InstantIlmsPage(models.Model):
    """A page of ILMS's lists while a reconciliation collects."""

    _name = "instant.ilms.page"
    _description = "Page of an ILMS List"
    _log_access = False
    _order = "id"

    run_id = fields.Many2one(
        "instant.ilms.reconcile",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    kind = fields.Char(required=True, readonly=True)
    rows = fields.Json(readonly=True)
    last = fields.Boolean(readonly=True)
