from . import test_automatic, test_screens, test_tags
