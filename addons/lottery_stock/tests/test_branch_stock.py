from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from odoo.addons.lottery_base.tests.common import BranchCase
from odoo.addons.lottery_base.tests.isolation import create_record, load_records


@tagged("post_install", "-at_install", "security")
class TestBranchStock(BranchCase):
    """PF-SEC-02 for goods: a warehouse's unit reaches every document of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        load_records(cls.env)
        cls.north_keeper = cls._create_user(
            "t_keeper_north", cls.north, "warehouse_keeper"
        )
        cls.south_keeper = cls._create_user(
            "t_keeper_south", cls.south, "warehouse_keeper"
        )
        cls.north_house = create_record(cls.env, "stock.warehouse", cls.north)
        cls.south_house = create_record(cls.env, "stock.warehouse", cls.south)
        cls.product = cls.env["product.product"].create(
            {"name": "Scratch game", "type": "consu", "is_storable": True}
        )
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.env["stock.quant"]._update_available_quantity(
            cls.product, cls.north_house.lot_stock_id, 50
        )

    def _ship(self, user, house, quantity=5):
        """Deliver as a keeper does in the web client."""
        picking = Form(
            self.env["stock.picking"]
            .with_user(user)
            .with_context(restricted_picking_type_code="outgoing")
        )
        picking.picking_type_id = house.out_type_id.with_user(user)
        with picking.move_ids.new() as move:
            move.product_id = self.product
            move.product_uom_qty = quantity
        picking = picking.save()
        picking.action_confirm()
        picking.action_assign()
        picking.move_ids.picked = True
        picking.button_validate()
        return picking

    def test_keeper_ships_from_own_warehouse(self):
        """A whole delivery under the rules; the documents carry the unit."""
        picking = self._ship(self.north_keeper, self.north_house)
        self.assertEqual(picking.state, "done")
        for records in (picking, picking.move_ids, picking.move_line_ids):
            self.assertEqual(records.branch_id, self.north)
        quant = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.product.id),
                ("location_id", "=", self.north_house.lot_stock_id.id),
            ]
        )
        self.assertEqual((quant.quantity, quant.branch_id), (45, self.north))
        for records in (picking, picking.move_ids, picking.move_line_ids, quant):
            self.assertFalse(
                records.with_user(self.south_keeper).search([("id", "in", records.ids)])
            )

    def test_stranger_cannot_ship(self):
        with self.assertRaises(AccessError):
            self._ship(self.south_keeper, self.north_house)

    def test_stock_at_customers_is_the_centres(self):
        """What all units delivered together is a figure of the centre."""
        self._ship(self.north_keeper, self.north_house)
        domain = [
            ("product_id", "=", self.product.id),
            ("location_id", "=", self.customers.id),
        ]
        quants = self.env["stock.quant"]
        centre = self._create_user("t_keeper_centre", self.centre, "warehouse_keeper")
        self.assertEqual(quants.with_user(centre).search(domain).quantity, 5)
        self.assertFalse(quants.with_user(self.north_keeper).search(domain))

    def test_common_places_are_seen(self):
        """Partner and virtual places belong to nobody; documents need them."""
        place = self.customers.with_user(self.north_keeper)
        self.assertEqual(place.search([("id", "=", place.id)]), place)

    def test_transfer_between_units(self):
        """The shipping unit sees the shipment, the receiving one the receipt."""
        transit = self.env["stock.location"].search(
            [("usage", "=", "transit")], limit=1
        ) or self.env["stock.location"].create({"name": "Way", "usage": "transit"})
        pickings = self.env["stock.picking"].create(
            [
                {
                    "picking_type_id": self.north_house.out_type_id.id,
                    "location_id": self.north_house.lot_stock_id.id,
                    "location_dest_id": transit.id,
                },
                {
                    "picking_type_id": self.south_house.in_type_id.id,
                    "location_id": transit.id,
                    "location_dest_id": self.south_house.lot_stock_id.id,
                },
            ]
        )
        for user, picking in zip(
            (self.north_keeper, self.south_keeper), pickings, strict=True
        ):
            self.assertEqual(
                pickings.with_user(user).search([("id", "in", pickings.ids)]), picking
            )

    def test_correction_belongs_to_the_place(self):
        """A count has no operation type; its move is the unit's all the same."""
        quant = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.product.id),
                ("location_id", "=", self.north_house.lot_stock_id.id),
            ]
        )
        quant.inventory_quantity = 48
        quant.action_apply_inventory()
        move = self.env["stock.move"].search(
            [("product_id", "=", self.product.id), ("is_inventory", "=", True)]
        )
        self.assertEqual(move.branch_id, self.north)

    def test_warehouse_changes_hands(self):
        """Stored units follow the warehouse, rules and all."""
        self.north_house.branch_id = self.south
        quants = self.env["stock.quant"].with_user(self.south_keeper)
        self.assertEqual(
            quants.search([("product_id", "=", self.product.id)]).quantity, 50
        )
        self.assertEqual(self.north_house.lot_stock_id.branch_id, self.south)
        self.assertEqual(self.north_house.out_type_id.branch_id, self.south)

    def test_default_unit(self):
        house = (
            self.env["stock.warehouse"]
            .with_user(
                self._create_user(
                    "t_manager", self.north, "user", "stock.group_stock_manager"
                )
            )
            .create({"name": "Made here", "code": "MH1"})
        )
        self.assertEqual(house.branch_id, self.north)
        house = self.env["stock.warehouse"].create({"name": "By setup", "code": "BS1"})
        self.assertEqual(house.branch_id, self.centre)

    def test_warehouse_stays_in_reach(self):
        """PF-SEC-02: a manager moves a warehouse within their units only."""
        manager = self._create_user(
            "t_mover", self.north, "user", "stock.group_stock_manager"
        )
        house = self.north_house.with_user(manager)
        with self.assertRaises(AccessError):
            house.write({"branch_id": self.south.id})
        branch_class = type(self.env["lottery.branch"])
        with patch.object(branch_class, "_check_reach") as check_reach:
            house.write({"branch_id": self.north_county.id})
        check_reach.assert_called_with(self.north_county.id)
        self.assertEqual(self.north_house.branch_id, self.north_county)

    def test_every_warehouse_has_a_unit(self):
        """The warehouse the stock addon brings went to the centre."""
        self.assertFalse(
            self.env["stock.warehouse"]
            .with_context(active_test=False)
            .search([("branch_id", "=", False)])
        )
