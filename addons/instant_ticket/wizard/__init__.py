from . import (
    instant_pack_change,
    instant_pack_count,
    instant_receipt_import,
    instant_transfer_scan,
)
