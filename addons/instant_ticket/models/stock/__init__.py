from . import (
    instant_availability,
    instant_carton,
    instant_conservation,
    instant_game,
    instant_pack,
    instant_pack_event,
    instant_pack_state,
    instant_pack_stock,
    stock_move,
    stock_picking,
    stock_warehouse,
)
