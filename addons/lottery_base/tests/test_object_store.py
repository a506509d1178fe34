import base64
import doctest
import hashlib
import http.server
import os
import pathlib
import threading
import urllib.parse
from datetime import UTC, datetime
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.lottery_base.tools import object_store

KEY, SECRET, REGION = "key-of-the-test", "secret-of-the-test", "region-1"
BUCKET = "files"


class Bucket(http.server.BaseHTTPRequestHandler):
    """A store as far as it is asked: whole objects, each request signed."""

    protocol_version = "HTTP/1.1"
    objects = {}
    away = asked_elsewhere = False

    def _refused(self, body=b""):
        """Answer what the request deserves unless it is right."""
        payload = self.headers["x-amz-content-sha256"]
        signed = object_store.sign(
            self.command,
            f"http://{self.headers['Host']}{self.path}",
            payload,
            datetime.strptime(self.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(
                tzinfo=UTC
            ),
            key=KEY,
            secret=SECRET,
            region=REGION,
        )
        right = hashlib.sha256(body).hexdigest() == payload
        if self.away:
            self._answer(503)
        elif not right or self.headers["Authorization"] != signed["Authorization"]:
            self._answer(403)
        else:
            return False
        return True

    def _answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def lead_away(self, _status, _body=b""):
        """Instead of an answer: ask at another place."""
        if self.path == "/elsewhere":
            Bucket.asked_elsewhere = True
        self.send_response(307)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if not self._refused(body):
            self.objects[urllib.parse.unquote(self.path)] = body
            self._answer(200)

    def do_GET(self):
        if not self._refused():
            found = self.objects.get(urllib.parse.unquote(self.path))
            self._answer(404 if found is None else 200, found or b"")

    do_HEAD = do_GET

    def log_message(self, *_arguments):
        pass


@tagged("post_install", "-at_install")
class TestObjectStore(HttpCase):
    """PF-OPS-01: attachments in an object store; the filestore of a node is a cache."""

    def setUp(self):
        super().setUp()
        Bucket.objects, Bucket.away = {}, False
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.enterContext(
            patch.dict(
                os.environ,
                LOTTERY_OBJECTS_URL=f"http://127.0.0.1:{server.server_port}",
                LOTTERY_OBJECTS_BUCKET=BUCKET,
                LOTTERY_OBJECTS_KEY=KEY,
                LOTTERY_OBJECTS_SECRET=SECRET,
                LOTTERY_OBJECTS_REGION=REGION,
            )
        )
        self.content = os.urandom(3000)
        digest = hashlib.sha1(self.content, usedforsecurity=False).hexdigest()
        self.fname = f"{digest[:2]}/{digest}"
        path = self.env["ir.attachment"]._full_path(self.fname)
        self.local = pathlib.Path(path)
        self.addCleanup(self.local.unlink, missing_ok=True)

    def _upload(self):
        """As the web client does."""
        self.authenticate("admin", "admin")
        values = {
            "name": "receipt.bin",
            "datas": base64.b64encode(self.content).decode(),
        }
        return self.url_open(
            "/web/dataset/call_kw/ir.attachment/create",
            json={
                "params": {
                    "model": "ir.attachment",
                    "method": "create",
                    "args": [[values]],
                    "kwargs": {},
                }
            },
        ).json()

    def test_another_node_finds_what_this_one_took(self):
        (number,) = self._upload()["result"]
        self.assertEqual(Bucket.objects, {f"/{BUCKET}/{self.fname}": self.content})
        self.local.unlink()  # the other node has never seen it
        answer = self.url_open(f"/web/content/{number}")
        self.assertEqual((answer.status_code, answer.content), (200, self.content))
        self.assertEqual(self.local.read_bytes(), self.content, "kept for the next")
        self.local.unlink()
        attachment = self.env["ir.attachment"].browse(number)
        attachment.invalidate_recordset()
        self.assertEqual(attachment.raw, self.content)

    def test_a_store_that_is_away_takes_nothing(self):
        Bucket.away = True
        with mute_logger("odoo.addons.lottery_base.models.ir_attachment_store"):
            answer = self._upload()
        self.assertIn("could not be stored", answer["error"]["data"]["message"])
        self.assertFalse(
            self.env["ir.attachment"].search([("store_fname", "=", self.fname)])
        )

    def test_a_file_that_cannot_be_fetched_is_not_an_empty_one(self):
        (number,) = self._upload()["result"]
        self.local.unlink()
        Bucket.away = True
        with mute_logger(
            "odoo.addons.lottery_base.models.ir_attachment_store", "odoo.http"
        ):
            answer = self.url_open(f"/web/content/{number}")
        self.assertEqual(answer.status_code, 503)
        self.assertIn("文件存储没有应答", answer.text)
        self.assertFalse(self.local.exists())

    def test_another_address_is_not_followed(self):
        """What is signed for this store is not sent to where it points."""
        with (
            patch.object(Bucket, "_answer", Bucket.lead_away),
            mute_logger("odoo.addons.lottery_base.models.ir_attachment_store"),
        ):
            answer = self._upload()
        self.assertIn("could not be stored", answer["error"]["data"]["message"])
        self.assertFalse(Bucket.asked_elsewhere)

    def test_wrong_secret(self):
        with (
            patch.dict(os.environ, LOTTERY_OBJECTS_SECRET="another"),
            mute_logger("odoo.addons.lottery_base.models.ir_attachment_store"),
        ):
            answer = self._upload()
        self.assertIn("could not be stored", answer["error"]["data"]["message"])
        self.assertFalse(Bucket.objects)

    def test_filling_a_new_store(self):
        (number,) = self._upload()["result"]
        Bucket.objects.clear()
        model = self.env["ir.attachment"]
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = NULL WHERE id <> %s", [number]
        )
        self.assertEqual(model._fill_object_store(), 1)
        self.assertEqual(Bucket.objects[f"/{BUCKET}/{self.fname}"], self.content)
        self.assertEqual(model._fill_object_store(), 0)

    def test_the_bucket_is_made_once(self):
        store = object_store.object_store()
        store.create()
        self.assertEqual(list(Bucket.objects), [f"/{BUCKET}/"])
        Bucket.objects[f"/{BUCKET}/"] = b"there"
        store.create()
        self.assertEqual(Bucket.objects[f"/{BUCKET}/"], b"there")

    def test_health_tells_of_it(self):
        checks = self.env["lottery.health"]._health_checks()
        self.assertTrue(checks["files"]["ok"])
        Bucket.away = True
        checks = self.env["lottery.health"]._health_checks()
        self.assertFalse(checks["files"]["ok"])

    def test_without_one_files_stay_here(self):
        with patch.dict(os.environ):
            del os.environ["LOTTERY_OBJECTS_URL"]
            self._upload()
            self.assertNotIn("files", self.env["lottery.health"]._health_checks())
        self.assertFalse(Bucket.objects)
        self.assertTrue(self.local.exists())

    def test_signature_is_the_defined_one(self):
        result = doctest.testmod(object_store)
        self.assertEqual((result.failed, bool(result.attempted)), (0, True))
