from . import (
    test_addresses,
    test_duty,
    test_engine,
    test_lockout,
    test_password,
    test_session,
    test_settings,
)
