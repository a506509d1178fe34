from . import (
    delivery_carrier,
    instant_delivery_area,
    instant_delivery_attempt,
    instant_order_alert,
    instant_order_delivery,
    instant_order_handover,
    instant_order_return,
)
