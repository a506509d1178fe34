"""The reference: stock Odoo 19 `sale_stock` with serial-tracked products."""

from odoo.exceptions import UserError
from odoo.service.model import retrying

SERIAL_BATCH = 5000


class Vanilla:
    """A shop of serial-tracked games on one database of stock Odoo."""

    def __init__(self, site):
        self.site = site

    def prepare_game(self, code, packs):
        """Make a product with ``packs`` serials in stock; return its id."""
        with self.site.env(commit=True) as env:
            product = env["product.product"].create(
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
            location = env["stock.warehouse"].search([], limit=1).lot_stock_id
            for start in range(0, packs, SERIAL_BATCH):
                lots = env["stock.lot"].create(
                    [
                        {"name": f"{code}-{n:07d}", "product_id": product.id}
                        for n in range(start, min(packs, start + SERIAL_BATCH))
                    ]
                )
                env["stock.quant"].sudo().create(
                    [
                        {
                            "product_id": product.id,
                            "location_id": location.id,
                            "lot_id": lot.id,
                            "quantity": 1,
                        }
                        for lot in lots
                    ]
                )
                env.cr.commit()
            return product.id

    def draft(self, env, lines):
        """Create a quotation of ``[(product id, packs)]``."""
        partner = env.ref("base.res_partner_1", raise_if_not_found=False) or env[
            "res.partner"
        ].search([], limit=1)
        return env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [
                    (0, 0, {"product_id": product_id, "product_uom_qty": packs})
                    for product_id, packs in lines
                ],
            }
        )

    def confirm_in_own_transaction(self, order_id):
        """Confirm as a request would, retries included; True when fully reserved."""
        with self.site.registry.cursor() as cr:
            from odoo.api import SUPERUSER_ID, Environment

            env = Environment(cr, SUPERUSER_ID, {})

            def confirm():
                env["sale.order"].browse(order_id).action_confirm()
                return env["sale.order"].browse(order_id).picking_ids.state

            try:
                return retrying(confirm, env) == "assigned"
            except UserError:
                return False

    def ship(self, order):
        """Validate the delivery with the reserved serials."""
        picking = order.picking_ids
        for line in picking.move_line_ids:
            line.picked = True
        picking.with_context(skip_backorder=True).button_validate()
