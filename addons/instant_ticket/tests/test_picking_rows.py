"""An order's picking, written in SQL, is what the ORM would make (PF-PERF-01)."""

from odoo import Command
from odoo.tests import tagged

from ..models.stock.stock_move import LEDGER
from .common import TicketCase

# Names, keys and moments; the rest is compared.
OWN = {
    "id",
    "name",
    "reference",
    "picking_id",
    "instant_order_id",
    "instant_order_line_id",
    "origin",
    "date",
    "scheduled_date",
    "create_date",
    "write_date",
}


@tagged("post_install", "-at_install")
class TestPickingRows(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for game, weight in ((cls.game, 0.75), (cls.other_game, 1.2)):
            cls._stock(game, cls.warehouse, 40)
            game.product_id.weight = weight
        cls._top_up(cls.outlet, 100_000)
        cls.carrier = cls.env["delivery.carrier"].search([], limit=1)
        cls.cart = {cls.game: 3, cls.other_game: 2}

    def _create_by_orm(self, order):
        """Return the picking of an order as the stock app makes one."""
        warehouse, partner = order.warehouse_id, order.outlet_id.partner_id
        places = {
            "location_id": warehouse.lot_stock_id.id,
            "location_dest_id": partner.property_stock_customer.id,
        }
        pickings = self.env["stock.picking"].with_context(
            instant_ledger=LEDGER, tracking_disable=True, mail_create_nosubscribe=True
        )
        picking = pickings.create(
            {
                **places,
                "partner_id": partner.id,
                "picking_type_id": warehouse.out_type_id.id,
                "origin": order.name,
                "carrier_id": order.carrier_id.id,
                "move_ids": [
                    Command.create(
                        {
                            **places,
                            "product_id": line.game_id.product_id.id,
                            "product_uom": line.game_id.product_id.uom_id.id,
                            "product_uom_qty": line.quantity,
                            "instant_order_line_id": line.id,
                        }
                    )
                    for line in order.line_ids
                ],
            }
        )
        picking.action_confirm()
        return picking

    def _read(self, table, column, record_id):
        self.env.flush_all()
        self.env.cr.execute(
            f"SELECT * FROM {table} WHERE {column} = %s ORDER BY id", [record_id]
        )
        return [
            {name: value for name, value in row.items() if name not in OWN}
            for row in self.env.cr.dictfetchall()
        ]

    def _compare(self):
        order = self._lock(self._place(self.outlet, self.cart))
        ours = order.picking_id
        theirs = self._create_by_orm(order)
        for table, column in (("stock_picking", "id"), ("stock_move", "picking_id")):
            expected = self._read(table, column, theirs.id)
            self.assertEqual(self._read(table, column, ours.id), expected)
        self.assertEqual(len(ours.move_ids), 2)
        return order, ours, theirs

    def test_rows_are_those_of_the_orm(self):
        """Every column of picking and moves, and nothing beside them."""
        order, ours, theirs = self._compare()
        self.assertEqual(ours.origin, order.name)
        self.assertEqual(ours.instant_order_id, order)
        self.assertEqual(order.picking_ids, ours)
        self.assertEqual(
            ours.move_ids.mapped("instant_order_line_id.id"), order.line_ids.ids
        )
        self.assertEqual(set(ours.move_ids.mapped("reference")), {ours.name})
        number, their_number = (
            int(picking.name.rpartition("/")[2]) for picking in (ours, theirs)
        )
        self.assertEqual(their_number, number + 1)
        for record in (ours, theirs):
            self.assertFalse(record.message_follower_ids)

    def test_settings_of_the_operation(self):
        """When stock is reserved is the operation type's setting."""
        operation = self.warehouse.out_type_id
        operation.write({"reservation_method": "by_date", "reservation_days_before": 2})
        self._compare()
        operation.write({"reservation_method": "manual", "move_type": "one"})
        self._compare()

    def test_computed_fields_follow(self):
        """What the stock app computes from the rows is the same."""
        _order, ours, theirs = self._compare()
        self.env.invalidate_all()
        for name in ("state", "products_availability", "show_check_availability"):
            self.assertEqual(ours[name], theirs[name], name)
        self.assertEqual(
            ours.move_ids.mapped("forecast_availability"),
            theirs.move_ids.mapped("forecast_availability"),
        )
