from . import (
    test_absence,
    test_change_request,
    test_deadline,
    test_decide,
    test_flow,
    test_gate,
    test_inbox,
    test_journey,
    test_notify,
    test_print,
    test_race,
    test_rpc_doors,
)
