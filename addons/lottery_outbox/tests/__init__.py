from . import (
    test_circuit,
    test_crash,
    test_drain,
    test_engine,
    test_enqueue,
    test_inbox,
    test_metrics,
    test_operate,
    test_security,
    test_wake,
)
