import base64
import io
import struct
import zlib

from PIL import ExifTags, Image

from odoo.exceptions import UserError
from odoo.tests import BaseCase, tagged

from odoo.addons.lottery_base.engine.photo import MAX_BYTES, PhotoError, clean_photo

from .portal_common import PortalCase


def picture(kind="JPEG", size=(64, 48), **save):
    output = io.BytesIO()
    Image.new("RGB", size, "red").save(output, kind, **save)
    return output.getvalue()


def bomb(side=30000):
    """A PNG of a few bytes that claims 900 million pixels."""

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100000))
        + chunk(b"IEND", b"")
    )


@tagged("post_install", "-at_install")
class TestPhotoEngine(BaseCase):
    """PF-SEC-06: by content, re-encoded, stripped but for time and position."""

    def test_metadata_goes_time_and_position_stay_beside(self):
        exif = Image.Exif()
        exif[ExifTags.Base.Make] = "SecretPhone"
        exif[ExifTags.IFD.Exif] = {
            ExifTags.Base.DateTimeOriginal: "2026:03:04 05:06:07"
        }
        exif[ExifTags.IFD.GPSInfo] = {
            ExifTags.GPS.GPSLatitudeRef: "N",
            ExifTags.GPS.GPSLatitude: (43.0, 30.0, 0.0),
            ExifTags.GPS.GPSLongitudeRef: "W",
            ExifTags.GPS.GPSLongitude: (87.0, 15.0, 36.0),
        }
        photo = clean_photo(picture(exif=exif))
        self.assertEqual(str(photo.taken_at), "2026-03-04 05:06:07")
        self.assertEqual((photo.latitude, photo.longitude), (43.5, -87.26))
        self.assertNotIn(b"SecretPhone", photo.jpeg)
        self.assertFalse(Image.open(io.BytesIO(photo.jpeg)).getexif())

    def test_every_kind_becomes_a_small_jpeg(self):
        for kind in ("JPEG", "PNG", "WEBP"):
            photo = clean_photo(picture(kind, (3000, 1000)))
            image = Image.open(io.BytesIO(photo.jpeg))
            self.assertEqual((image.format, max(image.size)), ("JPEG", 1600))

    def test_code_behind_a_picture_is_lost(self):
        photo = clean_photo(picture("PNG") + b"<script>alert(1)</script>")
        self.assertNotIn(b"script", photo.jpeg)

    def test_refused(self):
        for code, data in (
            ("not_image", b"<html><script>alert(1)</script></html>"),
            ("not_image", b"\x89PNG\r\n\x1a\n" + b"\0" * 50),
            ("not_image", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ("not_image", b"%PDF-1.4"),
            ("not_image", picture("GIF")),
            ("not_image", picture()[:200]),
            ("too_big", b"\xff\xd8" + b"0" * MAX_BYTES),
            ("too_many_pixels", bomb()),
            ("too_many_pixels", bomb(8000)),
        ):
            with self.assertRaises(PhotoError) as caught:
                clean_photo(data)
            self.assertEqual(caught.exception.code, code)


@tagged("post_install", "-at_install")
class TestPortalClaims(PortalCase):
    """IT-POR-05: report damage or shortage with photos."""

    def setUp(self):
        super().setUp()
        self.order = self._lock(self._place(self.outlet, {self.game: 3}))
        self._ship(self.order)
        self.path = f"/my/tickets/orders/{self.order.id}"

    def _report(self, photos=(), **values):
        form = {"kind": "damaged", "packs": "1", **values}
        files = [
            ("photos", (name, data, "image/jpeg")) for name, data in photos
        ] or None
        response = self._post(f"{self.path}/claim", files=files, **form)
        self.env.invalidate_all()
        return response

    def _claims(self):
        return self.env["instant.order.claim"].search([])

    def test_report_with_photos(self):
        response = self._report(
            [("a.jpg", picture()), ("b.png", picture("PNG"))],
            game=str(self.game.id),
            packs="2",
            description="Wet carton",
        )
        self.assertEqual(response.status_code, 303)
        claim = self._claims()
        self.assertEqual(
            (claim.kind, claim.packs, claim.game_id, claim.state, claim.description),
            ("damaged", 2, self.game, "new", "Wet carton"),
        )
        self.assertEqual(claim.branch_id, self.order.branch_id)
        self.assertEqual(len(claim.photo_ids), 2)
        for photo in claim.photo_ids:
            self.assertEqual(
                Image.open(io.BytesIO(base64.b64decode(photo.image))).format, "JPEG"
            )
        self.assertIn("Wet carton", self._text(self._page(self.path)))

    def test_the_answer_reaches_the_owner(self):
        self._report(kind="short")
        claim = self._claims().with_user(self.desk)
        claim.action_take()
        with self.assertRaises(UserError):
            claim.action_close()
        claim.answer = "Two packs follow tomorrow"
        claim.action_close()
        self.env.flush_all()
        text = self._text(self._page(self.path))
        self.assertIn("Two packs follow tomorrow", text)
        self.assertIn("Closed", text)
        told = self.env["lottery.notification"].search(
            [("user_id", "=", self.outlet.user_id.id), ("channel", "=", "in_app")]
        )
        self.assertEqual(told.template_id.code, "instant.claim_answered")
        self.assertEqual(told.body, "Two packs follow tomorrow")

    def test_sent_twice_is_one_report(self):
        for _again in range(2):
            self.assertEqual(
                self._report(kind="short", key="c-0123456789").status_code, 303
            )
        self.assertEqual(len(self._claims()), 1)

    def test_what_is_typed_stays_when_refused(self):
        response = self._report(packs="4", kind="short", description="Typed by me")
        self.assertEqual(response.status_code, 422)
        self.assertIn("Typed by me", response.text)
        self.assertIn("the order has 3 of them, not 4", response.text)
        self.assertFalse(self._claims())

    def test_values_that_make_no_sense(self):
        for values in (
            {"packs": "0"},
            {"packs": "-1"},
            {"packs": "x"},
            {"packs": "9" * 20},
            {"packs": "１"},
            {"packs": ""},
            {"kind": "stolen"},
            {"kind": ""},
            {"game": "99999999"},
            {"game": str(self.other_game.id)},
            {"description": "x" * 501},
        ):
            response = self._report(**{"kind": "short", **values})
            self.assertEqual(response.status_code, 422, values)
        self.assertFalse(self._claims())

    def test_damage_needs_a_photo(self):
        self.assertEqual(self._report().status_code, 422)

    def test_uploads_that_are_no_photos(self):
        """PF-SEC-06: html as png, a bomb, five photos: refused, nothing kept."""
        attachments = self.env["ir.attachment"].search_count([])
        for photos in (
            [("a.png", b"<html><script>alert(1)</script></html>")],
            [("a.png", bomb())],
            [("ok.jpg", picture()), ("evil.jpg", b"MZ" + b"\0" * 100)],
            [(f"{n}.jpg", picture()) for n in range(5)],
            [("big.jpg", picture() + b"\0" * MAX_BYTES)],
        ):
            self.assertEqual(self._report(photos).status_code, 422)
        self.assertFalse(self._claims())
        self.assertEqual(self.env["ir.attachment"].search_count([]), attachments)

    def test_a_body_of_fifty_megabytes_is_not_read(self):
        response = self._report([("huge.jpg", b"\0" * (50 * 1024 * 1024))])
        self.assertEqual(response.status_code, 413)
        self.assertFalse(self._claims())

    def test_not_before_shipping(self):
        early = self._place(self.outlet, {self.other_game: 1})
        self.path = f"/my/tickets/orders/{early.id}"
        self.assertEqual(self._report(kind="short").status_code, 422)

    def test_complaints_stay_in_their_unit(self):
        """PF-SEC-02: a sibling prefecture's desk sees nothing."""
        self._report([("a.jpg", picture())])
        claim = self._claims()
        self.assertTrue(claim.with_user(self.desk).has_access("read"))
        claims = self.env["instant.order.claim"].with_user(self.desk_south)
        self.assertFalse(claims.search([]))
        photos = self.env["instant.order.claim.photo"].with_user(self.desk_south)
        self.assertFalse(photos.search([]))
        image = f"/web/image/instant.order.claim.photo/{claim.photo_ids.id}/image"
        self._log_in(self.outlet_south)
        self.assertNotEqual(
            self.url_open(image).content, base64.b64decode(claim.photo_ids.image)
        )
