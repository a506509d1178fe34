import doctest

from cryptography.hazmat.primitives import hashes

from odoo.tests.common import BaseCase, tagged

from ..engine import ilms_compare, ilms_money
from ..engine import ilms_protocol as protocol
from ..engine.ilms_client import IlmsClient, Settings
from ..engine.ilms_protocol import ANSWER, REQUEST, Call, Credentials, ProtocolError
from .ilms_common import SECRETS

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
CALL = Call("order.lock", "1.0", "r-1")
NOW = 1_700_000_000_000


@tagged("standard", "at_install")
class TestDoctests(BaseCase):
    def test_examples_hold(self):
        """The examples in the engine's docstrings are true."""
        for module in (protocol, ilms_compare, ilms_money):
            result = doctest.testmod(module)
            self.assertTrue(result.attempted, module.__name__)
            self.assertFalse(result.failed, module.__name__)


@tagged("standard", "at_install")
class TestKnownAnswers(BaseCase):
    """IT-ILM-01: the ciphers and signatures are the standards', not look-alikes."""

    def test_aes_gcm(self):
        """Test case 4 of the GCM specification (NIST SP 800-38D's reference)."""
        key = bytes.fromhex("feffe9928665731c6d6a8f9467308308")
        nonce = bytes.fromhex("cafebabefacedbaddecaf888")
        plain = bytes.fromhex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
        )
        bound = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
        sealed = protocol.seal_aes_gcm(key, plain, bound, nonce)
        self.assertEqual(
            sealed.hex(),
            "cafebabefacedbaddecaf888"
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
            "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
            "5bc94fbc3221a5db94fae95ae7121a47",
        )
        self.assertEqual(protocol.open_aes_gcm(key, sealed, bound), plain)

    def test_sm4(self):
        """GB/T 32907-2016 annex A.1: one block under its own value as key."""
        first_block = protocol.seal_sm4_cbc(KEY, KEY, b"", bytes(16))[16:32]
        self.assertEqual(first_block.hex(), "681edf34d206965e86b3e94f536e4246")

    def test_sm4_cbc(self):
        """Chaining, from the published CBC example of the SM4 draft (Ribose)."""
        plain = bytes.fromhex(
            "aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffaaaaaaaabbbbbbbb"
        )
        sealed = protocol.seal_sm4_cbc(KEY, plain, b"", bytes(range(16)))
        self.assertEqual(
            sealed[16:48].hex(),
            "78ebb11cc40b0a48312aaeb2040244cb4cb7016951909226979b0d15dc6a8f6d",
        )
        self.assertEqual(protocol.open_sm4_cbc(KEY, sealed, b""), plain)

    def test_hmac_sha256(self):
        """RFC 4231 test case 2."""
        self.assertEqual(
            protocol.hmac_sha256(b"Jefe", b"what do ya want for nothing?").hex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        )

    def test_sm3(self):
        """GB/T 32905-2016 annex A, and RFC 2104's formula over the same hash."""

        def sm3(text):
            digest = hashes.Hash(hashes.SM3())
            digest.update(text)
            return digest.finalize()

        self.assertEqual(
            sm3(b"abc").hex(),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        )
        self.assertEqual(
            sm3(b"abcd" * 16).hex(),
            "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
        )
        block = KEY.ljust(64, b"\0")
        inner = sm3(bytes(byte ^ 0x36 for byte in block) + b"text")
        outer = sm3(bytes(byte ^ 0x5C for byte in block) + inner)
        self.assertEqual(protocol.hmac_sm3(KEY, b"text"), outer)


