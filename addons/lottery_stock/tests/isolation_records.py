"""Stock of a unit: everything hangs on a warehouse of its own."""

from odoo.addons.lottery_base.tests.isolation import create_record, factory


def _get_product(env):
    return env["product.product"].create(
        {"name": "Isolation", "type": "consu", "is_storable": True}
    )


@factory("stock.warehouse")
def create_warehouse(env, branch):
    number = env["stock.warehouse"].with_context(active_test=False).search_count([])
    return env["stock.warehouse"].create(
        {
            "name": f"Warehouse {branch.name} {number}",
            "code": f"W{number:04}",
            "branch_id": branch.id,
        }
    )


@factory("stock.location")
def get_location(env, branch):
    return create_record(env, "stock.warehouse", branch).lot_stock_id


@factory("stock.picking.type")
def get_picking_type(env, branch):
    return create_record(env, "stock.warehouse", branch).out_type_id


@factory("stock.move")
def create_move(env, branch):
    picking_type = get_picking_type(env, branch)
    picking = env["stock.picking"].create(
        {
            "picking_type_id": picking_type.id,
            "location_id": picking_type.default_location_src_id.id,
            "location_dest_id": env.ref("stock.stock_location_customers").id,
        }
    )
    product = _get_product(env)
    return env["stock.move"].create(
        {
            "picking_id": picking.id,
            "product_id": product.id,
            "product_uom": product.uom_id.id,
            "product_uom_qty": 3,
            "location_id": picking.location_id.id,
            "location_dest_id": picking.location_dest_id.id,
        }
    )


@factory("stock.picking")
def create_picking(env, branch):
    return create_move(env, branch).picking_id


@factory("stock.picking.batch")
def create_batch(env, branch):
    picking = create_picking(env, branch)
    return env["stock.picking.batch"].create(
        {
            "picking_type_id": picking.picking_type_id.id,
            "picking_ids": picking.ids,
        }
    )


@factory("stock.move.line")
def create_move_line(env, branch):
    move = create_move(env, branch)
    return env["stock.move.line"].create(move._prepare_move_line_vals(quantity=1))


@factory("stock.quant")
def create_quant(env, branch):
    location = get_location(env, branch)
    product = _get_product(env)
    env["stock.quant"]._update_available_quantity(product, location, 5)
    return env["stock.quant"]._gather(product, location)


@factory("stock.scrap")
def create_scrap(env, branch):
    product = _get_product(env)
    return env["stock.scrap"].create(
        {
            "product_id": product.id,
            "product_uom_id": product.uom_id.id,
            "scrap_qty": 1,
            "location_id": get_location(env, branch).id,
        }
    )


@factory("stock.warehouse.orderpoint")
def create_orderpoint(env, branch):
    location = get_location(env, branch)
    return env["stock.warehouse.orderpoint"].create(
        {
            "product_id": _get_product(env).id,
            "location_id": location.id,
            "warehouse_id": location.warehouse_id.id,
        }
    )


@factory("report.stock.quantity")
def get_forecast(env, branch):
    quant = create_quant(env, branch)
    return env["report.stock.quantity"].search(
        [("product_id", "=", quant.product_id.id), ("warehouse_id", "!=", False)]
    )
