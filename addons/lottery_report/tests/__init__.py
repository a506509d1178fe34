from . import test_engine, test_export, test_report, test_screen
