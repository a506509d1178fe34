from . import lottery_reconcile_load
