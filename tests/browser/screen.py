"""A member of staff in the web client."""

from playwright.sync_api import expect


class Screen:
    """:ivar office: the same user over RPC, in the same session"""

    def __init__(self, page, office):
        self.page, self.office = page, office

    def open(self, action, record_id=None):
        """Open an action by its XML id, or a record of it."""
        suffix = f"/{record_id}" if record_id else ""
        # the first visit after a start builds the bundles
        self.page.goto(f"/odoo/action-{action}{suffix}", timeout=90_000)
        return self

    def expect_rows(self):
        """Wait for the rows of a list and return them."""
        rows = self.page.locator(".o_data_row")
        expect(rows.first).to_be_visible()
        return rows

    def wedge(self, label):
        """Type a label as a keyboard-wedge scanner does, five labels a second."""
        self.page.keyboard.type(label, delay=200 / (len(label) + 1))
        self.page.keyboard.press("Enter")
