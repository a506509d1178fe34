"""Pointing the connector at another endpoint is configuration only (IT-ILM-01)."""

import json
import ssl
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from odoo.tests.common import BaseCase, tagged

from ..engine.ilms_client import IlmsClient, IlmsMisused, IlmsUnreachable, Settings
from ..engine.ilms_protocol import ANSWER, REQUEST, Call, Credentials, seal, unseal
from .ilms_common import SECRETS, SimulatorMixin

GATEWAY = "/open/platform/gw/orders.preDeduct/2.1/"


def make_certificate(folder):
    """A certificate for 127.0.0.1 that is its own authority; returns its file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ILMS of the test")])
    today = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = Path(folder) / "ilms.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


class Endpoint(BaseHTTPRequestHandler):
    """An ILMS of another vendor: other path, version, names, cipher; over TLS."""

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, self.headers["APPID"], message["cipher"]))
        status, body = 404, {}
        if self.path == GATEWAY:
            call = Call("orders.preDeduct", "2.1", message["requestId"])
            asked = unseal(self.server.credentials, REQUEST, call, message)
            answer = {"code": "OK", "orderNo": asked["orderNo"]}
            status, body = 200, seal(self.server.credentials, ANSWER, call, answer)
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments):
        """Tests are quiet."""


@tagged("standard", "at_install")
class TestEndpoint(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="ilms_")
        cls.addClassCleanup(folder.cleanup)
        certificate = make_certificate(folder.name)
        cls.server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        cls.server.socket = context.wrap_socket(cls.server.socket, server_side=True)
        cls.environ = {
            **SECRETS,
            "LOTTERY_ILMS_URL": f"https://127.0.0.1:{cls.server.server_port}/open/platform",
            "LOTTERY_ILMS_CIPHER": "sm4-cbc",
            "LOTTERY_ILMS_VERSION": "2.1",
            "LOTTERY_ILMS_API_NAMES": '{"lock": "orders.preDeduct"}',
            "LOTTERY_ILMS_CA_FILE": str(certificate),
            "LOTTERY_ILMS_READ_TIMEOUT": "5",
        }
        cls.server.credentials = Credentials.from_environment(cls.environ)
        thread = threading.Thread(target=cls.server.serve_forever, daemon=True)
        thread.start()
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(cls.server.shutdown)

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        if request.url.startswith("https://127.0.0.1:"):
            return SimulatorMixin._send_for_real(session, request, **options)
        return super()._request_handler(session, request, **options)

    def setUp(self):
        super().setUp()
        self.server.seen = []

    def _call(self, name="lock", **changes):
        settings = Settings.from_environment({**self.environ, **changes})
        return IlmsClient(settings).call(name, "r-1", {"orderNo": "T1"})

    def test_the_environment_decides(self):
        """IT-ILM-01: address, version, names, cipher and authority; no code changes."""
        self.assertEqual(self._call(), {"code": "OK", "orderNo": "T1"})
        self.assertEqual(
            self.server.seen, [(GATEWAY, SECRETS["LOTTERY_ILMS_APPID"], "sm4-cbc")]
        )

    def test_who_is_not_vouched_for_gets_nothing(self):
        """IT-ILM-01: an unknown certificate ends the call before anything is said."""
        with self.assertRaises(IlmsUnreachable) as caught:
            self._call(LOTTERY_ILMS_CA_FILE="")
        self.assertIn("SSLError", str(caught.exception))
        self.assertFalse(self.server.seen)

    def test_a_call_it_does_not_have(self):
        """IT-ILM-02: parked for a person, not repeated for ever."""
        with self.assertRaises(IlmsMisused):
            self._call("release")
