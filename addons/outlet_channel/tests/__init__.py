from . import (
    test_change_request,
    test_identity,
    test_import,
    test_outlet,
    test_owner_login,
    test_people,
    test_place,
    test_portal,
    test_security,
    test_tag_migration,
)
