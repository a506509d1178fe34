from . import (
    test_announcement,
    test_browser,
    test_consultation,
    test_feedback,
    test_home,
)
