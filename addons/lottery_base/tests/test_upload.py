import base64
import io
import zipfile
from datetime import datetime

from PIL import ExifTags, Image

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, HttpCase, tagged

from ..engine.upload import UploadError, check_upload, looks_active
from ..tools.workbook import make_workbook
from .common import BranchFixture, WebClientDoor

LIMIT = 2**20
ALL = frozenset({"image", "pdf", "sheet", "document", "text", "archive"})
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
HTML = b"<!DOCTYPE html><script>alert(1)</script>"
XML = b"<?xml version='1.0'?><a/>"


def make_photo(kind="JPEG"):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "phone maker"
    exif[ExifTags.IFD.Exif] = {ExifTags.Base.DateTimeOriginal: "2026:03:31 08:30:00"}
    exif[ExifTags.IFD.GPSInfo] = {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLatitude: (25.0, 2.0, 24.0),
        ExifTags.GPS.GPSLongitudeRef: "E",
        ExifTags.GPS.GPSLongitude: (102.0, 42.0, 0.0),
    }
    stream = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(stream, kind, exif=exif)
    return stream.getvalue()


def make_zip(*names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return stream.getvalue()


@tagged("post_install", "-at_install")
class TestUpload(BaseCase):
    """PF-SEC-06: by content, not by name."""

    def _refused(self, code, data, filename="x", allowed=None, limit=LIMIT):
        with self.assertRaises(UploadError) as caught:
            check_upload(data, filename, allowed or ALL, limit)
        self.assertEqual(caught.exception.code, code)

    def test_pictures_are_drawn_anew(self):
        """PF-SEC-06: no metadata is left, capture time and place stand beside it."""
        for kind in ("JPEG", "WEBP", "PNG"):
            photo = make_photo(kind) + b"<script>alert(1)</script>"
            upload = check_upload(photo, r"C:\x\shop.svg", {"image"}, LIMIT)
            self.assertEqual(
                (upload.kind, upload.mimetype, upload.filename),
                ("image", "image/jpeg", "shop.jpg"),
            )
            self.assertNotIn(b"script", upload.data)
            self.assertFalse(dict(Image.open(io.BytesIO(upload.data)).getexif()))
            self.assertEqual(upload.taken_at, datetime(2026, 3, 31, 8, 30))
            self.assertAlmostEqual(upload.latitude, 25.04)
            self.assertAlmostEqual(upload.longitude, 102.7)

    def test_active_content_is_refused(self):
        """PF-SEC-06: whatever its name says, whatever stands before it."""
        for data in (
            SVG,
            HTML,
            XML,
            b"\xef\xbb\xbf\n\n" + HTML,
            b"<!-- " + b"x" * 3000 + b" -->" + SVG,
            HTML.decode().encode("utf-16"),
            b"GIF89a <script>alert(1)</script>",
        ):
            with self.subTest(data=data[:20]):
                self._refused("active", data, "photo.jpg")
                self.assertTrue(looks_active(data))

    def test_kinds(self):
        book = make_workbook(["a"], [["1"]])
        for data, name, kind, kept in (
            (b"%PDF-1.7\n", "a.html", "pdf", "a.pdf"),
            (book, "b.exe", "sheet", "b.xlsx"),
            (make_zip("a.txt"), "c.docx", "archive", "c.zip"),
            ("编号,名称".encode("gb18030"), "d.csv", "text", "d.csv"),
            (b"plain < text", "e.html", "text", "e.txt"),
        ):
            upload = check_upload(data, name, ALL, LIMIT)
            self.assertEqual((upload.kind, upload.filename), (kind, kept))
            self.assertEqual(upload.data, data)

    def test_refusals(self):
        self._refused("empty", b"")
        self._refused("too_large", b"x" * 11, limit=10)
        self._refused("not_allowed", b"%PDF-1.7", allowed={"image"})
        self._refused("not_allowed", b"\x7fELF\x02\x01\x01" + bytes(60), "a.pdf")
        self._refused("not_allowed", b"MZ" + bytes(200), "a.txt")
        self._refused("damaged", b"PK\x03\x04 broken")
        self._refused("damaged", b"\xff\xd8\xff\xe0" + bytes(100), "a.jpg")
        macros = make_zip("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin")
        self._refused("macros", macros, "a.xlsx")


@tagged("post_install", "-at_install")
class TestUploadDoors(BranchFixture, WebClientDoor, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls.user = cls._create_user("t_uploader", cls.north, "branch_admin")

    def _attach(self, name, data, **values):
        return (
            self.env["ir.attachment"]
            .with_user(self.user)
            .create({"name": name, "raw": data, **values})
        )

    def test_attachments_of_models_that_check(self):
        """PF-SEC-06: created, replaced or moved: a unit takes no active file."""
        unit = {"res_model": "lottery.branch", "res_id": self.north.id}
        for data in (SVG, HTML, b"\x7fELF\x02\x01\x01" + bytes(60)):
            with self.assertRaisesRegex(UserError, "plan.pdf"):
                self._attach("plan.pdf", data, **unit)
        photo = self._attach("shop.png", make_photo(), **unit)
        self.assertEqual((photo.name, photo.mimetype), ("shop.jpg", "image/jpeg"))
        self.assertFalse(dict(Image.open(io.BytesIO(photo.raw)).getexif()))
        with self.assertRaises(UserError):
            photo.datas = base64.b64encode(HTML)
        loose = self._attach("x.html", HTML)
        with self.assertRaises(UserError):
            loose.write(unit)

    def test_records_of_units_check(self):
        """PF-SEC-06: whatever belongs to a unit, and contacts, take no active file."""
        team = self.env["lottery.team"].create(
            {"name": "East", "branch_id": self.north.id}
        )
        contact = self.env["res.partner"].create(
            {"name": "Shop", "branch_id": self.north.id}
        )
        for record in (team, contact):
            place = {"res_model": record._name, "res_id": record.id}
            for data in (HTML, b"MZ" + bytes(200)):
                with self.subTest(record=record), self.assertRaises(UserError):
                    self._attach("plan.pdf", data, **place)
            self.assertTrue(self._attach("plan.txt", b"plan", **place).id)

    def test_no_detour(self):
        """PF-SEC-06: not as a link that becomes a file, not as a field that is none."""
        unit = {"res_model": "lottery.branch", "res_id": self.north.id}
        with self.assertRaises(UserError):
            self._attach("x", HTML, type="url", url="https://example.com", **unit)
        hidden = {"name": "x", "raw": HTML, "res_field": "no_such_field", **unit}
        with self.assertRaises(AccessError):
            self.env["ir.attachment"].with_user(self.user).create(hidden)
        attachment = self.env["ir.attachment"].create(hidden)
        with self.assertRaises(UserError):
            attachment.res_field = False
        link = self._attach("x", b"", type="url", url="https://example.com", **unit)
        self.assertEqual(link.type, "url")

    def test_chatter(self):
        """PF-SEC-06: the paper clip of the web client takes the same door."""
        self.authenticate("t_uploader", "t_uploader-Passw0rd!")
        for name, data, refused in (
            ("a.pdf", HTML, True),
            ("b.png", make_photo(), False),
        ):
            response = self.url_open(
                "/mail/attachment/upload",
                data={
                    "thread_model": "lottery.branch",
                    "thread_id": self.north.id,
                    "csrf_token": http.Request.csrf_token(self),
                },
                files={"ufile": (name, io.BytesIO(data), "application/pdf")},
            )
            self.assertEqual("error" in response.json(), refused, response.text)
        found = self.env["ir.attachment"].search(
            [("res_model", "=", "lottery.branch"), ("res_id", "=", self.north.id)]
        )
        self.assertEqual(found.mapped("name"), ["b.jpg"])
        self.assertFalse(dict(Image.open(io.BytesIO(found.raw)).getexif()))
        self.assertEqual(
            found.taken_at, datetime(2026, 3, 31, 0, 30), "08:30 in Shanghai"
        )
        self.assertAlmostEqual(found.taken_latitude, 25.04)
        self.assertAlmostEqual(found.taken_longitude, 102.7)
        found.with_user(self.user).write({"taken_at": False, "name": "c.jpg"})
        self.assertTrue(found.taken_at, "nobody types it")

    def test_portraits(self):
        """PF-SEC-06: a portrait keeps neither the place nor what hangs behind it."""
        self.authenticate("t_uploader", "t_uploader-Passw0rd!")
        for kind, mode in (("JPEG", "RGB"), ("PNG", "RGB"), ("WEBP", "RGB")):
            photo = make_photo(kind) + b"<script>alert(1)</script>"
            self._call(
                "res.users",
                "web_save",
                self.user.ids,
                {"image_1920": base64.b64encode(photo).decode()},
                specification={"name": {}},
            )
            self.user.invalidate_recordset()
            stored = base64.b64decode(self.user.image_1920)
            image = Image.open(io.BytesIO(stored))
            self.assertEqual(
                (image.format, image.mode, image.size), (kind, mode, (40, 20))
            )
            self.assertFalse(dict(image.getexif()))
            self.assertNotIn(b"script", stored)
        seal = io.BytesIO()
        Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(seal, "PNG")
        self.user.partner_id.image_1920 = base64.b64encode(seal.getvalue())
        stored = Image.open(io.BytesIO(base64.b64decode(self.user.image_1920)))
        self.assertEqual(stored.getpixel((1, 1)), (255, 0, 0, 0))

    def test_limit_is_a_parameter(self):
        self.env.ref("lottery_base.lottery_parameter_upload_limit").value = "1"
        with self.assertRaisesRegex(UserError, "1 MB|1.0"):
            self._attach(
                "a.txt",
                b"x" * (2**20 + 1),
                res_model="lottery.branch",
                res_id=self.north.id,
            )

    def test_never_inline(self):
        """PF-SEC-06: SVG, HTML, XML go out as downloads, by every address."""
        files = [
            self._attach(name, data, public=True)
            for name, data in (
                ("a.svg", SVG),
                ("b.html", HTML),
                ("c.xml", XML),
                ("d.txt", HTML),
                ("e", b"<!-- x -->" + SVG),
            )
        ]
        system = self.env["ir.attachment"].create(
            {"name": "f", "raw": HTML, "mimetype": "text/html", "public": True}
        )
        text = self._attach("g.txt", b"harmless", public=True)
        self.env.flush_all()
        for login in (None, "t_uploader"):
            self.authenticate(login, login and login + "-Passw0rd!")
            for file in (*files, system):
                for path in (
                    f"/web/content/{file.id}",
                    f"/web/content/{file.id}?download=false&mimetype=text/plain",
                    f"/web/image/{file.id}",
                ):
                    with self.subTest(file=file.name, path=path, login=login):
                        self._assert_saved(self.url_open(path))
            # no type the address asks for makes a page of it
            self._assert_saved(
                self.url_open(f"/web/content/{text.id}?mimetype=text/html")
            )
            shown = self.url_open(f"/web/content/{text.id}")
            self.assertNotIn("attachment", shown.headers["Content-Disposition"])

    def _assert_saved(self, response):
        self.assertEqual(response.status_code, 200)
        if (
            "svg" in response.headers["Content-Type"]
            or "text" in response.headers["Content-Type"]
        ):
            self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")

    def test_fields_with_files(self):
        """PF-SEC-06: a picture field that holds an SVG is saved, not opened."""
        avatar = self.url_open(f"/web/image/res.users/{self.user.id}/image_1920")
        self.assertNotEqual(avatar.status_code, 500)
        self.authenticate("t_uploader", "t_uploader-Passw0rd!")
        avatar = self.url_open(f"/web/image/res.users/{self.user.id}/image_1920")
        self.assertIn("svg", avatar.headers["Content-Type"])
        self.assertIn("attachment", avatar.headers["Content-Disposition"])
