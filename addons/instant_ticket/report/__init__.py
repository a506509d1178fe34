from . import instant_order_report
