from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class InstantAvailability(models.Model):
    """Counter of packs per warehouse and game, the row that orders contend for.

    ``on_hand`` follows the stock moves, ``held`` the open orders and the packs scanned
    for transfers. Both are written in SQL by the verbs of ``instant.order`` and by
    ``stock.move._action_done``; ``instant.conservation`` compares them with quants,
    ledger and orders.
    """

    _name = "instant.availability"
    _description = "Packs Available"
    _inherit = ["lottery.branch.mixin"]
    _order = "warehouse_id, game_id"
    _log_access = False

    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, readonly=True, ondelete="restrict"
    )
    branch_id = fields.Many2one(
        related="warehouse_id.branch_id", store=True, index=True, default=None
    )
    game_id = fields.Many2one(
        "instant.game", required=True, readonly=True, index=True, ondelete="restrict"
    )
    game_state = fields.Selection(related="game_id.state")
    face_value = fields.Monetary(related="game_id.face_value")
    currency_id = fields.Many2one(related="game_id.currency_id")
    on_hand = fields.Integer(readonly=True, default=0)
    held = fields.Integer(readonly=True, default=0)
    available = fields.Integer(
        compute="_compute_available", search="_search_available", aggregator="sum"
    )
    hot_rank = fields.Integer(
        readonly=True,
        help="Place among the best sellers of the warehouse in the last 30 days; "
        "0 = not among them.",
    )

    _warehouse_game_uniq = models.Constraint(
        "UNIQUE(warehouse_id, game_id)", "One counter per warehouse and game."
    )
    _held_within_stock = models.Constraint(
        "CHECK(held >= 0 AND held <= on_hand)",
        "Packs held by orders cannot leave the warehouse by another way.",
    )

    @api.depends("on_hand", "held")
    def _compute_available(self):
        for row in self:
            row.available = row.on_hand - row.held

    def _search_available(self, operator, value):
        if operator in ("in", "not in"):
            value = tuple(int(v) for v in value) or (None,)
            operator = "IN" if operator == "in" else "NOT IN"
        comparison = {
            ">": SQL("on_hand - held > %s", value),
            ">=": SQL("on_hand - held >= %s", value),
            "<": SQL("on_hand - held < %s", value),
            "<=": SQL("on_hand - held <= %s", value),
            "IN": SQL("on_hand - held IN %s", value),
            "NOT IN": SQL("on_hand - held NOT IN %s", value),
        }.get(operator)
        if comparison is None:
            return NotImplemented
        return [
            (
                "id",
                "in",
                SQL("(SELECT id FROM instant_availability WHERE %s)", comparison),
            )
        ]

    @api.model
    def _add_on_hand(self, deltas):
        """Add stock changes to the counters, rows in a fixed order.

        :param deltas: ``{(warehouse_id, game_id): packs}``, packs may be negative
        """
        rows = sorted((w, g, d) for (w, g), d in deltas.items() if d)
        if not rows:
            return
        self._lock([(w, g) for w, g, _delta in rows])
        updated = {
            (w, g)
            for w, g in self.env.cr.execute_values(
                """
                UPDATE instant_availability a SET on_hand = a.on_hand + v.delta
                  FROM (VALUES %s) AS v (warehouse_id, game_id, delta)
                 WHERE a.warehouse_id = v.warehouse_id AND a.game_id = v.game_id
             RETURNING a.warehouse_id, a.game_id
                """,
                rows,
                fetch=True,
            )
        }
        missing = [row for row in rows if row[:2] not in updated]
        if missing:
            self.env.cr.execute_values(
                """
                INSERT INTO instant_availability AS a
                       (warehouse_id, game_id, branch_id, on_hand, held, hot_rank)
                SELECT v.warehouse_id, v.game_id, w.branch_id, v.delta, 0, 0
                  FROM (VALUES %s) AS v (warehouse_id, game_id, delta)
                  JOIN stock_warehouse w ON w.id = v.warehouse_id
                    ON CONFLICT (warehouse_id, game_id)
                    DO UPDATE SET on_hand = a.on_hand + EXCLUDED.on_hand
                """,
                missing,
            )
        self.invalidate_model(["on_hand", "available"])

    @api.model
    def _add_held(self, warehouse_id, packs_by_game):
        """Hold (positive) or free (negative) packs; the rows must be locked."""
        self.env.cr.execute_values(
            """
            UPDATE instant_availability a SET held = a.held + v.delta
              FROM (VALUES %s) AS v (warehouse_id, game_id, delta)
             WHERE a.warehouse_id = v.warehouse_id AND a.game_id = v.game_id
            """,
            [(warehouse_id, game_id, n) for game_id, n in packs_by_game.items()],
        )
        self.invalidate_model(["held", "available"])

    @api.model
    def _check_free(self, deltas):
        """Refuse to take packs away that orders or transfers were promised.

        :param deltas: ``{(warehouse_id, game_id): packs}``; the rows get locked
        :raise UserError: names the game and what is free
        """
        leaving = {key: -packs for key, packs in deltas.items() if packs < 0}
        if not leaving:
            return
        self._lock(sorted(leaving))
        self.env.cr.execute(
            SQL(
                "SELECT warehouse_id, game_id, on_hand - held FROM instant_availability "
                "WHERE (warehouse_id, game_id) IN %s",
                tuple(leaving),
            )
        )
        free = {
            (warehouse, game): packs
            for warehouse, game, packs in self.env.cr.fetchall()
        }
        for (warehouse_id, game_id), packs in sorted(leaving.items()):
            if free.get((warehouse_id, game_id), 0) < packs:
                raise UserError(
                    self.env._(
                        "%(game)s in %(warehouse)s: %(free)s packs are free, the others "
                        "are promised to orders or transfers.",
                        game=self.env["instant.game"].browse(game_id).display_name,
                        warehouse=self.env["stock.warehouse"].browse(warehouse_id).name,
                        free=max(free.get((warehouse_id, game_id), 0), 0),
                    )
                )

    @api.model
    def _lock(self, keys):
        """Take the rows of ``[(warehouse_id, game_id)]`` in the fixed order."""
        self.env.cr.execute(
            SQL(
                """
                SELECT id FROM instant_availability
                 WHERE (warehouse_id, game_id) IN %s
                 ORDER BY warehouse_id, game_id FOR UPDATE
                """,
                tuple(keys),
            )
        )

    @api.model
    def _cron_rank_hot(self, days=30, places=6):
        """Rank the best sellers of each warehouse by packs ordered in ``days``."""
        self.env.cr.execute(
            SQL(
                """
                WITH sold AS (
                    SELECT o.warehouse_id, l.game_id, sum(l.quantity) AS packs
                      FROM instant_order o
                      JOIN instant_order_line l ON l.order_id = o.id
                     WHERE o.submitted_at >= now() AT TIME ZONE 'UTC' - %s * interval '1 day'
                       AND o.state NOT IN ('draft', 'cancelled', 'rejected')
                     GROUP BY 1, 2
                ), ranked AS (
                    SELECT *, rank() OVER (
                               PARTITION BY warehouse_id ORDER BY packs DESC, game_id
                           ) AS place
                      FROM sold
                ), target AS (
                    SELECT a.id, CASE WHEN r.place <= %s THEN r.place ELSE 0 END AS place
                      FROM instant_availability a
                      LEFT JOIN ranked r USING (warehouse_id, game_id)
                )
                UPDATE instant_availability a SET hot_rank = COALESCE(t.place, 0)
                  FROM target t
                 WHERE t.id = a.id AND a.hot_rank IS DISTINCT FROM COALESCE(t.place, 0)
                """,
                days,
                places,
            )
        )
        self.invalidate_model(["hot_rank"])
