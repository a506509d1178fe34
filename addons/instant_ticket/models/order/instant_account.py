from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

MOVE_KINDS = [
    ("top_up", "Top-up"),
    ("hold", "Held for an order"),
    ("release", "Hold released"),
    ("deduct", "Deducted"),
    ("refund", "Refunded"),
    ("transfer", "Transfer between accounts"),
    ("correction", "Correction by reconciliation"),
]
BALANCE_KINDS = ("top_up", "deduct", "refund", "transfer", "correction")
HOLD_KINDS = ("hold", "release")


class InstantAccount(models.Model):
    """Money of one outlet as ILMS keeps it, and what our open orders hold of it.

    ``balance`` mirrors the instant account at ILMS, frozen part included;
    ``held`` is the sum of the open orders; ``available = balance - held``.
    """

    _name = "instant.account"
    _description = "Outlet Instant Account"
    _inherit = ["lottery.branch.mixin", "lottery.journal.mixin"]
    _order = "outlet_id"
    _rec_name = "outlet_id"

    outlet_id = fields.Many2one(
        "lottery.outlet",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    branch_id = fields.Many2one(
        related="outlet_id.branch_id", store=True, index=True, default=None
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: (
            self.env.ref("base.CNY", raise_if_not_found=False)
            or self.env.company.currency_id
        ),
    )
    balance = fields.Monetary(readonly=True, default=0, string="Instant Account")
    held = fields.Monetary(readonly=True, default=0)
    available = fields.Monetary(compute="_compute_available")
    payment_balance = fields.Monetary(
        readonly=True, default=0, string="Payment Account"
    )
    version = fields.Integer(
        readonly=True,
        default=0,
        help="Counts the changes of the balance; an ILMS snapshot taken before a "
        "change is not applied over it.",
    )
    synced_at = fields.Datetime(readonly=True)
    move_ids = fields.One2many("instant.account.move", "account_id")

    _outlet_uniq = models.Constraint(
        "UNIQUE(outlet_id)", "An outlet has one instant account."
    )
    _held_positive = models.Constraint(
        "CHECK(held >= 0)", "The amount held cannot be negative."
    )
    _balance_positive = models.Constraint(
        "CHECK(balance >= 0)", "The instant account cannot be overdrawn."
    )

    @api.depends("balance", "held")
    def _compute_available(self):
        for account in self:
            account.available = account.balance - account.held

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if set(vals) & {"balance", "held", "payment_balance", "version"}:
                raise UserError(
                    self.env._("Balances come from ILMS and from orders only.")
                )
        return super().create(vals_list)

    def write(self, vals):
        if set(vals) & {"balance", "held", "payment_balance", "version", "outlet_id"}:
            raise UserError(self.env._("Balances come from ILMS and from orders only."))
        return super().write(vals)

    # === MONEY === #

    @api.model
    def _book(self, outlet_id, kind, amount, *, order_id=None, note=None):
        """Book one movement on an account whose row is locked by the caller.

        :param str kind: one of ``MOVE_KINDS``
        :param amount: signed change in CNY of the balance (balance kinds) or of the
            hold (``hold`` positive, ``release`` negative)
        :return: id of the movement
        """
        balance_delta = amount if kind in BALANCE_KINDS else 0
        held_delta = amount if kind in HOLD_KINDS else 0
        self.env.cr.execute(
            SQL(
                """
                WITH account AS (
                    UPDATE instant_account
                       SET balance = balance + %(balance_delta)s,
                           held = held + %(held_delta)s,
                           version = version + %(step)s,
                           write_date = now() AT TIME ZONE 'UTC', write_uid = %(uid)s
                     WHERE outlet_id = %(outlet_id)s
                 RETURNING id, branch_id, outlet_id, currency_id, balance, held
                )
                INSERT INTO instant_account_move
                       (account_id, outlet_id, branch_id, currency_id, kind, amount,
                        balance_after, held_after, order_id, note, date, user_id)
                SELECT id, outlet_id, branch_id, currency_id, %(kind)s, %(amount)s,
                       balance, held, %(order_id)s, %(note)s,
                       now() AT TIME ZONE 'UTC', %(uid)s
                  FROM account
             RETURNING id
                """,
                balance_delta=balance_delta,
                held_delta=held_delta,
                step=1 if balance_delta else 0,
                uid=self.env.uid,
                outlet_id=outlet_id,
                kind=kind,
                amount=amount,
                order_id=order_id,
                note=note,
            )
        )
        (move_id,) = self.env.cr.fetchone()
        self.invalidate_model(["balance", "held", "available", "version", "move_ids"])
        return move_id

    @api.model
    def _lock_outlets(self, outlet_ids):
        """Take the account rows in the fixed order."""
        self.env.cr.execute(
            SQL(
                "SELECT id FROM instant_account WHERE outlet_id IN %s "
                "ORDER BY outlet_id FOR UPDATE",
                tuple(outlet_ids),
            )
        )

    @api.model
    def _sync_balances(self, rows):
        """Take over balances that ILMS reported, all accounts in three statements.

        A row is skipped when the account moved after the snapshot was asked for
        (``version``), and while a confirmation or a transfer is on its way: the remote
        figure may then contain what we have not booked yet.

        :param rows: ``[{"outlet_number", "payment", "instant", "version"}]``, exact
            amounts in CNY; ``instant`` includes what is frozen; no ``version`` = the
            caller vouches for it
        :return: numbers of the outlets that were skipped
        """
        if not rows:
            return []
        self.env.flush_all()
        known = self._lock_for_sync([row["outlet_number"] for row in rows])
        skipped, values = [], []
        for row in rows:
            account_id, balance, version, moving = known.get(
                row["outlet_number"], (None, None, None, True)
            )
            moved = row.get("version") not in (None, version)
            if moving or moved or row["instant"] < 0:
                skipped.append(row["outlet_number"])
                continue
            delta = Decimal(row["instant"]) - Decimal(balance or 0)
            values.append((account_id, delta, Decimal(row["payment"])))
        self._write_synced(values)
        return skipped

    def _lock_for_sync(self, numbers):
        """``{outlet number: (account id, balance, version, moving)}``, rows locked."""
        self.env.cr.execute(
            SQL(
                """
                SELECT a.id FROM instant_account a
                  JOIN lottery_outlet o ON o.id = a.outlet_id
                 WHERE o.number = ANY(%s) ORDER BY a.outlet_id FOR UPDATE OF a
                """,
                numbers,
            )
        )
        locked = [account_id for (account_id,) in self.env.cr.fetchall()]
        # a second statement: at READ COMMITTED it sees what the lock was waited for
        self.env.cr.execute(
            SQL(
                """
                SELECT o.number, a.id, a.balance::text, a.version,
                       EXISTS (SELECT FROM instant_order i
                                WHERE i.outlet_id = a.outlet_id
                                  AND (i.confirming OR i.return_state = 'asked'))
                       OR EXISTS (SELECT FROM instant_account_transfer t
                                   WHERE t.outlet_id = a.outlet_id
                                     AND t.state IN ('asked', 'unknown'))
                  FROM instant_account a JOIN lottery_outlet o ON o.id = a.outlet_id
                 WHERE a.id = ANY(%s)
                """,
                locked,
            )
        )
        return {number: rest for number, *rest in self.env.cr.fetchall()}

    def _write_synced(self, values):
        if not values:
            return
        self.env.cr.execute_values(
            """
            WITH synced AS (
                UPDATE instant_account a
                   SET balance = COALESCE(a.balance, 0) + v.delta,
                       payment_balance = v.payment,
                       version = COALESCE(a.version, 0) + (v.delta <> 0)::int,
                       synced_at = now() AT TIME ZONE 'UTC',
                       write_date = CASE WHEN v.delta <> 0
                           THEN now() AT TIME ZONE 'UTC' ELSE a.write_date END
                  FROM (VALUES %s) AS v (id, delta, payment)
                 WHERE a.id = v.id
             RETURNING a.*, v.delta
            )
            INSERT INTO instant_account_move
                   (account_id, outlet_id, branch_id, currency_id, kind, amount,
                    balance_after, held_after, note, date)
            SELECT id, outlet_id, branch_id, currency_id,
                   CASE WHEN delta > 0 THEN 'top_up' ELSE 'correction' END, delta,
                   balance, held, 'ILMS', now() AT TIME ZONE 'UTC'
              FROM synced WHERE delta <> 0 ORDER BY id
            """,
            values,
            page_size=len(values),
        )
        self.invalidate_model()
        self.env["instant.account.move"].invalidate_model()


class InstantAccountMove(models.Model):
    """One movement of an account; append-only."""

    _name = "instant.account.move"
    _description = "Account Movement"
    _inherit = ["lottery.branch.mixin"]
    _order = "id desc"
    _log_access = False

    account_id = fields.Many2one(
        "instant.account", required=True, readonly=True, index=True, ondelete="restrict"
    )
    outlet_id = fields.Many2one(
        "lottery.outlet", required=True, readonly=True, index=True, ondelete="restrict"
    )
    branch_id = fields.Many2one(readonly=True, default=None)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    kind = fields.Selection(MOVE_KINDS, required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    balance_after = fields.Monetary(readonly=True)
    held_after = fields.Monetary(readonly=True)
    available_after = fields.Monetary(compute="_compute_available_after")
    order_id = fields.Many2one(
        "instant.order", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    note = fields.Char(readonly=True)
    date = fields.Datetime(readonly=True)
    user_id = fields.Many2one("res.users", readonly=True)

    @api.depends("balance_after", "held_after")
    def _compute_available_after(self):
        for move in self:
            move.available_after = move.balance_after - move.held_after

    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(self.env._("Movements are booked by orders and ILMS only."))

    def write(self, vals):
        raise UserError(self.env._("A booked movement cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A booked movement cannot be deleted."))
