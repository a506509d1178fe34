from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal_common import OwnerPagesCase

NOTICES = "/my/notices"


@tagged("post_install", "-at_install")
class TestOwnerNotice(OwnerPagesCase):
    """PF-NTF-01 for owners: count, list, mark as read on the portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user.lang = "en_US"
        cls.mine = cls._tell(cls.first, "device 1 exchanged")
        cls.theirs = cls._tell(cls.stranger, "nobody else's affair")

    @classmethod
    def _tell(cls, outlet, text):
        return cls.env["lottery.notification"]._notify(
            "outlet.corrected",
            outlet.user_id,
            record=outlet,
            values={"correction": text},
        )

    def setUp(self):
        super().setUp()
        self._log_in()

    def _bell(self, path="/my/outlet"):
        """Return what the bell of a page counts."""
        page = self._page(path)[1]
        return [
            "".join(count.itertext()).split()[0]
            for count in page.xpath("//a[@href='/my/notices']/b")
        ]

    def test_bell_counts_and_list_shows_own(self):
        self.assertEqual(self._bell(), ["1"])
        page = self._page(NOTICES)[1]
        text = self._text(page)
        self.assertIn("device 1 exchanged", text)
        self.assertNotIn("nobody else's affair", text)
        self.assertEqual(len(page.xpath("//form[contains(@action, '/open')]")), 1)
        self.env.invalidate_all()
        self.assertEqual(self.mine.state, "sent")  # looking is not reading

    def test_opening_marks_as_read_and_leads_on(self):
        response = self._post(f"{NOTICES}/{self.mine.id}/open")
        self.assertEqual(response.status_code, 303)
        self.assertTrue(response.headers["Location"].endswith("/my/outlet"))
        self.assertEqual(self.mine.state, "read")
        self.assertTrue(self.mine.read_at)
        self.assertEqual(self._bell(), [])

    def test_all_at_once(self):
        self._tell(self.first, "device 2 exchanged")
        self.env.flush_all()
        self.assertEqual(self._bell(NOTICES), ["2"])
        self.assertEqual(self._post(f"{NOTICES}/read").status_code, 303)
        self.assertEqual(self._bell(NOTICES), [])
        self.assertEqual(self.theirs.state, "sent")

    @mute_logger("odoo.http")
    def test_those_of_others(self):
        """PF-SEC-04: another reader's notification is not found, nor marked."""
        for notice_id in (self.theirs.id, 2**31 - 1):
            response = self._post(f"{NOTICES}/{notice_id}/open")
            self.assertEqual(response.status_code, 404)
        self.assertEqual(self.theirs.state, "sent")

    @mute_logger("odoo.http")
    def test_looking_never_marks(self):
        for path in (f"{NOTICES}/read", f"{NOTICES}/{self.mine.id}/open"):
            self.assertGreaterEqual(
                self.url_open(path, allow_redirects=False).status_code, 400
            )
            response = self.url_open(path, data={"x": "1"}, allow_redirects=False)
            self.assertEqual(response.status_code, 400)  # no token
        self.env.invalidate_all()
        self.assertEqual(self.mine.state, "sent")

    def test_older_ones_follow(self):
        for number in range(31):
            self._tell(self.first, f"number {number:02d}")
        self.env.flush_all()
        page = self._page(NOTICES)[1]
        self.assertEqual(len(page.xpath("//form[contains(@action, '/open')]")), 30)
        (older,) = page.xpath("//a[contains(@href, 'before=')]/@href")
        text = self._text(self._page(older)[1])
        self.assertIn("device 1 exchanged", text)
        self.assertIn("number 00", text)
        self.assertNotIn("number 02", text)
        for nonsense in ("x", "-1", "9" * 30):
            self._page(f"{NOTICES}?before={nonsense}")

    def test_nothing_yet(self):
        self.mine.unlink()
        self.env.flush_all()
        page = self._page(NOTICES)[1]
        self.assertIn("No messages", self._text(page))
        self.assertFalse(page.xpath("//script"))

    def test_staff_is_sent_to_the_back_office(self):
        self.authenticate(self.desk.login, self.desk.login)
        response = self.url_open(NOTICES, allow_redirects=False)
        self.assertTrue(response.headers["Location"].endswith("/odoo"))
