from . import (
    instant_order_scan,
    instant_order_scan_words,
    instant_order_station,
    instant_scan,
)
