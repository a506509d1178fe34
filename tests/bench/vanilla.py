"""The reference: stock Odoo 19 `sale_stock` with serial-tracked products."""

import functools
import statistics
import time

from .filling import multiply
from .frame import Meter

ORDER_PACKS = 20
CUSTOMER = "BENCH-CUSTOMER"
# Packs that earlier runs on the same database may have taken.
SPARE = 1000


class Vanilla:
    """A shop of serial-tracked games on one database of stock Odoo.

    Orders are rolled back, so that the stock is the same for each.
    """

    def __init__(self, site, size):
        self.site, self.size = site, size
        self.confirm, self.ship = Meter(), Meter()

    @functools.cached_property
    def big(self):
        """Id of the product with many serials in stock."""
        return self.stock_game(self.size.big)

    def stock_game(self, packs):
        """Return the product with ``packs`` serials in stock, made where missing."""
        code = f"BENCH-{packs}"
        with self.site.env(commit=True) as env:
            product = env["product.product"].search([("default_code", "=", code)])
            if product and product.free_qty >= packs - SPARE:
                return product.id
            product = self.create_game(env, f"{code}-{int(time.time())}")
            self.create_serials(env, product, packs)
            env["product.product"].search([("default_code", "=", code)]).write(
                {"default_code": False}
            )
            product.default_code = code
            env.cr.execute("ANALYZE")
            return product.id

    def create_game(self, env, code):
        return env["product.product"].create(
            {
                "name": code,
                "default_code": code,
                "type": "consu",
                "is_storable": True,
                "tracking": "serial",
                "list_price": 600.0,
                "taxes_id": False,
            }
        )

    def create_serials(self, env, product, packs):
        """Put serials in stock: one the usual way, the others as its copies."""
        place = env["stock.warehouse"].search([], limit=1).lot_stock_id
        lot = env["stock.lot"].create(
            {"name": f"{product.name}-0000000", "product_id": product.id}
        )
        quant = env["stock.quant"].create(
            {
                "product_id": product.id,
                "location_id": place.id,
                "lot_id": lot.id,
                "quantity": 1,
            }
        )
        env.flush_all()
        name = f"'{product.name}-' || lpad(n::text, 7, '0')"
        lots = multiply(env.cr, "stock_lot", lot.id, packs - 1, name=name)
        multiply(
            env.cr, "stock_quant", quant.id, packs - 1, lot_id=f"{lots[0]} + n - 1"
        )
        env.invalidate_all()

    def draft(self, env, lines):
        """Create a quotation of ``[(product id, packs)]``."""
        customer = env["res.partner"].search([("ref", "=", CUSTOMER)], limit=1)
        customer = customer or customer.create({"name": CUSTOMER, "ref": CUSTOMER})
        return env["sale.order"].create(
            {
                "partner_id": customer.id,
                "order_line": [
                    (0, 0, {"product_id": product_id, "product_uom_qty": packs})
                    for product_id, packs in lines
                ],
            }
        )

    def validate(self, order):
        """Validate the delivery with the reserved serials."""
        picking = order.picking_ids
        picking.move_line_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        if picking.state != "done":
            raise AssertionError(f"{picking.name} is {picking.state}")

    # === STEPS === #

    def measure_order(self):
        with self.site.env() as env:
            order = self.draft(env, [(self.big, ORDER_PACKS)])
            env.flush_all()
            with self.confirm.measure(env):
                order.action_confirm()
            with self.ship.measure(env):
                self.validate(order)

    @functools.cached_property
    def scan_ms(self):
        """Look a serial up, mark its line picked, commit: no checks at all."""
        seconds = []
        with self.site.env(commit=True) as env:
            order = self.draft(env, [(self.big, ORDER_PACKS)])
            order.action_confirm()
            picking_id = order.picking_ids.id
            names = order.picking_ids.move_line_ids.lot_id.mapped("name")
        for name in names:
            with self.site.env(commit=True) as env:
                start = time.perf_counter()
                lot = env["stock.lot"].search(
                    [("name", "=", name), ("product_id", "=", self.big)]
                )
                picking = env["stock.picking"].browse(picking_id)
                picking.move_line_ids.filtered(
                    lambda line, lot=lot: line.lot_id == lot
                ).picked = True
                env.cr.commit()
                seconds.append(time.perf_counter() - start)
        with self.site.env(commit=True) as env:
            env["stock.picking"].browse(picking_id).action_cancel()
        return statistics.median(seconds) * 1000

    def measure_wave(self, orders, packs):
        """Seconds to confirm all orders and ship them; nothing is scanned."""
        with self.site.env() as env:
            made = [self.draft(env, [(self.big, packs)]) for _order in range(orders)]
            env.flush_all()
            start = time.perf_counter()
            for order in made:
                order.action_confirm()
            for order in made:
                self.validate(order)
            env.flush_all()
            return time.perf_counter() - start

    def measure_receipt(self, packs=200):
        """Milliseconds a serial when quants are applied as inventory."""
        with self.site.env() as env:
            product = env["product.product"].browse(self.big)
            location = env["stock.warehouse"].search([], limit=1).lot_stock_id
            start = time.perf_counter()
            lots = env["stock.lot"].create(
                [{"name": f"R-{n}", "product_id": product.id} for n in range(packs)]
            )
            quants = (
                env["stock.quant"]
                .with_context(inventory_mode=True)
                .create(
                    [
                        {
                            "product_id": product.id,
                            "location_id": location.id,
                            "lot_id": lot.id,
                            "inventory_quantity": 1,
                        }
                        for lot in lots
                    ]
                )
            )
            quants.action_apply_inventory()
            env.flush_all()
            return (time.perf_counter() - start) * 1000 / packs

    def measure_transfer(self, packs):
        """Milliseconds to reserve and move serials to another warehouse."""
        with self.site.env() as env:
            product = env["product.product"].browse(self.big)
            source = env["stock.warehouse"].search([], limit=1)
            target = env["stock.warehouse"].create({"name": "Bench", "code": "BNCH"})
            start = time.perf_counter()
            picking = create_transfer(env, source, target, product, packs)
            picking.move_line_ids.picked = True
            picking.button_validate()
            env.flush_all()
            return (time.perf_counter() - start) * 1000


def create_transfer(env, source, target, product, packs):
    """Make a reserved internal transfer between two warehouses."""
    places = {
        "location_id": source.lot_stock_id.id,
        "location_dest_id": target.lot_stock_id.id,
    }
    picking = env["stock.picking"].create(
        {
            "picking_type_id": source.int_type_id.id,
            **places,
            "move_ids": [
                (0, 0, {"product_id": product.id, "product_uom_qty": packs, **places})
            ],
        }
    )
    picking.action_confirm()
    picking.action_assign()
    picking.move_ids.picked = True
    return picking
