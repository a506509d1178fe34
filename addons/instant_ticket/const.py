"""Constants shared by the models of the addon."""

ORDER_STATES = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("locked", "Waiting for picking"),
    ("picking", "Being Picked"),
    ("shipped", "In delivery"),
    ("delivered", "Delivered"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
    ("rejected", "Rejected"),
    ("exception", "Exception"),
]

ORDER_TRANSITIONS = {
    "draft": {"submitted", "cancelled"},
    "submitted": {"locked", "rejected", "cancelled"},
    "locked": {"picking", "cancelled", "exception"},
    "picking": {"locked", "shipped", "exception"},
    "shipped": {"delivered", "exception"},
    "delivered": {"done", "exception"},
    "exception": {"locked", "picking", "shipped", "delivered", "cancelled"},
    "done": set(),
    "cancelled": set(),
    "rejected": set(),
}

# never ordered, or no more
VOID_STATES = ("draft", "cancelled", "rejected")

# place of a state in the desk's list: stopped, waiting, on its way, done
WORK_RANK = {
    "draft": 0,
    "exception": 0,
    "submitted": 1,
    "locked": 1,
    "picking": 1,
    "shipped": 2,
    "delivered": 3,
    "done": 4,
    "cancelled": 5,
    "rejected": 5,
}

# colour of a state wherever it is shown: waiting, on its way, done, bad, out of use
ORDER_TONES = {
    "draft": "off",
    "submitted": "wait",
    "locked": "way",
    "picking": "way",
    "shipped": "way",
    "delivered": "wait",
    "done": "ok",
    "cancelled": "off",
    "rejected": "bad",
    "exception": "bad",
}

ORDER_CHANNELS = [
    ("portal", "Owner's phone"),
    ("desk", "Telephone"),
    ("specialist", "Specialist"),
    ("api", "Interface"),
]

GAME_STATES = [
    ("draft", "Draft"),
    ("on_sale", "On sale"),
    ("exiting", "Exiting"),
    ("withdrawn", "Withdrawn"),
]

MAX_LINES_PER_ORDER = 100
MAX_PACKS_PER_LINE = 2000
MAX_NOTE = 200

# what the order desk keeps of a call; written by the ordering service only
CALL_FIELDS = ("call_started_at", "call_ended_at", "call_seconds", "identity_asked")
MAX_CALL_SECONDS = 4 * 3600
IDENTITY_NEEDED = 2

# Why a scan was refused; the number is the check of design/anchors/ordering.md.
SCAN_CHECKS = {
    "bad_code": 1,
    "unknown_game": 1,
    "unknown_pack": 2,
    "unknown_carton": 2,
    "duplicate_serial": 3,
    "game_not_active": 4,
    "recalled": 4,
    "not_in_stock": 5,
    "other_warehouse": 5,
    "other_order": 6,
    "not_on_order": 7,
    "line_full": 7,
    "already_scanned": 8,
    "blocked": 9,
    "outlet_inactive": 10,
    "not_deducted": 10,
    "carton_opened": 11,
    "carton_not_free": 11,
    "carton_too_big": 11,
    "incomplete": 12,
    "nothing_to_undo": 0,
    "other_receipt": 0,
    "closed": 0,
}

SCAN_REASONS = [
    ("bad_code", "Not one of our labels"),
    ("unknown_game", "Unknown game"),
    ("unknown_pack", "Unknown pack"),
    ("unknown_carton", "Unknown carton"),
    ("duplicate_serial", "Duplicate serial"),
    ("game_not_active", "Game not on sale"),
    ("recalled", "Recalled"),
    ("not_in_stock", "Not in stock"),
    ("other_warehouse", "Other warehouse"),
    ("other_order", "Other order's pack"),
    ("not_on_order", "Not ordered"),
    ("line_full", "Enough already"),
    ("already_scanned", "Scanned twice"),
    ("blocked", "Blocked pack"),
    ("outlet_inactive", "Outlet not active"),
    ("not_deducted", "Not deducted yet"),
    ("carton_opened", "Opened carton"),
    ("carton_not_free", "Carton not free"),
    ("carton_too_big", "Carton too big"),
    ("incomplete", "Not complete"),
    ("nothing_to_undo", "Nothing to undo"),
    ("other_receipt", "Other receipt"),
    ("closed", "Closed"),
]
