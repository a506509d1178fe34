from . import test_reconcile, test_reconcile_terms
