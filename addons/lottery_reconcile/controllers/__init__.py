from . import lottery_reconcile
