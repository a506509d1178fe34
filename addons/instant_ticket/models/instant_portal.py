from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.json import scriptsafe

NEW_DAYS = 30
OPEN_STATES = ("submitted", "locked", "picking", "shipped", "delivered", "exception")
CLOSED_STATES = ("done", "cancelled", "rejected")
ORDERS_PER_PAGE = 20
MOVES_PER_PAGE = 100


class InstantPortal(models.AbstractModel):
    """What the owner's pages read, a fixed number of statements a page (IT-BEN-05).

    Every method takes the id of an outlet that the caller resolved through
    ``lottery.outlet._get_owner_outlet``; nothing here is reachable by RPC. The rows
    are plain dictionaries: templates cannot wander off into other records.
    """

    _name = "instant.portal"
    _description = "Reader of the Owner's Pages"

    def _rows(self, query):
        return self.env.execute_query_dict(query)

    @api.model
    def _new_since(self):
        # sudo: a parameter, read for owners
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        days = int(parameters_sudo.get_param("instant_ticket.new_days", NEW_DAYS))
        return fields.Date.context_today(self) - timedelta(days=days)

    @api.model
    def _read_shop(self, outlet_id):
        """Return the outlet, its money, its open orders and the user's unread messages
        in one row.

        Amounts are in yuan; ``usable`` is never below zero.
        """
        rows = self._rows(
            SQL(
                """
                SELECT o.id, o.number, o.name, o.state, o.branch_id, o.warehouse_id,
                       o.delivery_address, o.distance_km, o.sla_override_hours,
                       b.phone AS desk_phone, a.id AS account_id,
                       COALESCE(a.balance, 0)::float AS balance,
                       COALESCE(a.held, 0)::float AS held,
                       GREATEST(COALESCE(a.balance - a.held, 0), 0)::float AS usable,
                       COALESCE(a.payment_balance, 0)::float AS payment,
                       a.synced_at,
                       (SELECT count(*) FROM instant_order i
                         WHERE i.outlet_id = o.id AND i.state IN %s) AS open_orders,
                       (SELECT count(*) FROM (
                           SELECT FROM lottery_notification
                            WHERE user_id = %s AND channel = 'in_app'
                              AND state = 'sent' LIMIT 100) n) AS unread
                  FROM lottery_outlet o
                  JOIN lottery_branch b ON b.id = o.branch_id
                  LEFT JOIN instant_account a ON a.outlet_id = o.id
                 WHERE o.id = %s
                """,
                OPEN_STATES,
                self.env.uid,
                outlet_id,
            )
        )
        return rows[0]

    # === CATALOGUE === #

    @api.model
    def _read_catalogue(self, warehouse_id, game_ids=None):
        """Return the games that can be ordered from a warehouse, best first.

        :param game_ids: only these, sold out or withdrawn ones too
        :return: rows with ``left`` (packs), ``is_new``, ``is_hot``, ``has_image``
        """
        scope = (
            SQL("g.id IN %s AND g.state <> 'draft'", tuple(game_ids))
            if game_ids is not None
            else SQL(
                "a.on_hand > a.held AND g.active AND g.state IN ('on_sale', 'exiting')"
            )
        )
        if game_ids is not None and not game_ids:
            return []
        return self._rows(
            SQL(
                """
                SELECT g.id, g.code, g.name, g.theme, g.tickets_per_pack, g.state,
                       g.active, g.face_value::float AS face,
                       g.pack_amount::float AS price, g.top_prize::float AS top_prize,
                       COALESCE(a.on_hand - a.held, 0) AS left,
                       COALESCE(a.hot_rank, 0) AS hot_rank,
                       COALESCE(a.hot_rank, 0) > 0 AS is_hot,
                       g.launch_date IS NOT NULL AND g.launch_date >= %s AS is_new,
                       g.launch_date, g.state = 'exiting' AS is_exiting,
                       extract(epoch FROM g.write_date)::bigint AS version,
                       i.id IS NOT NULL AS has_image
                  FROM instant_game g
                  LEFT JOIN instant_availability a
                    ON a.game_id = g.id AND a.warehouse_id = %s
                  LEFT JOIN ir_attachment i
                    ON i.res_model = 'instant.game' AND i.res_id = g.id
                   AND i.res_field = 'image_front_256'
                 WHERE %s
                 ORDER BY is_new DESC, a.hot_rank = 0, a.hot_rank, g.face_value,
                          g.launch_date DESC NULLS LAST, g.code
                """,
                self._new_since(),
                warehouse_id or None,
                scope,
            )
        )

    @api.model
    def _read_campaigns(self, warehouse_id):
        """Return the campaigns running now for games the outlet can order."""
        return self._rows(
            SQL(
                """
                SELECT g.id AS game_id, g.name, g.campaign_title AS title,
                       g.campaign_text AS text,
                       md5(concat_ws('|', g.campaign_title, g.campaign_text,
                                     g.campaign_from)) AS mark
                  FROM instant_game g
                  JOIN instant_availability a
                    ON a.game_id = g.id AND a.warehouse_id = %s
                 WHERE a.on_hand > a.held AND g.active
                   AND g.state IN ('on_sale', 'exiting')
                   AND COALESCE(g.campaign_title, '') <> ''
                   AND COALESCE(g.campaign_from, now() AT TIME ZONE 'UTC')
                       <= now() AT TIME ZONE 'UTC'
                   AND COALESCE(g.campaign_to, 'infinity') > now() AT TIME ZONE 'UTC'
                 ORDER BY g.campaign_from DESC NULLS LAST, g.id
                """,
                warehouse_id or None,
            )
        )

    @api.model
    def _read_recommended(self, outlet_id, limit=4):
        """Return games that outlets alike ordered lately and this one did not.

        Alike: same unit and same kind. One row a game with the number of outlets and
        of packs in the last 30 days.
        """
        return self._rows(
            SQL(
                """
                WITH me AS (
                    SELECT id, branch_id, kind, warehouse_id
                      FROM lottery_outlet WHERE id = %(outlet)s
                ), alike AS (
                    SELECT o.id FROM lottery_outlet o
                      JOIN me ON me.branch_id = o.branch_id AND me.kind = o.kind
                     WHERE o.id <> me.id AND o.state = 'active'
                     ORDER BY o.id LIMIT 200
                ), mine AS (
                    SELECT DISTINCT l.game_id FROM instant_order i
                      JOIN instant_order_line l ON l.order_id = i.id
                     WHERE i.outlet_id = %(outlet)s
                       AND i.submitted_at
                           > now() AT TIME ZONE 'UTC' - interval '30 days'
                       AND i.state NOT IN ('draft', 'cancelled', 'rejected')
                ), sold AS MATERIALIZED (
                    -- line by line of these orders; joined flat, the planner reads
                    -- all lines of every game
                    SELECT i.outlet_id, l.game_id, l.quantity
                      FROM alike
                      JOIN instant_order i ON i.outlet_id = alike.id
                     CROSS JOIN LATERAL (
                           SELECT game_id, quantity FROM instant_order_line
                            WHERE order_id = i.id OFFSET 0
                     ) l
                     WHERE i.submitted_at
                           > now() AT TIME ZONE 'UTC' - interval '30 days'
                       AND i.state NOT IN ('draft', 'cancelled', 'rejected')
                )
                SELECT s.game_id, count(DISTINCT s.outlet_id) AS outlets,
                       sum(s.quantity) AS packs
                  FROM sold s
                  JOIN me ON TRUE
                  JOIN instant_game g ON g.id = s.game_id AND g.active
                   AND g.state IN ('on_sale', 'exiting')
                  JOIN instant_availability a
                    ON a.warehouse_id = me.warehouse_id AND a.game_id = s.game_id
                   AND a.on_hand > a.held
                 WHERE s.game_id NOT IN (SELECT game_id FROM mine)
                 GROUP BY s.game_id
                 ORDER BY outlets DESC, packs DESC, s.game_id LIMIT %(limit)s
                """,
                outlet=outlet_id,
                limit=limit,
            )
        )

    # === ORDERS === #

    @api.model
    def _read_orders(self, outlet_id, states, before=None):
        """Return a page of orders, newest first, and whether older ones follow.

        :param before: id below which to read, from the page before
        """
        rows = self._rows(
            SQL(
                """
                SELECT o.id, o.name, o.state, o.submitted_at, o.deadline, o.pack_count,
                       o.amount::float AS amount, o.pickup_code, o.confirming,
                       (SELECT string_agg(g.name, '、' ORDER BY l.id)
                          FROM instant_order_line l
                          JOIN instant_game g ON g.id = l.game_id
                         WHERE l.order_id = o.id) AS games,
                       (SELECT count(*) FROM instant_order_line l
                         WHERE l.order_id = o.id) AS line_count
                  FROM instant_order o
                 WHERE o.outlet_id = %s AND o.state IN %s AND o.active AND %s
                 ORDER BY o.id DESC LIMIT %s
                """,
                outlet_id,
                tuple(states),
                SQL("o.id < %s", before) if before else SQL("TRUE"),
                ORDERS_PER_PAGE + 1,
            )
        )
        return rows[:ORDERS_PER_PAGE], len(rows) > ORDERS_PER_PAGE

    @api.model
    def _read_order_lines(self, order_id, warehouse_id):
        """Return the lines of an order with what can be ordered of each game now."""
        lines = self._rows(
            SQL(
                """
                SELECT l.id, l.game_id, l.quantity AS packs, l.scanned,
                       l.pack_amount::float AS price, l.amount::float AS amount
                  FROM instant_order_line l WHERE l.order_id = %s ORDER BY l.id
                """,
                order_id,
            )
        )
        games = {
            game["id"]: game
            for game in self._read_catalogue(
                warehouse_id, [line["game_id"] for line in lines]
            )
        }
        for line in lines:
            line["game"] = games.get(line["game_id"])
        return [line for line in lines if line["game"]]

    @api.model
    def _read_last_order_id(self, outlet_id):
        """Return the outlet's last order that can be repeated, or None."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM instant_order WHERE outlet_id = %s AND state NOT IN "
                "('draft', 'cancelled', 'rejected') ORDER BY id DESC LIMIT 1",
                outlet_id,
            )
        )
        return rows[0][0] if rows else None

    # === ACCOUNT === #

    @api.model
    def _read_statement(self, outlet_id, start, end, before=None):
        """Return movements in ``[start, end)`` (UTC), newest first, and if more follow.

        :param before: id below which to read, from the page before
        :return: rows with ``amount`` as booked, ``balance`` and ``usable`` after it
        """
        rows = self._rows(
            SQL(
                """
                SELECT m.id, m.kind, m.date, m.amount::float AS amount, m.note,
                       m.balance_after::float AS balance,
                       (m.balance_after - m.held_after)::float AS usable,
                       m.order_id, o.name AS order_name
                  FROM instant_account_move m
                  LEFT JOIN instant_order o ON o.id = m.order_id
                 WHERE m.outlet_id = %s AND m.date >= %s AND m.date < %s AND %s
                 ORDER BY m.id DESC LIMIT %s
                """,
                outlet_id,
                start,
                end,
                SQL("m.id < %s", before) if before else SQL("TRUE"),
                MOVES_PER_PAGE + 1,
            )
        )
        return rows[:MOVES_PER_PAGE], len(rows) > MOVES_PER_PAGE

    @api.model
    def _read_month_sums(self, outlet_id, start, end):
        """Return ``{"money_in", "money_out", "moves"}`` of the period in yuan."""
        return self._rows(
            SQL(
                """
                SELECT COALESCE(sum(amount) FILTER (
                           WHERE kind NOT IN ('hold', 'release', 'deduct')
                             AND amount > 0), 0)::float AS money_in,
                       COALESCE(-sum(amount) FILTER (
                           WHERE kind NOT IN ('hold', 'release') AND amount < 0
                       ), 0)::float AS money_out,
                       count(*) AS moves
                  FROM instant_account_move
                 WHERE outlet_id = %s AND date >= %s AND date < %s
                """,
                outlet_id,
                start,
                end,
            )
        )[0]

    @api.model
    def _as_client_json(self, games):
        """Return the games for the pages' script, safe inside ``<script>``."""
        slim = [
            {
                "id": game["id"],
                "name": game["name"],
                "code": game["code"],
                "face": game["face"],
                "price": game["price"],
                "tickets": game["tickets_per_pack"],
                "left": game["left"],
                "image": f"/my/tickets/image/{game['id']}/card?v={game['version']}",
                "open": bool(
                    game["active"] and game["state"] in ("on_sale", "exiting")
                ),
            }
            for game in games
        ]
        return scriptsafe.dumps(slim)
