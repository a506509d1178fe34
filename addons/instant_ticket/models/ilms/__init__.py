from . import (
    ilms_channel,
    ilms_difference,
    ilms_feeds,
    ilms_health,
    ilms_reconcile,
    instant_account_ilms,
    instant_account_transfer,
    instant_order_ilms,
    instant_pack_ilms,
    instant_sale_day,
    lottery_outlet_ilms,
    stock_warehouse_ilms,
)