@tagged("standard", "at_install")
class TestEnvelope(BaseCase):
    """IT-ILM-01: what a message is bound to, with both ciphers."""

    payload = {"orderNo": "T1", "说明": "即开票"}

    def credentials(self, cipher="aes-gcm", sign=b"s" * 32):
        return Credentials("app", KEY, sign, cipher)

    def sealed(self, credentials):
        return protocol.seal(credentials, ANSWER, CALL, self.payload, NOW)

    def assertRefused(
        self, credentials, message, call=CALL, direction=ANSWER, **window
    ):
        with self.assertRaises(ProtocolError):
            protocol.unseal(credentials, direction, call, message, **window)

    def test_round_trip(self):
        for cipher in protocol.SUITES:
            credentials = self.credentials(cipher)
            message = self.sealed(credentials)
            self.assertNotIn("orderNo", str(message))
            self.assertEqual(
                protocol.unseal(credentials, ANSWER, CALL, message), self.payload
            )

    def test_every_member_is_covered(self):
        """A change anywhere is refused, before anything is decrypted."""
        for cipher in protocol.SUITES:
            credentials = self.credentials(cipher)
            good = self.sealed(credentials)
            flipped = "A" if good["data"][5] != "A" else "B"
            for change in (
                {"requestId": "r-2"},
                {"timestamp": NOW + 1},
                {"cipher": "sm4-cbc" if cipher == "aes-gcm" else "aes-gcm"},
                {"data": good["data"][:5] + flipped + good["data"][6:]},
                {"data": good["data"][: len(good["data"]) // 2]},
                {"sign": "0" * 64},
                {"sign": ""},
                {"sign": None},
                {"timestamp": str(NOW)},
            ):
                self.assertRefused(credentials, {**good, **change})
            self.assertRefused(credentials, None)

    def test_bound_to_call_direction_and_application(self):
        for cipher in protocol.SUITES:
            credentials = self.credentials(cipher)
            good = self.sealed(credentials)
            self.assertRefused(credentials, good, Call("order.release", "1.0", "r-1"))
            self.assertRefused(credentials, good, Call("order.lock", "2.0", "r-1"))
            self.assertRefused(credentials, good, Call("order.lock", "1.0", "r-2"))
            self.assertRefused(credentials, good, direction=REQUEST)
            other = Credentials("other", KEY, b"s" * 32, cipher)
            self.assertRefused(other, good)
            self.assertRefused(self.credentials(cipher, b"x" * 32), good)

    def test_time_window(self):
        credentials = self.credentials()
        message = self.sealed(credentials)
        for now in (NOW - 300_001, NOW + 300_001):
            self.assertRefused(credentials, message, window_ms=300_000, now_ms=now)
        protocol.unseal(credentials, ANSWER, CALL, message, 300_000, NOW + 299_999)

    def test_line_breaks_cannot_shift_parts(self):
        """The signed text has one reading: no part may contain the separator."""
        for api, version, request_id in (
            ("a\nb", "1", "r"),
            ("a", "1", "r\n1"),
            ("", "1", "r"),
        ):
            with self.assertRaises(ProtocolError):
                Call(api, version, request_id)
        with self.assertRaises(ValueError):
            Credentials("app\n1", KEY, b"s" * 32)


@tagged("standard", "at_install")
class TestSettings(BaseCase):
    """IT-ILM-01: another endpoint is a matter of the environment only."""

    environ = {**SECRETS, "LOTTERY_ILMS_URL": "https://ilms.example.org/open/"}

    def test_complete(self):
        settings = Settings.from_environment(
            {
                **self.environ,
                "LOTTERY_ILMS_CIPHER": "sm4-cbc",
                "LOTTERY_ILMS_VERSION": "2.1",
                "LOTTERY_ILMS_API_NAMES": '{"lock": "orders.preDeduct"}',
                "LOTTERY_ILMS_CA_FILE": "/etc/ssl/ilms.pem",
            }
        )
        self.assertEqual(settings.url, "https://ilms.example.org/open")
        self.assertEqual(settings.api_names["lock"], "orders.preDeduct")
        self.assertEqual(settings.api_names["confirm"], "order.confirm")
        self.assertEqual(settings.credentials.cipher, "sm4-cbc")
        client = IlmsClient(settings)
        self.assertEqual(client._session().verify, "/etc/ssl/ilms.pem")

    def test_faults_are_named_without_values(self):
        secret = SECRETS["LOTTERY_ILMS_APP_SECRET"]
        for change, text in (
            ({"LOTTERY_ILMS_APPID": ""}, "LOTTERY_ILMS_APPID"),
            ({"LOTTERY_ILMS_APP_SECRET": ""}, "LOTTERY_ILMS_APP_SECRET"),
            ({"LOTTERY_ILMS_APP_SECRET": f"{secret}zz"}, "hexadecimal"),
            ({"LOTTERY_ILMS_APP_SECRET": secret[:-2]}, "16 or 24 or 32 bytes"),
            ({"LOTTERY_ILMS_SIGN_SECRET": "0f"}, "16 bytes"),
            ({"LOTTERY_ILMS_CIPHER": "des"}, "aes-gcm"),
            ({"LOTTERY_ILMS_URL": ""}, "LOTTERY_ILMS_URL"),
            ({"LOTTERY_ILMS_URL": "http://ilms.example.org"}, "https"),
            ({"LOTTERY_ILMS_URL": "file:///etc/passwd"}, "web service"),
            ({"LOTTERY_ILMS_API_NAMES": '{"pay": "x"}'}, "unknown calls"),
        ):
            with self.assertRaises(ValueError) as caught:
                Settings.from_environment({**self.environ, **change})
            self.assertIn(text, str(caught.exception))
            self.assertNotIn(secret[:-2], str(caught.exception))

    def test_secrets_do_not_show(self):
        shown = repr(Settings.from_environment(self.environ))
        self.assertNotIn(repr(bytes.fromhex(SECRETS["LOTTERY_ILMS_APP_SECRET"])), shown)
        self.assertNotIn("sign_secret", shown)
