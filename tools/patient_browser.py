"""pytest plugin: wait for Chromium as long as a cold disk needs.

Odoo gives it ten seconds to open its port and then skips the test without failing.
"""

import odoo.tests.common

SECONDS = 180


def pytest_configure():
    common = odoo.tests.common
    common.CHECK_BROWSER_ITERATIONS = round(SECONDS / common.CHECK_BROWSER_SLEEP)
