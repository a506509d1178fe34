import re

from lxml import html

from odoo.tests import HttpCase

from .common import OutletCase


class OwnerPagesCase(OutletCase, HttpCase):
    """The owner of ``first`` at the phone; ``stranger`` is somebody else's outlet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the source texts, whatever language the database speaks
        cls.env["res.lang"]._activate_lang("en_US")
        cls.owner = cls._create_owner(1)
        cls.first = cls._create_outlet(
            1, owner=cls.owner, address="红山路1号", licence_number="DX-1"
        )
        cls.stranger = cls._create_outlet(3)
        cls.user = cls.first.user_id

    def _log_in(self, user=None):
        """Portal owners have no password; a test session stands in for the code."""
        user_sudo = (user or self.user).sudo()
        user_sudo.password = user_sudo.login
        self.authenticate(user_sudo.login, user_sudo.login)

    def _page(self, path="/my/outlet", status=200):
        response = self.url_open(path)
        self.assertEqual(response.status_code, status)
        return response, html.fromstring(response.content)

    def _text(self, page):
        return re.sub(r"\s+", " ", page.text_content())

    def _post(self, path, **data):
        """Send a form of the owner's pages, with the token they carry."""
        _response, page = self._page("/my/outlet/change")
        tokens = page.xpath("//input[@name='csrf_token']/@value")
        if not tokens:
            _response, page = self._page("/my/outlet")
            tokens = page.xpath("//input[@name='csrf_token']/@value")
        response = self.url_open(
            path, data={"csrf_token": tokens[0], **data}, allow_redirects=False
        )
        self.env.invalidate_all()
        return response
