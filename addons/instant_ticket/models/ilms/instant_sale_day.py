from odoo import api, fields, models


class InstantSaleDay(models.Model):
    """Packs that went on sale at an outlet on one day, as ILMS counts them."""

    _name = "instant.sale.day"
    _description = "Sales of a Day"
    _inherit = ["lottery.branch.mixin"]
    _order = "day desc, outlet_id, game_id"
    _rec_name = "day"
    _log_access = False

    day = fields.Date(required=True, readonly=True)
    outlet_id = fields.Many2one(
        "lottery.outlet", required=True, readonly=True, ondelete="restrict"
    )
    game_id = fields.Many2one(
        "instant.game", required=True, readonly=True, index=True, ondelete="restrict"
    )
    branch_id = fields.Many2one(readonly=True, default=None)
    currency_id = fields.Many2one(related="game_id.currency_id")
    packs = fields.Integer(readonly=True, string="Activated Packs")
    amount = fields.Monetary(readonly=True)

    _day_outlet_game_uniq = models.Constraint(
        "UNIQUE(outlet_id, game_id, day)", "One row per outlet, game and day."
    )
    # read by the reports of one day over all outlets
    _day_idx = models.Index("(day, game_id)")

    @api.model
    def _take_over(self, day, rows):
        """Set the day's figures of these outlets; a repeat sets the same again.

        :param rows: ``[{"outlet", "game", "packs", "amount" (fen)}]``; outlets and
            games we do not have are left out
        """
        if not rows:
            return
        self.env.cr.execute_values(
            """
            INSERT INTO instant_sale_day AS s
                   (day, outlet_id, game_id, branch_id, packs, amount)
            SELECT v.day::date, o.id, g.id, o.branch_id, v.packs, v.fen / 100.0
              FROM (VALUES %s) AS v (day, outlet, game, packs, fen)
              JOIN lottery_outlet o ON o.number = v.outlet
              JOIN instant_game g ON g.code = v.game
                ON CONFLICT (outlet_id, game_id, day) DO UPDATE
               SET packs = EXCLUDED.packs, amount = EXCLUDED.amount
             WHERE (s.packs, s.amount)
                   IS DISTINCT FROM (EXCLUDED.packs, EXCLUDED.amount)
            """,
            [(day, r["outlet"], r["game"], r["packs"], r["amount"]) for r in rows],
        )
        self.invalidate_model()
