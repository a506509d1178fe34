from . import test_branch_stock
