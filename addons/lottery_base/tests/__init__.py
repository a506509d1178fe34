from . import (
    test_branch,
    test_chatter,
    test_engine,
    test_health,
    test_import,
    test_integrator,
    test_isolation,
    test_login_page,
    test_print,
    test_progress,
    test_state_mixin,
    test_transaction,
)
