from . import (
    instant_account,
    instant_closure,
    instant_desk,
    instant_order,
    instant_order_call,
    instant_order_claim,
    instant_order_desk,
    instant_order_event,
    instant_order_line,
    instant_order_money,
    instant_order_place,
    instant_order_stock,
)
