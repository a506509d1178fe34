"""Stock moves of games: ledger, quants and counters stay one (IT-WHS-01)."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestStock(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.packs = cls._stock(cls.game, cls.warehouse, 60)
        cls.product = cls.game.product_id
        cls.stock = cls.warehouse.lot_stock_id
        cls.shelf = cls.env["stock.location"].create(
            {"name": "Shelf A", "location_id": cls.stock.id}
        )

    def _picking(self, source, target, packs, operation=None, user=None):
        operation = operation or self.warehouse.int_type_id
        picking = (
            self.env["stock.picking"]
            .with_user(user or self.keeper)
            .create(
                {
                    "picking_type_id": operation.id,
                    "location_id": source.id,
                    "location_dest_id": target.id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": self.product.id,
                                "product_uom_qty": packs,
                                "location_id": source.id,
                                "location_dest_id": target.id,
                            }
                        )
                    ],
                }
            )
        )
        picking.action_confirm()
        picking.action_assign()
        return picking

    def _validate(self, picking, packs=None):
        if packs is not None:
            picking.move_ids.quantity = packs
        picking.move_ids.picked = True
        return picking.button_validate()

    def _on_hand(self, warehouse=None):
        self.env["instant.availability"].invalidate_model()
        return (
            self.env["instant.availability"]
            .search(
                [
                    ("warehouse_id", "=", (warehouse or self.warehouse).id),
                    ("game_id", "=", self.game.id),
                ]
            )
            .on_hand
        )

    # === CARRIED ALONG === #

    def test_put_away_carries_packs(self):
        """IT-WHS-01: put-away inside the warehouse takes whole cartons along."""
        self._validate(self._picking(self.stock, self.shelf, 20))
        there = self.env["instant.pack"].search([("location_id", "=", self.shelf.id)])
        self.assertEqual(len(there), 20)
        self.assertEqual(len(there.carton_id), 1)
        self.assertEqual(there.carton_id.location_id, self.shelf)
        self.assertEqual(there.carton_id.state, "in_stock")
        self.assertEqual(self._on_hand(), 60)
        self.assertBooksAgree()

    def test_transfer_to_another_warehouse(self):
        """IT-WHS-01: packs change warehouse and unit with their stock."""
        picking = self._picking(
            self.stock, self.warehouse_south.lot_stock_id, 40, user=self.env.user
        )
        self._validate(picking)
        self.assertEqual(self._on_hand(), 20)
        self.assertEqual(self._on_hand(self.warehouse_south), 40)
        moved = self.env["instant.pack"].search(
            [("warehouse_id", "=", self.warehouse_south.id)]
        )
        self.assertEqual(len(moved), 40)
        self.assertEqual(moved.branch_id, self.south)
        self.assertEqual(moved.carton_id.mapped("warehouse_id"), self.warehouse_south)
        self.assertEqual(moved.event_ids[-1].reason, picking.name)
        self.assertBooksAgree()

    def test_transfer_through_transit(self):
        """IT-WHS-01: between two warehouses packs are on the way, nobody's to sell."""
        transit = self.env["stock.location"].create(
            {"name": "On the road", "usage": "transit"}
        )
        self._validate(self._picking(self.stock, transit, 20, user=self.env.user))
        self.assertEqual(self._on_hand(), 40)
        way = self.env["instant.pack"].search([("location_id", "=", transit.id)])
        self.assertPacks(way, "transfer")
        self.assertBooksAgree()
        arrival = self._picking(
            transit,
            self.warehouse_south.lot_stock_id,
            20,
            self.warehouse_south.int_type_id,
            self.env.user,
        )
        self._validate(arrival)
        self.assertPacks(way, "available")
        self.assertEqual(way.warehouse_id, self.warehouse_south)
        self.assertEqual(self._on_hand(self.warehouse_south), 20)
        self.assertBooksAgree()

    def test_scanned_packs_go(self):
        """IT-WHS-01: packs and cartons scanned for a transfer are the ones that move."""
        picking = self._picking(self.stock, self.shelf, 21)
        chosen = self.packs[40:60] | self.packs[5]
        form = Form(
            self.env["instant.transfer.scan"]
            .with_user(self.keeper)
            .with_context(default_picking_id=picking.id)
        )
        form.code = f"{self.packs[40].carton_id.code}\n{self.packs[5].code}"
        form.save().action_apply()
        self.assertPacks(chosen, "locked")
        self.assertBooksAgree()
        counter = self.env["instant.availability"].search(
            [("warehouse_id", "=", self.warehouse.id), ("game_id", "=", self.game.id)]
        )
        self.assertEqual(counter.held, 21)
        self._validate(picking)
        self.assertEqual(
            self.env["instant.pack"].search([("location_id", "=", self.shelf.id)]),
            chosen,
        )
        self.assertPacks(chosen, "available")
        self.assertEqual(self.packs[5].carton_id.state, "broken")
        self.assertBooksAgree()

    def test_scanned_packs_are_free_again(self):
        """IT-WHS-01: cancelling or a smaller transfer lets go of scanned packs."""
        picking = self._picking(self.stock, self.shelf, 3)
        for pack in self.packs[:3]:
            picking._bind_code(pack.code)
        with self.assertRaises(UserError):
            picking._bind_code(self.packs[3].code)
        with self.assertRaises(UserError):
            picking._bind_code(self.packs[0].code)
        picking.move_ids.quantity = 2
        picking.move_ids.picked = True
        picking.with_context(
            skip_backorder=True, picking_ids_not_to_backorder=picking.ids
        ).button_validate()
        self.assertPacks(self.packs[:3], "available")
        self.assertBooksAgree()
        other = self._picking(self.stock, self.shelf, 1)
        other._bind_code(self.packs[10].code)
        other.action_cancel()
        self.assertPacks(self.packs[10], "available")
        self.assertBooksAgree()

    def test_promised_packs_do_not_move_away(self):
        """IT-WHS-01: a transfer cannot take what orders were promised."""
        self._top_up(self.outlet, 50 * 500)
        self._place(self.outlet, {self.game: 50})
        picking = self._picking(
            self.stock, self.warehouse_south.lot_stock_id, 20, user=self.env.user
        )
        with self.assertUserError("promised"):
            self._validate(picking)
        self.assertBooksAgree()

    # === OPERATIONS OF PACKS === #

    def _count(self, codes, user=None):
        return (
            self.env["instant.pack.count"]
            .with_user(user or self.keeper)
            .create({"warehouse_id": self.warehouse.id, "codes": "\n".join(codes)})
        )

    def test_counting(self):
        """IT-WHS-01: what is not there becomes missing, what is found comes back."""
        lost = self.packs[59]
        lost.with_user(self.keeper).action_change("missing", reason="Gone")
        cartons = self.packs.carton_id.sorted("number")
        codes = [cartons[0].code, *self.packs[20:39].mapped("code")]
        codes += [*self.packs[40:60].mapped("code"), "NONSENSE", "TA01-9999999"]
        counting = self._count(codes)
        self.assertEqual(counting.missing_ids, self.packs[39])
        self.assertEqual(counting.found_ids, lost)
        self.assertFalse(counting.foreign_ids)
        self.assertEqual(counting.unknown.split(), ["NONSENSE", "TA01-9999999"])
        counting.action_apply()
        self.assertPacks(self.packs[39], "missing")
        self.assertPacks(lost, "available")
        self.assertEqual(self._on_hand(), 59)
        picking = self.env["stock.picking"].search(
            [("picking_type_id.ticket_operation", "=", "count")], limit=1
        )
        self.assertEqual((picking.state, picking.branch_id), ("done", self.north))
        self.assertBooksAgree()

    def test_counting_elsewhere(self):
        """PF-SEC-02: nobody counts a neighbour's shelves."""
        with self.assertRaises(AccessError):
            self._count([self.packs[0].code], self.keeper_south).action_apply()
        self.assertPacks(self.packs, "available")

    def test_destruction_has_a_document(self):
        """IT-WHS-01: damaged packs end in a destruction document."""
        pack = self.packs[0]
        photo = self.env["ir.attachment"].create({"name": "wet.png", "raw": b"x"})
        pack.sudo().action_change(
            "damaged", reason="Wet", evidence={"attachment_ids": photo.ids}
        )
        with self.assertUserError("document"):
            pack.with_user(self.head).action_change("destroyed", reason="Shredded")
        pack.with_user(self.head).action_change(
            "destroyed", reason="Shredded", evidence={"reference": "D-1"}
        )
        self.assertPacks(pack, "destroyed")
        picking = self.env["stock.picking"].search(
            [("picking_type_id.ticket_operation", "=", "destruction")]
        )
        self.assertEqual(picking.state, "done")
        self.assertEqual(picking.location_dest_id, pack.location_id)
        self.assertBooksAgree()

    def test_loss_on_the_road(self):
        """IT-WHS-05: a pack lost between two warehouses leaves the transit's quant."""
        transit = self.env["stock.location"].create(
            {"name": "On the road", "usage": "transit"}
        )
        self._validate(self._picking(self.stock, transit, 20, user=self.env.user))
        way = self.env["instant.pack"].search([("location_id", "=", transit.id)])
        way[0].sudo().action_change("missing", reason="Fell off the lorry")
        self.assertBooksAgree()

    # === REFUSED === #

    def test_plain_moves_are_refused(self):
        """IT-WHS-01: packs neither appear nor vanish without their serials."""
        suppliers = self.env.ref("stock.stock_location_suppliers")
        customers = self.env.ref("stock.stock_location_customers")
        loss = self.product.property_stock_inventory
        for source, target, operation in (
            (suppliers, self.stock, self.warehouse.in_type_id),
            (self.stock, customers, self.warehouse.out_type_id),
            (customers, self.stock, self.warehouse.in_type_id),
            (self.stock, loss, self.warehouse.int_type_id),
        ):
            picking = self._picking(source, target, 2, operation)
            with self.assertRaises(UserError):
                self._validate(picking, 2)
        self.assertEqual(self._on_hand(), 60)
        self.assertBooksAgree()

    def test_inventory_and_scrap_are_refused(self):
        """IT-WHS-01: counting and scrapping of games go through the ledger."""
        quant = self.env["stock.quant"].search(
            [("product_id", "=", self.product.id), ("location_id", "=", self.stock.id)]
        )
        for counted in (59, 61):
            quant.inventory_quantity = counted
            with self.assertRaises(UserError):
                quant.action_apply_inventory()
        scrap = self.env["stock.scrap"].create(
            {
                "product_id": self.product.id,
                "scrap_qty": 1,
                "location_id": self.stock.id,
            }
        )
        with self.assertRaises(UserError):
            scrap.do_scrap()
        self.assertBooksAgree()

    def test_finished_lines_stand(self):
        """IT-WHS-01: editing a finished line would shift quants behind the ledger."""
        picking = self._picking(self.stock, self.shelf, 20)
        self._validate(picking)
        with self.assertRaises(UserError):
            picking.move_line_ids.quantity = 19
        with self.assertRaises(UserError):
            picking.move_ids.quantity = 10
        self.assertBooksAgree()

    def test_more_than_the_ledger_holds(self):
        """IT-WHS-01: Odoo would let a quant go negative; the ledger does not."""
        picking = self._picking(self.shelf, self.stock, 5)
        with self.assertUserError("0 free packs"):
            self._validate(picking, 5)
        self.assertBooksAgree()

    def test_gate_cannot_be_sent(self):
        """IT-WHS-01: no context over RPC opens the ledger's own door."""
        suppliers = self.env.ref("stock.stock_location_suppliers")
        picking = self._picking(suppliers, self.stock, 2, self.warehouse.in_type_id)
        picking.move_ids.quantity = 2
        picking.move_ids.picked = True
        for key in (True, 1, "LEDGER", {}):
            with self.assertRaises(UserError):
                picking.with_context(instant_ledger=key).button_validate()

    def test_other_goods_are_left_alone(self):
        """IT-WHS-07: consumables in the same warehouse move as Odoo moves them."""
        paper = self.env["product.product"].create(
            {"name": "Thermal paper", "type": "consu", "is_storable": True}
        )
        self.env["stock.quant"]._update_available_quantity(paper, self.stock, 10)
        scrap = self.env["stock.scrap"].create(
            {"product_id": paper.id, "scrap_qty": 1, "location_id": self.stock.id}
        )
        scrap.do_scrap()
        self.assertEqual(scrap.state, "done")

    def test_neighbour_cannot_transfer(self):
        """PF-SEC-02: a keeper moves nothing out of a neighbour's warehouse."""
        with self.assertRaises(AccessError):
            self._picking(self.stock, self.shelf, 1, user=self.keeper_south)

    def test_empty_transfers_say_what_to_do(self):
        """IT-WHS-01: the list's own help, not core's word for its barcode app."""
        action = self.env.ref("instant_ticket.instant_transfer_action")
        context = safe_eval(action.context)
        pickings = self.env["stock.picking"].with_context(**context)
        self.assertEqual(pickings.get_empty_list_help(action.help), action.help)
