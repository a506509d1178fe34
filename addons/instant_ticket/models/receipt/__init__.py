from . import (
    instant_receipt,
    instant_receipt_load,
    instant_receipt_scan,
)
