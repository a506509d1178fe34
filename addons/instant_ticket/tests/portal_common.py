"""The owner's phone, as far as a test needs it."""

import json
import uuid

from lxml import html

from .common import TicketHttpCase


class PortalCase(TicketHttpCase):
    """``outlet`` (north) belongs to the owner at the phone, ``outlet_south`` to another.

    40 packs of ``game`` (¥500 a pack) and 10 of ``other_game`` (¥500) lie in the north,
    the account has ¥10,000.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the source texts, whatever language the database speaks
        cls.env["res.lang"]._activate_lang("en_US")
        cls._stock(cls.game, cls.warehouse, 40)
        cls._stock(cls.other_game, cls.warehouse, 10)
        cls._stock(cls.game, cls.warehouse_south, 40)
        cls._top_up(cls.outlet, 10000)
        cls._top_up(cls.outlet_south, 10000)

    def setUp(self):
        super().setUp()
        self._log_in(self.outlet)

    def _log_in(self, outlet):
        """Owners have no password; a test session stands in for the code."""
        user_sudo = outlet.user_id.sudo()
        user_sudo.write({"password": user_sudo.login, "lang": "en_US"})
        self.authenticate(user_sudo.login, user_sudo.login)

    def _use(self, outlet):
        """Choose one of the owner's outlets, as the choice page does."""
        return self._post(
            "/owner/outlet/use", outlet_id=outlet.id, redirect="/my/tickets"
        )

    def _get(self, path, status=200):
        response = self.url_open(path, allow_redirects=False)
        self.assertEqual(response.status_code, status, path)
        return response

    def _page(self, path, status=200):
        return html.fromstring(self._get(path, status).content)

    def _token(self):
        page = self._page("/my/tickets/me")
        return page.xpath("//input[@name='csrf_token']/@value")[0]

    def _post(self, path, files=None, token=True, **data):
        if token:
            data["csrf_token"] = self._token()
        return self.url_open(path, data=data, files=files, allow_redirects=False)

    def _call(self, path, **params):
        response = self.url_open(
            path,
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}),
            headers={"Content-Type": "application/json"},
        )
        self.assertEqual(response.status_code, 200)
        return response.json()

    def _submit(self, packs_by_game, key=None, outlet=None, **params):
        """Send a cart; return the answer of the route."""
        answer = self._call(
            "/my/tickets/order",
            outlet=(outlet or self.outlet).id,
            key=key or f"p-{uuid.uuid4().hex}",
            lines=[
                {"game": game.id, "packs": packs}
                for game, packs in packs_by_game.items()
            ],
            **params,
        )
        self.assertNotIn("error", answer)
        self.env.invalidate_all()
        return answer["result"]

    def _submitted(self, packs_by_game, **params):
        """Send a cart that is accepted; return its order."""
        answer = self._submit(packs_by_game, **params)
        self.assertTrue(answer["ok"], answer)
        return self.env["instant.order"].browse(answer["order_id"])

    def _text(self, page, selector="main"):
        return " ".join(page.xpath(f"//{selector}")[0].text_content().split())

    def _classes(self, page, name):
        """Return the elements that have the class."""
        return page.xpath(f"//*[contains(concat(' ', @class, ' '), ' {name} ')]")
