from . import (
    lottery_reconcile_difference,
    lottery_reconcile_month,
    lottery_reconcile_row,
    lottery_reconcile_run,
    lottery_reconcile_source,
    lottery_reconcile_source_users,
)
