# Whoever extends a model comes after it.
# isort: off
from . import instant_scan_frame
from . import stock
from . import receipt
from . import order
from . import scan
from . import delivery
from . import ilms
from . import (
    instant_portal,
    ir_http,
    lottery_home_card,
    lottery_journal,
    lottery_outlet,
    lottery_reconcile_source,
    res_users,
)
