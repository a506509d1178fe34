import secrets
from collections import defaultdict

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.lottery_base.tools.transaction import read_committed

from ...const import MAX_LINES_PER_ORDER, MAX_PACKS_PER_LINE, WORK_RANK
from ...engine.sla import sla_hours
from ...exceptions import OrderRefused

OUTLET_QUERY = """
    SELECT o.id, o.number, o.state, o.branch_id, o.owner_id, o.specialist_id,
           o.warehouse_id, o.distance_km, o.sla_override_hours, o.delivery_address,
           a.balance, a.held, a.currency_id
      FROM instant_account a
      JOIN lottery_outlet o ON o.id = a.outlet_id
     WHERE a.outlet_id = %s
       FOR UPDATE OF a
"""

STOCK_QUERY = """
    SELECT a.game_id, a.on_hand - a.held AS available, g.name, g.state, g.active,
           g.pack_amount
      FROM instant_availability a
      JOIN instant_game g ON g.id = a.game_id
     WHERE a.warehouse_id = %s AND a.game_id IN %s
     ORDER BY a.game_id
       FOR UPDATE OF a
"""

INSERT_ORDER = """
    WITH placed AS (
        INSERT INTO instant_order (
               name, state, work_rank, channel, key, active, holding, confirming, outlet_id,
               owner_id, warehouse_id, branch_id, specialist_id, currency_id,
               pack_count, amount, delivery_address, note, user_id, sla_hours, deadline,
               pickup_code, access_token, submitted_at, submitted_hour,
               call_started_at, call_ended_at, call_seconds, identity_asked,
               create_uid, create_date, write_uid, write_date)
        VALUES (to_char(now() AT TIME ZONE 'Asia/Shanghai', '"T"YYMMDD') || '-'
                  || lpad(nextval('instant_order_name_seq')::text, 6, '0'),
               'submitted', %(work_rank)s, %(channel)s, %(key)s, TRUE, TRUE, FALSE, %(outlet_id)s,
               %(owner_id)s, %(warehouse_id)s, %(branch_id)s, %(specialist_id)s,
               %(currency_id)s, %(packs)s, %(amount)s, %(address)s, %(note)s, %(uid)s,
               %(sla_hours)s,
               now() AT TIME ZONE 'UTC' + %(sla_hours)s * interval '1 hour',
               %(pickup_code)s, %(token)s, now() AT TIME ZONE 'UTC',
               extract(hour FROM now() AT TIME ZONE 'Asia/Shanghai'),
               now() AT TIME ZONE 'UTC' - %(call_seconds)s * interval '1 second',
               CASE WHEN %(call_seconds)s IS NOT NULL THEN now() AT TIME ZONE 'UTC' END,
               %(call_seconds)s, %(identity)s,
               %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC')
     RETURNING id, name, branch_id
    ), lines AS (
        INSERT INTO instant_order_line (
               order_id, branch_id, game_id, quantity, pack_amount, amount, scanned,
               create_uid, create_date, write_uid, write_date)
        SELECT p.id, p.branch_id, l.game_id, l.packs, l.price, l.price * l.packs, 0,
               %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
          FROM placed p,
               unnest(%(games)s, %(quantities)s, %(prices)s::numeric[])
                 AS l (game_id, packs, price)
    ), event AS (
        INSERT INTO instant_order_event
               (order_id, branch_id, from_state, to_state, user_id, date)
        SELECT id, branch_id, 'draft', 'submitted', %(uid)s, now() AT TIME ZONE 'UTC'
          FROM placed
    )
    SELECT id, name FROM placed
"""

