from . import (
    test_escalation,
    test_explain,
    test_export_files,
    test_operation,
    test_permission_journal,
    test_role_matrix,
    test_scope,
    test_screen,
    test_share,
)
