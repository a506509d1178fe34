from odoo.tests import tagged

from .common import PIXEL
from .portal_common import OwnerPagesCase


@tagged("post_install", "-at_install")
class TestOwnerPages(OwnerPagesCase):
    """IT-POR-08: the owner sees the outlet's own data."""

    def _use(self, outlet_id):
        _response, page = self._page("/owner/outlet")
        token = page.xpath("//input[@name='csrf_token']/@value")[0]
        return self.url_open(
            "/owner/outlet/use",
            data={
                "csrf_token": token,
                "outlet_id": outlet_id,
                "redirect": "/my/outlet",
            },
        )

    def test_page_shows_own_data(self):
        self._log_in()
        response, page = self._page()
        text = self._text(page)
        for part in (
            "6501000001",
            "网点1",
            "红山路1号",
            "DX-1",
            "业主1",
            "154****0001",
        ):
            self.assertIn(part, text)
        self.assertNotIn("+8615400000001", text)
        self.assertNotIn(self.stranger.number, text)
        self.assertFalse(page.xpath("//script"))
        self.assertIn("default-src 'none'", response.headers["Content-Security-Policy"])
        self.assertEqual(response.headers["Cache-Control"], "no-store")

    def test_specialist_can_be_called(self):
        self.specialist.partner_id.phone = "+8615400008888"
        self.first.specialist_id = self.specialist
        self._log_in()
        _response, page = self._page()
        calls = page.xpath(
            "//section[@name='help']/a[starts-with(@href, 'tel:')]/@href"
        )
        self.assertEqual(calls, ["tel:+8615400008888"])

    def test_several_outlets_choose_and_switch(self):
        second = self._create_outlet(2, owner=self.owner)
        self._log_in()
        response = self.url_open("/my/outlet", allow_redirects=False)
        self.assertIn("/owner/outlet?redirect=", response.headers["Location"])
        self._use(second.id)
        self.assertIn(second.number, self._text(self._page()[1]))
        # Another's outlet is not taken into use, the choice before stays.
        self._use(self.stranger.id)
        text = self._text(self._page()[1])
        self.assertIn(second.number, text)
        self.assertNotIn(self.stranger.number, text)
        # A closed one falls out of use at once.
        second.action_close("退出")
        self.assertIn(self.first.number, self._text(self._page()[1]))

    def test_suspended_says_so_and_why(self):
        self.first.action_suspend("店面装修")
        self._log_in()
        self.assertIn("店面装修", self._text(self._page()[1]))

    def test_owner_without_outlet_left(self):
        self._log_in()
        self.first.action_close("退出")
        response = self.url_open("/my/outlet", allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])

    def test_portal_user_who_never_owned(self):
        self.env["res.users"].create(
            {
                "name": "访客",
                "login": "guest_portal",
                "password": "guest_portal",
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        self.authenticate("guest_portal", "guest_portal")
        page = self._page()[1]
        self.assertTrue(page.xpath("//a[contains(@href, '/owner/logout')]"))

    def test_core_account_pages_are_closed_to_owners(self):
        """They would change name and mobile, and the mobile is the login."""
        self._log_in()
        for path in ("/my/account", "/my/addresses", "/my/address", "/my/security"):
            response = self.url_open(path, allow_redirects=False)
            self.assertEqual(response.status_code, 303, path)
            self.assertTrue(response.headers["Location"].endswith("/my/outlet"), path)
        for path in ("/my", "/my/home"):  # an addon above may have a page of its own
            response = self.url_open(path, allow_redirects=False)
            self.assertEqual(response.status_code, 303, path)

    def test_staff_is_sent_to_the_back_office(self):
        self.authenticate(self.desk.login, self.desk.login)
        response = self.url_open("/my/outlet", allow_redirects=False)
        self.assertTrue(response.headers["Location"].endswith("/odoo/outlets"))

    def test_photos_of_another_outlet_are_not_served(self):
        photos = self.env["lottery.outlet.photo"]
        own = photos.create({"outlet_id": self.first.id, "image_1920": PIXEL})
        other = photos.create({"outlet_id": self.stranger.id, "image_1920": PIXEL})
        self._log_in()
        path = "/web/image/lottery.outlet.photo/%d/image_256"
        served = self.url_open(path % own.id)
        self.assertEqual(served.content[:3], b"\xff\xd8\xff")  # JPEG
        refused = self.url_open(path % other.id)
        self.assertNotEqual(refused.content[:3], b"\xff\xd8\xff")
