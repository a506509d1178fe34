"""What several models of approvals agree on."""

# Context key of the gate; its value is the object of `lottery_base`, which nothing
# that arrives over RPC can be identical to.
GATE_KEY = "lottery_approval_gate"

# Fields only the engine writes.
ENGINE_FIELDS = frozenset({"approval_state", "approval_id"})

# Written beside the content by the framework, at any time.
FREE_FIELDS = frozenset(
    {
        "message_follower_ids",
        "message_partner_ids",
        "message_ids",
        "message_main_attachment_id",
        "activity_ids",
        "access_token",
    }
)

EVENT_KINDS = [
    ("submitted", "Submitted"),
    ("approved", "Approved"),
    ("returned", "Returned to a level"),
    ("rejected", "Rejected"),
    ("forwarded", "Forwarded"),
    ("reassigned", "Reassigned"),
    ("withdrawn", "Withdrawn"),
    ("finished", "All levels passed"),
    ("voided", "Void: content changed"),
    ("reminded", "Reminded"),
    ("overdue", "Overdue"),
    ("chosen", "Conflict decided"),
    ("escalated", "Escalated"),
]
