from . import (
    stock_location,
    stock_move,
    stock_picking,
    stock_picking_batch,
    stock_picking_type,
    stock_quant,
    stock_scrap,
    stock_warehouse,
    stock_warehouse_orderpoint,
)
