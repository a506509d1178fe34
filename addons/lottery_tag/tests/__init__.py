from . import test_automatic, test_people, test_screens, test_tags