PROMOTE_DRAFT = """
    WITH placed AS (
        UPDATE instant_order SET
               name = to_char(now() AT TIME ZONE 'Asia/Shanghai', '"T"YYMMDD') || '-'
                  || lpad(nextval('instant_order_name_seq')::text, 6, '0'),
               state = 'submitted', work_rank = %(work_rank)s, holding = TRUE, key = %(key)s,
               owner_id = %(owner_id)s, warehouse_id = %(warehouse_id)s,
               branch_id = %(branch_id)s, specialist_id = %(specialist_id)s,
               pack_count = %(packs)s, amount = %(amount)s,
               delivery_address = %(address)s, sla_hours = %(sla_hours)s,
               deadline = now() AT TIME ZONE 'UTC' + %(sla_hours)s * interval '1 hour',
               pickup_code = %(pickup_code)s, submitted_at = now() AT TIME ZONE 'UTC',
               submitted_hour = extract(hour FROM now() AT TIME ZONE 'Asia/Shanghai'),
               write_uid = %(uid)s, write_date = now() AT TIME ZONE 'UTC'
         WHERE id = %(draft_id)s AND state = 'draft'
     RETURNING id, name, branch_id
    ), lines AS (
        UPDATE instant_order_line l
           SET pack_amount = v.price, amount = v.price * l.quantity,
               branch_id = p.branch_id
          FROM placed p, unnest(%(games)s, %(prices)s::numeric[]) AS v (game_id, price)
         WHERE l.order_id = p.id AND l.game_id = v.game_id
    ), event AS (
        INSERT INTO instant_order_event
               (order_id, branch_id, from_state, to_state, user_id, date)
        SELECT id, branch_id, 'draft', 'submitted', %(uid)s, now() AT TIME ZONE 'UTC'
          FROM placed
    )
    SELECT id, name FROM placed
"""


