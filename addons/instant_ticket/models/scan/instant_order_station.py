from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.lottery_base.tools.transaction import read_committed

from ...engine.pack_code import parse_label

# An order opened at a station is passed over by the others for this long.
CLAIM_MINUTES = 20

# Oldest promise first; orders another keeper has open are passed over.
NEXT_ORDER = """
    UPDATE instant_order SET picker_id = %(uid)s, picker_at = now() AT TIME ZONE 'UTC'
     WHERE id = (
           SELECT id FROM instant_order
            WHERE warehouse_id = ANY(%(warehouses)s)
              AND state IN ('locked', 'picking') AND NOT confirming
              AND id <> ALL(%(skip)s)
              AND (picker_id IS NULL OR picker_id = %(uid)s
                   OR picker_at < now() AT TIME ZONE 'UTC' - %(minutes)s * interval
                      '1 minute')
            ORDER BY (picker_id = %(uid)s AND state = 'picking') DESC NULLS LAST,
                     deadline, id
            LIMIT 1 FOR UPDATE SKIP LOCKED)
 RETURNING id
"""

PICK_PLACES = """
    SELECT p.game_id, l.complete_name, count(*),
           count(DISTINCT p.carton_id) FILTER (WHERE c.state = 'in_stock')
      FROM instant_pack p
      JOIN stock_location l ON l.id = p.location_id
      LEFT JOIN instant_carton c ON c.id = p.carton_id
     WHERE p.state = 'available' AND p.warehouse_id = %s AND p.game_id IN %s
     GROUP BY 1, 2 ORDER BY 1, 3 DESC
"""


class InstantOrder(models.Model):
    """Doors of the scan-out station (IT-WHS-03). Each checks the keeper and the unit."""

    _inherit = "instant.order"

    picker_id = fields.Many2one(
        "res.users", readonly=True, copy=False, help="Who has it open at a station."
    )
    picker_at = fields.Datetime(readonly=True, copy=False)

    # === DOORS === #

    @api.model
    def scan_station_next(self, skip_ids=()):
        """Open the next order to be picked in the keeper's warehouses.

        :param skip_ids: orders the keeper put aside
        :return: the order as the screen shows it, or False when nothing waits
        """
        self._check_is_keeper()
        warehouses = self.env["stock.warehouse"].search(
            [("branch_id", "child_of", self.env.user.branch_ids.ids)]
        )
        skip = [order_id for order_id in skip_ids if type(order_id) is int]
        self.env.flush_all()
        self.env.cr.execute(
            NEXT_ORDER,
            {
                "uid": self.env.uid,
                "warehouses": warehouses.ids,
                "skip": skip,
                "minutes": CLAIM_MINUTES,
            },
        )
        row = self.env.cr.fetchone()
        if not row:
            return False
        self.invalidate_model(["picker_id", "picker_at"])
        return self.browse(row[0])._get_station_data()

    @api.model
    def scan_station_open(self, code):
        """Open the order whose number was scanned or typed.

        :raise UserError: there is none in the keeper's units, or another has it open
        """
        self._check_is_keeper()
        label = parse_label(code)
        order = self.search(
            [("name", "=", label.text if label else str(code or "").strip())], limit=1
        )
        if not order:
            raise UserError(
                self.env._(
                    "No order %(code)s in your units.", code=str(code or "")[:64]
                )
            )
        order._check_may_pick()
        order._claim()
        return order._get_station_data()

    def scan_station_load(self):
        """Return the order as the screen shows it (also polled while ILMS decides)."""
        self._check_may_pick()
        return self._get_station_data()

    def scan_station_scan(self, code, key=None):
        """Take a scanned label; see ``_scan``."""
        self._check_may_pick()
        return self._scan(code, key)

    def scan_station_undo(self, code=None, key=None):
        """Put back the last scan, or the scan of a label; see ``_unscan``."""
        self._check_may_pick()
        return self._unscan(code, key)

    def scan_station_confirm(self):
        """Close the parcel; ILMS is asked. Returns the order as the screen shows it."""
        self._check_may_pick()
        self.action_confirm_out()
        # this request's own snapshot is older than what was just written
        with read_committed(self.env) as env:
            return env["instant.order"].browse(self.id)._get_station_data()

    # === RIGHTS === #

    def _check_is_keeper(self):
        if not self.env.user.has_group("lottery_base.group_warehouse_keeper"):
            raise AccessError(
                self.env._("Only warehouse keepers work at the scan-out station.")
            )

    def _check_may_pick(self):
        """A keeper, and an order of the keeper's own units."""
        self.ensure_one()
        self._check_is_keeper()
        self.check_access("write")

    def _claim(self):
        """Show the others who is picking; a recent claim of another stands."""
        self.ensure_one()
        now = fields.Datetime.now()
        taken = (
            self.picker_id
            and self.picker_id != self.env.user
            and self.picker_at
            and (now - self.picker_at).total_seconds() < CLAIM_MINUTES * 60
        )
        if taken and self.state == "picking":
            raise UserError(
                self.env._(
                    "%(user)s is picking order %(order)s.",
                    user=self.picker_id.sudo().name,  # a colleague's name only
                    order=self.name,
                )
            )
        if self.state in ("locked", "picking"):
            self.sudo().write(  # bookkeeping of the station, not the user's field
                {"picker_id": self.env.uid, "picker_at": now}
            )

    # === SCREEN === #

    def _get_station_data(self):
        """Everything the screen shows of one order."""
        self.ensure_one()
        order_sudo = self.sudo()  # the door checked the order; its outlet and accounts
        # are shown to whom packs its parcel
        outlet = order_sudo.outlet_id
        account = outlet.account_ids[:1]
        states = dict(self._fields["state"]._description_selection(self.env))
        return {
            **order_sudo._get_scan_progress(),
            "name": self.name,
            "state_label": states[self.state],
            "reason": self.reason or "",
            "outlet": {
                "number": outlet.number,
                "name": outlet.name,
                "address": self.delivery_address or "",
                "active": outlet.state == "active",
            },
            "account": {
                "payment": account.payment_balance,
                "instant": account.balance,
                "available": account.available,
            },
            "amount": self.amount,
            "deadline": fields.Datetime.to_string(self.deadline or False),
            "carrier": order_sudo.carrier_id.name or "",
            "pickup_code": self.pickup_code if self.shipped_at else "",
            "items": order_sudo._get_pick_list(),
            "waiting": self.search_count(
                [("state", "in", ("locked", "picking")), ("confirming", "=", False)]
            ),
        }

    def _get_pick_list(self):
        """Return what is to be picked and where it lies, most packs first."""
        games = self.line_ids.game_id
        places = {game.id: [] for game in games}
        rows = self.env.execute_query(
            SQL(PICK_PLACES, self.warehouse_id.id, tuple(games.ids))
        )
        for game_id, name, packs, cartons in rows:
            if len(places[game_id]) < 3:
                places[game_id].append(
                    {"name": name, "packs": packs, "cartons": cartons}
                )
        return [
            {
                "line_id": line.id,
                "code": line.game_id.code,
                "name": line.game_id.name,
                "face_value": line.game_id.face_value,
                "wanted": line.quantity,
                "places": places[line.game_id.id],
            }
            for line in self.line_ids
        ]
