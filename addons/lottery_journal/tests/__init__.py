from . import (
    test_append,
    test_engine,
    test_heads,
    test_journal,
    test_mac,
    test_ownership,
    test_sealer,
    test_verify,
)
