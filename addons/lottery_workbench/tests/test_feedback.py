"""Feedback from any page (PF-WRK-01)."""

import base64
import io

from PIL import Image

from odoo.tests import tagged

from .common import WorkbenchCase


def encode(data):
    return base64.b64encode(data).decode()


def picture(kind="PNG", size=(640, 360), **options):
    stream = io.BytesIO()
    Image.new("RGB", size, "#c8102e").save(stream, kind, **options)
    return encode(stream.getvalue())


@tagged("post_install", "-at_install")
class TestFeedback(WorkbenchCase):
    def _send(self, user=None, **values):
        return self.env["lottery.feedback"].browse(
            self.rpc(
                "lottery.feedback",
                "send",
                user=user or self.desk,
                **{"text": "The list is empty", "url": "/odoo/orders?x=1", **values},
            )["id"]
        )

    def test_sent_with_a_picture_that_is_drawn_anew(self):
        """PF-WRK-01, PF-SEC-06: text, page, menu, browser; a JPEG without its past."""
        exif = Image.Exif()
        exif[0x010E] = "made at home"
        row = self._send(
            picture=picture("JPEG", (1000, 100), exif=exif), menu_name="Orders / List"
        )
        self.assertEqual(
            (row.author_id, row.branch_id, row.url, row.menu_name, row.state),
            (self.desk, self.north, "/odoo/orders?x=1", "Orders / List", "new"),
        )
        data = base64.b64decode(row.picture)
        self.assertNotIn(b"made at home", data)
        with Image.open(io.BytesIO(data)) as stored:
            self.assertEqual((stored.format, stored.width), ("JPEG", 1000))

    def test_what_is_not_taken(self):
        """PF-WRK-01: empty words, a script in place of a picture, foreign addresses."""
        for values in (
            {"text": "  "},
            {"text": "x" * 5001},
            {"kind": "secret"},
            {"picture": encode(b"<svg onload='x()'/>")},
            {"picture": encode(b"%PDF-1.7 x")},
            {"picture": encode(b"\x89PNG\r\n\x1a\n broken")},
            {"picture": picture(size=(8000, 7000))},
            {"picture": "§"},
        ):
            with self.subTest(**values):
                self.assertRefused(
                    "lottery.feedback",
                    "send",
                    user=self.desk,
                    **{"text": "a", **values},
                )
        self.assertFalse(self.env["lottery.feedback"].search([("text", "=", "a")]))
        self.assertFalse(self._send(url="javascript:steal()").url)
        self.assertEqual(self._send(url="https://evil.example/a?b=1").url, "/a?b=1")
        self.assertRefused(
            "lottery.feedback",
            "create",
            [{"text": "x"}],
            user=self.desk,
            name="AccessError",
        )

    def test_answered_and_told(self):
        """PF-WRK-01: new, in progress, answered, closed; the author hears of it."""
        row = self._send()
        self.assertRefused(row._name, "action_answer", row.ids, user=self.admin_north)
        self.rpc(row._name, "action_start", row.ids, user=self.admin_north)
        self.assertEqual((row.state, row.user_id), ("in_progress", self.admin_north))
        self.rpc(
            row._name,
            "write",
            row.ids,
            {"reply": "Filter removed"},
            user=self.admin_north,
        )
        self.rpc(row._name, "action_answer", row.ids, user=self.admin_north)
        self.assertEqual((row.state, row.replied_by), ("answered", self.admin_north))
        self.assertEqual(len(self.notes_of(self.desk, "feedback_answered")), 1)
        (read,) = self.rpc(row._name, "read", row.ids, ["reply"], user=self.desk)
        self.assertEqual(read["reply"], "Filter removed")
        self.rpc(row._name, "action_close", row.ids, user=self.desk)
        self.assertEqual(row.state, "closed")

    def test_seen_by_author_and_administrators(self):
        """PF-SEC-02: not by colleagues, not by the sibling unit; words stay."""
        row = self._send(picture=picture())
        for user, seen in (
            (self.desk, row.ids),
            (self.admin_north, row.ids),
            (self.keeper, []),
            (self.admin_south, []),
        ):
            self.assertEqual(self.seen(row._name, row, user), seen, user.login)
        address = f"/web/image/lottery.feedback/{row.id}/picture"
        self.assertNotEqual(self.url_open(address).content[:2], b"\xff\xd8")
        self.assertRefused(
            row._name, "action_close", row.ids, user=self.keeper, name="AccessError"
        )
        self.assertRefused(
            row._name, "write", row.ids, {"text": "other"}, user=self.admin_north
        )
        self.assertRefused(
            row._name,
            "write",
            row.ids,
            {"reply": "x"},
            user=self.desk,
            name="AccessError",
        )
