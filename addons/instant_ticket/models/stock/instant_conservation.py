from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

LEDGER_STATES = ("available", "locked", "picked")

CHECKS = {
    "account.held": """
        SELECT a.outlet_id, a.held, COALESCE(o.total, 0)
          FROM instant_account a
          LEFT JOIN (SELECT outlet_id, sum(amount) AS total FROM instant_order
                      WHERE holding GROUP BY 1) o USING (outlet_id)
         WHERE a.held <> COALESCE(o.total, 0)
    """,
    "account.balance": """
        SELECT a.outlet_id, a.balance, COALESCE(m.total, 0)
          FROM instant_account a
          LEFT JOIN (SELECT outlet_id, sum(amount) AS total FROM instant_account_move
                      WHERE kind NOT IN ('hold', 'release') GROUP BY 1) m
                 USING (outlet_id)
         WHERE a.balance <> COALESCE(m.total, 0)
    """,
    "account.hold_moves": """
        SELECT a.outlet_id, a.held, COALESCE(m.total, 0)
          FROM instant_account a
          LEFT JOIN (SELECT outlet_id, sum(amount) AS total FROM instant_account_move
                      WHERE kind IN ('hold', 'release') GROUP BY 1) m
                 USING (outlet_id)
         WHERE a.held <> COALESCE(m.total, 0)
    """,
    "order.amount": """
        SELECT o.id, o.amount, sum(l.pack_amount * l.quantity)
          FROM instant_order o JOIN instant_order_line l ON l.order_id = o.id
         WHERE o.state <> 'draft'
         GROUP BY o.id HAVING o.amount <> sum(l.pack_amount * l.quantity)
    """,
    "order.holding": """
        SELECT id, state, holding FROM instant_order
         WHERE (state IN ('submitted', 'locked', 'picking') AND NOT holding)
            OR (state IN ('draft', 'shipped', 'delivered', 'done', 'cancelled',
                          'rejected') AND holding)
    """,
    "stock.held": """
        SELECT a.warehouse_id, a.game_id, a.held, COALESCE(o.packs, 0)
          FROM instant_availability a
          FULL JOIN (SELECT h.warehouse_id, h.game_id, sum(h.packs) AS packs
                       FROM (SELECT o.warehouse_id, l.game_id, l.quantity AS packs
                               FROM instant_order o
                               JOIN instant_order_line l ON l.order_id = o.id
                              WHERE o.holding
                              UNION ALL
                             SELECT warehouse_id, game_id, 1 FROM instant_pack
                              WHERE state = 'locked' AND picking_id IS NOT NULL) h
                      GROUP BY 1, 2) o USING (warehouse_id, game_id)
         WHERE COALESCE(a.held, 0) <> COALESCE(o.packs, 0)
    """,
    "stock.quants": """
        SELECT COALESCE(a.warehouse_id, q.warehouse_id), COALESCE(a.game_id, q.game_id),
               a.on_hand, q.packs
          FROM instant_availability a
          FULL JOIN (SELECT l.warehouse_id, g.id AS game_id, sum(q.quantity) AS packs
                       FROM stock_quant q
                       JOIN stock_location l ON l.id = q.location_id
                        AND l.usage IN ('internal', 'transit')
                       JOIN instant_game g ON g.product_id = q.product_id
                      WHERE l.warehouse_id IS NOT NULL
                      GROUP BY 1, 2) q USING (warehouse_id, game_id)
         WHERE COALESCE(a.on_hand, 0) <> COALESCE(q.packs, 0)
    """,
    "stock.ledger": """
        SELECT COALESCE(a.warehouse_id, p.warehouse_id), COALESCE(a.game_id, p.game_id),
               a.on_hand, p.packs
          FROM instant_availability a
          FULL JOIN (SELECT warehouse_id, game_id, count(*) AS packs
                       FROM instant_pack
                      WHERE state IN ('available', 'locked', 'picked')
                      GROUP BY 1, 2) p USING (warehouse_id, game_id)
         WHERE COALESCE(a.on_hand, 0) <> COALESCE(p.packs, 0)
    """,
    "stock.places": """
        SELECT COALESCE(q.location_id, p.location_id), COALESCE(q.game_id, p.game_id),
               q.packs, p.packs
          FROM (SELECT q.location_id, g.id AS game_id, sum(q.quantity) AS packs
                  FROM stock_quant q
                  JOIN stock_location l ON l.id = q.location_id
                   AND l.usage IN ('internal', 'transit')
                  JOIN instant_game g ON g.product_id = q.product_id
                 GROUP BY 1, 2) q
          FULL JOIN (SELECT location_id, game_id, count(*) AS packs
                       FROM instant_pack
                      WHERE state IN ('available', 'locked', 'picked', 'transfer')
                      GROUP BY 1, 2) p USING (location_id, game_id)
         WHERE COALESCE(q.packs, 0) <> COALESCE(p.packs, 0)
    """,
    "packs.of_orders": """
        SELECT o.id, o.name, o.pack_count, count(p.id)
          FROM instant_order o LEFT JOIN instant_pack p ON p.order_id = o.id
         WHERE o.shipped_at IS NOT NULL AND o.state IN ('shipped', 'delivered', 'done')
         GROUP BY o.id HAVING o.pack_count <> count(p.id)
    """,
    "packs.scanned": """
        SELECT l.id, l.scanned, count(p.id)
          FROM instant_order_line l
          JOIN instant_order o ON o.id = l.order_id AND o.shipped_at IS NULL
          LEFT JOIN instant_pack p ON p.order_line_id = l.id AND p.state = 'picked'
         GROUP BY l.id HAVING l.scanned <> count(p.id)
    """,
}


class InstantConservation(models.AbstractModel):
    """The equations of money and packs (architecture section 2)."""

    _name = "instant.conservation"
    _description = "Conservation of Money and Packs"

    @api.model
    @api.readonly
    def check(self):
        """Check the equations (suite administrators and centre leaders).

        :return: ``[{"name", "ok", "detail"}]``
        """
        if not self.env.user.has_group("lottery_base.group_centre_leader"):
            raise AccessError(self.env._("Only the centre may check all the books."))
        return self.sudo()._check()  # the equations span all units

    @api.model
    def _check(self):
        """Return ``[{"name", "ok", "detail"}]``, one per equation, on committed data."""
        self.env.flush_all()
        results = []
        for name, query in CHECKS.items():
            # the queries are constants of this file
            rows = self.env.execute_query(SQL(query + " LIMIT 5"))
            detail = "; ".join(str(tuple(map(str, row))) for row in rows)
            results.append({"name": name, "ok": not rows, "detail": detail})
        return results

    @api.model
    def _cron_check(self):
        broken = [row for row in self._check() if not row["ok"]]
        if broken:
            self._alert(broken)
        return broken

    def _alert(self, broken):
        """Leave a to-do with every suite administrator, one while it is open, and a line
        in the journal."""
        self.env["lottery.journal"]._append(
            [
                {
                    "event": "conservation.broken",
                    "model": self._name,
                    "res_id": 0,
                    "branch_id": None,
                    "values": {row["name"]: row["detail"] for row in broken},
                }
            ]
        )
        summary = self.env._("Books of tickets and money disagree")
        admins_sudo = self.env.ref("lottery_base.group_admin").sudo().all_user_ids
        for user in admins_sudo:
            card = user.partner_id  # the books are no record that carries to-dos
            if summary in card.activity_ids.mapped("summary"):
                continue
            card.activity_schedule(
                "mail.mail_activity_data_warning",
                user_id=user.id,
                summary=summary,
                note=", ".join(row["name"] for row in broken),
            )