class InstantOrder(models.Model):
    """Placing an order: check and hold under lock, in one short transaction."""

    _inherit = "instant.order"

    # === DOORS === #

    @api.model
    def place_order(self, outlet_id, lines, key, address=None, note=None):
        """Place an order for an outlet (order desk, specialists, interfaces).

        :param int outlet_id: an outlet the caller may read
        :param list lines: ``[{"game": code or id, "packs": n}]``
        :param str key: the caller's idempotency key; the same key returns the same
            order, however often it is sent
        :return: ``{"order_id", "name", "state", "amount", "duplicate"}``
        :raise UserError: nothing was held; the text says which rule
        """
        self.check_access("create")
        if not isinstance(key, str) or not key:
            raise UserError(self.env._("An idempotency key is required."))
        outlet = self._find_orderable_outlet(outlet_id)
        return self._place(
            outlet.id,
            self._parse_lines(lines),
            channel=self._default_channel(),
            key=key,
            address=address,
            note=note,
        )

    @api.model
    def _find_orderable_outlet(self, outlet_id):
        """Return the outlet if the user may order for it (PF-SEC-02, IT-DSK-01).

        :raise AccessError: it is in no unit of the user, or a colleague's
        """
        outlet = self.env["lottery.outlet"]
        if type(outlet_id) is int:
            domain = [("id", "=", outlet_id), *self._get_orderable_domain()]
            outlet = outlet.search(domain, limit=1)
        if not outlet:
            raise AccessError(
                self.env._("There is no such outlet among those you order for.")
            )
        return outlet

    @api.model
    def _get_orderable_domain(self):
        """Return the domain of outlets the user orders for, within the record rules."""
        if self.env.user.own_outlets_only:
            return Domain("specialist_id", "=", self.env.uid)
        return Domain.TRUE

    def action_submit(self):
        """Submit drafts made by the desk; each on its own."""
        self.check_access("write")
        self.env.flush_all()
        for order in self:
            if order.state != "draft":
                raise UserError(
                    self.env._("Order %(name)s was already submitted.", name=order.name)
                )
            order._place(
                order.outlet_id.id,
                [(line.game_id.id, line.quantity) for line in order.line_ids],
                channel=order.channel,
                key=f"draft:{order.id}",
                address=order.delivery_address,
                draft_id=order.id,
            )
        self.env.invalidate_all(flush=False)
        return True

    def _parse_lines(self, lines):
        if not isinstance(lines, list) or not lines:
            raise OrderRefused(self.env._("The order has no lines."), "bad_quantity")
        games = self.env["instant.game"]
        codes = {str(line.get("game")) for line in lines if isinstance(line, dict)}
        by_code = {
            game.code: game.id for game in games.search([("code", "in", list(codes))])
        }
        parsed = []
        for line in lines:
            game = line.get("game") if isinstance(line, dict) else None
            if not isinstance(game, int | str):
                game = None
            game_id = game if type(game) is int else by_code.get(game)
            if not game_id:
                raise OrderRefused(
                    self.env._("Unknown game: %(game)s", game=game),
                    "game_not_on_sale",
                    {"game": game},
                )
            parsed.append((game_id, line.get("packs")))
        return parsed

    # === KERNEL === #

    @api.model
    def _place(
        self,
        outlet_id,
        lines,
        *,
        channel,
        key,
        address=None,
        note=None,
        draft_id=None,
        call=None,
    ):
        """Check everything, hold money and stock, write the order; all or nothing.

        The caller has checked that its user may order for the outlet.

        :param lines: ``[(game_id, packs)]``; a game may stand several times
        :param dict call: of a telephone order: ``seconds`` since the call began and
            ``identity``, codes of the questions the caller answered right
        :return: ``{"order_id", "name", "state", "amount", "duplicate"}``
        :raise OrderRefused: with ``code`` and ``details``; nothing is held
        """
        wanted = self._check_quantities(lines)
        with read_committed(self.env) as env:
            orders = env["instant.order"].sudo()  # the counters are not the user's
            outlet = orders._lock_outlet(outlet_id)
            earlier = orders._find_by_key(outlet_id, key, wanted)
            if earlier:
                return earlier
            orders._check_outlet(outlet)
            stock = orders._lock_stock(outlet, wanted)
            values = orders._prepare_placing(outlet, wanted, stock)
            values.update(
                channel=channel,
                key=key,
                address=address or outlet["delivery_address"],
                note=note,
                uid=self.env.uid,
                draft_id=draft_id,
                call_seconds=call and call["seconds"],
                identity=call and ",".join(call["identity"]),
            )
            return orders._write_placed(outlet, wanted, values)

    def _check_quantities(self, lines):
        """Merge lines by game, refusing what no order may hold."""
        wanted = defaultdict(int)
        for game_id, packs in lines:
            if type(packs) is not int or not 0 < packs <= MAX_PACKS_PER_LINE:
                raise OrderRefused(
                    self.env._(
                        "Order between 1 and %(max)s packs of a game.",
                        max=MAX_PACKS_PER_LINE,
                    ),
                    "bad_quantity",
                    {"game_id": game_id},
                )
            wanted[game_id] += packs
        if not wanted or len(wanted) > MAX_LINES_PER_ORDER:
            raise OrderRefused(
                self.env._(
                    "An order has between 1 and %(max)s games.", max=MAX_LINES_PER_ORDER
                ),
                "bad_quantity",
            )
        return dict(sorted(wanted.items()))

    def _fetch_dicts(self, query, *params):
        self.env.cr.execute(query, params)
        return self.env.cr.dictfetchall()

    def _lock_outlet(self, outlet_id):
        rows = self._fetch_dicts(OUTLET_QUERY, outlet_id)
        if not rows:
            raise OrderRefused(
                self.env._("This outlet has no instant account yet."), "no_account"
            )
        return rows[0]

    def _find_by_key(self, outlet_id, key, wanted):
        rows = self._fetch_dicts(
            """
            SELECT o.id, o.name, o.state, o.amount,
                   array_agg(l.game_id ORDER BY l.game_id) AS games,
                   array_agg(l.quantity ORDER BY l.game_id) AS packs
              FROM instant_order o JOIN instant_order_line l ON l.order_id = o.id
             WHERE o.outlet_id = %s AND o.key = %s
             GROUP BY o.id
            """,
            outlet_id,
            key,
        )
        if not rows:
            return None
        row = rows[0]
        if dict(zip(row["games"], row["packs"], strict=True)) != wanted:
            raise OrderRefused(
                self.env._("This request was already used for another order."),
                "key_reused",
                {"order": row["name"]},
            )
        return {
            "order_id": row["id"],
            "name": row["name"],
            "state": row["state"],
            "amount": float(row["amount"]),
            "duplicate": True,
        }

    def _check_outlet(self, outlet):
        if outlet["state"] != "active":
            raise OrderRefused(
                self.env._(
                    "Outlet %(number)s is not open for orders.", number=outlet["number"]
                ),
                "outlet_inactive",
            )
        if not outlet["warehouse_id"]:
            raise OrderRefused(
                self.env._(
                    "No warehouse serves outlet %(number)s.", number=outlet["number"]
                ),
                "no_warehouse",
            )
        reopening = self.env["instant.closure"]._reopening(outlet["branch_id"])
        if reopening:
            raise OrderRefused(
                self.env._(
                    "Ordering is closed. It reopens on %(time)s.",
                    time=self._format_time(reopening),
                ),
                "closed",
                {"reopens": reopening.isoformat() + "Z"},
            )

    def _format_time(self, moment):
        tz = self.env.user.tz or "Asia/Shanghai"
        return self.env["ir.qweb.field.datetime"].value_to_html(
            moment, {"tz_name": tz, "format": "yyyy-MM-dd HH:mm"}
        )

    def _lock_stock(self, outlet, wanted):
        rows = self._fetch_dicts(STOCK_QUERY, outlet["warehouse_id"], tuple(wanted))
        stock = {row["game_id"]: row for row in rows}
        off_sale = [
            game_id
            for game_id, row in stock.items()
            if not row["active"] or row["state"] not in ("on_sale", "exiting")
        ]
        if off_sale:
            raise OrderRefused(
                self.env._(
                    "No longer on sale: %(games)s",
                    games=", ".join(stock[game_id]["name"] for game_id in off_sale),
                ),
                "game_not_on_sale",
                {"games": off_sale},
            )
        short = [
            {
                "game_id": game_id,
                "available": stock.get(game_id, {}).get("available", 0),
            }
            for game_id, packs in wanted.items()
            if stock.get(game_id, {}).get("available", 0) < packs
        ]
        if short:
            raise OrderRefused(
                self._short_stock_text(short, stock), "short_stock", {"games": short}
            )
        return stock

    def _short_stock_text(self, short, stock):
        parts = []
        for row in short:
            known = stock.get(row["game_id"])
            name = (
                known["name"]
                if known
                else (
                    self.env["instant.game"].browse(row["game_id"]).exists().name or "?"
                )
            )
            parts.append(
                self.env._(
                    "%(game)s: %(packs)s left", game=name, packs=row["available"]
                )
            )
        return self.env._(
            "Not enough packs in stock. %(games)s", games="; ".join(parts)
        )

    def _prepare_placing(self, outlet, wanted, stock):
        prices = {game_id: stock[game_id]["pack_amount"] for game_id in wanted}
        amount = sum(prices[game_id] * packs for game_id, packs in wanted.items())
        usable = outlet["balance"] - outlet["held"]
        if amount > usable:
            raise OrderRefused(
                self.env._(
                    "The balance is not enough: the order costs ¥%(amount)s, usable "
                    "are ¥%(usable)s.",
                    amount=f"{amount:,.2f}",
                    usable=f"{max(usable, 0):,.2f}",
                ),
                "short_balance",
                {"amount": float(amount), "usable": float(usable)},
            )
        return {
            "outlet_id": outlet["id"],
            "owner_id": outlet["owner_id"],
            "warehouse_id": outlet["warehouse_id"],
            "branch_id": outlet["branch_id"],
            "specialist_id": outlet["specialist_id"],
            "currency_id": outlet["currency_id"],
            "packs": sum(wanted.values()),
            "amount": amount,
            "games": list(wanted),
            "quantities": list(wanted.values()),
            "prices": [prices[game_id] for game_id in wanted],
            "sla_hours": sla_hours(
                outlet["distance_km"] or 0.0, outlet["sla_override_hours"] or 0
            ),
            "work_rank": WORK_RANK["submitted"],
            "pickup_code": f"{secrets.randbelow(10**6):06d}",
            "token": secrets.token_urlsafe(24),
        }

    def _write_placed(self, outlet, wanted, values):
        query = PROMOTE_DRAFT if values["draft_id"] else INSERT_ORDER
        self.env.cr.execute(query, values)
        row = self.env.cr.fetchone()
        if row is None:
            raise UserError(self.env._("The order was already submitted."))
        order_id, name = row
        self.env["instant.account"]._book(
            outlet["id"], "hold", values["amount"], order_id=order_id
        )
        self.env["instant.availability"]._add_held(outlet["warehouse_id"], wanted)
        self.env["lottery.outbox"]._enqueue(
            "ilms",
            "lock",
            {"order_id": order_id},
            key=f"lock:{order_id}",
            record=(self._name, order_id),
            branch_id=values["branch_id"],
            serial_key=f"order:{order_id}",
        )
        self.env["lottery.journal"]._append(
            [
                {
                    "event": "order.submitted",
                    "model": self._name,
                    "res_id": order_id,
                    "branch_id": values["branch_id"],
                    "values": {
                        "order": name,
                        "outlet": outlet["number"],
                        "amount": f"{values['amount']:.2f}",
                        "lines": {str(game): packs for game, packs in wanted.items()},
                        "channel": values["channel"],
                        **(
                            {"identity": values["identity"]}
                            if values["identity"]
                            else {}
                        ),
                    },
                }
            ]
        )
        return {
            "order_id": order_id,
            "name": name,
            "state": "submitted",
            "amount": float(values["amount"]),
            "duplicate": False,
        }
