"""Terms of the monthly comparison (PF-INT-03)."""

LOCATE_HOURS = 24
CORRECT_WORKING_DAYS = 2
# before a deadline its owner is reminded
REMIND_HOURS = 4

OPEN_STATES = ("open", "located")
SOURCE_PREFIX = "lottery.reconcile.source."
