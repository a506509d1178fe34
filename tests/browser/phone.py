"""An owner with a phone: what a finger does on the portal's pages."""

import json

from playwright.sync_api import expect

RESULT = "**/my/tickets/orders/*"


class OwnerPhone:
    """One outlet's owner on a touch screen of 360 by 740.

    :ivar page: the browser's page
    :ivar outlet: row of ``lottery.outlet`` (see ``conftest.outlets``)
    """

    def __init__(self, page, outlet, admin):
        self.page, self.outlet, self.admin = page, outlet, admin

    # === LOG IN === #

    def ask_code(self):
        """Type the phone number and ask for a code; return it from the outbox."""
        before = self.admin.newest_message()
        phone = self.outlet["owner_phone"]
        self.page.goto("/owner/login")
        self.page.locator("#owner_phone").fill(phone[-11:])
        self.page.locator(".js_send").tap()
        expect(self.page.locator("#owner_code")).to_be_visible()
        return self.admin.read_code(phone, before)

    def log_in(self):
        code = self.ask_code()
        self.page.locator("#owner_code").fill(code)
        self.page.wait_for_url("**/my/tickets")
        return self

    # === ORDER === #

    def shown_games(self):
        """Ids of the games on the screen, in their order."""
        cards = self.page.locator(".lt-game:not([hidden])")
        return [int(card.get_attribute("data-game")) for card in cards.all()]

    def game(self, game_id):
        """What the page knows of a game: name, price, packs left."""
        games = json.loads(self.page.locator("#lt-games").text_content())
        return next(game for game in games if game["id"] == game_id)

    def add(self, game_id, packs=1):
        """Tap the plus of a game's card."""
        stepper = self.page.locator(f'.lt-stepper[data-game="{game_id}"]').first
        for _ in range(packs):
            stepper.locator(".lt-step-more").tap()
        return self

    def open_cart(self):
        self.page.locator(".lt-cartbar-go").tap()
        expect(self.page.locator("#lt-submit")).to_be_enabled()
        return self

    def double_tap_submit(self):
        """Tap the button twice, as fast as fingers go; return the order's id."""
        box = self.page.locator("#lt-submit").bounding_box()
        where = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.touchscreen.tap(*where)
        self.page.touchscreen.tap(*where)
        self.page.wait_for_url(RESULT)
        return int(self.page.url.rpartition("/")[2])

    def expect_state(self, words):
        """Wait until the open order's page says so, without a reload."""
        expect(self.page.locator("#lt-state-title")).to_have_text(words, timeout=60_000)
