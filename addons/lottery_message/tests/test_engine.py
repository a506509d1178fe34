import base64
import doctest
import json
import os
from unittest.mock import patch

from odoo.tests import BaseCase

from ..engine import address, code, proof, secret, template, text
from .common import ENVIRONMENT, PEPPER, solve


class TestEngine(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.dict(os.environ, ENVIRONMENT))

    def test_doctests(self):
        for module in (address, code, template, text):
            with self.subTest(module=module.__name__):
                result = doctest.testmod(
                    module, optionflags=doctest.IGNORE_EXCEPTION_DETAIL
                )
                self.assertTrue(result.attempted)
                self.assertFalse(result.failed)

    def test_codes_cover_all_six_digit_numbers(self):
        """PF-OTP-01: 6 digits from the system's random source."""
        drawn = {code.draw_code() for _i in range(3000)}
        self.assertGreater(len(drawn), 2950)
        self.assertEqual({len(each) for each in drawn}, {6})
        self.assertEqual({each[0] for each in drawn}, set("0123456789"))

    def test_digest_is_bound_to_all_parts(self):
        """PF-OTP-01: keyed hash bound to phone, purpose and challenge."""
        parts = ("123456", "c" * 32, "+8615400000001", "login")
        whole = code.code_digest(*parts)
        self.assertEqual(whole, code.code_digest(*parts))
        for index in range(4):
            changed = list(parts)
            changed[index] = changed[index][:-1] + "9"
            self.assertNotEqual(whole, code.code_digest(*changed))
        moved = code.code_digest("123456", "c" * 32 + "+", "8615400000001", "login")
        self.assertNotEqual(whole, moved)
        with patch.dict(os.environ, {"LOTTERY_OTP_PEPPER": PEPPER + "x"}):
            self.assertNotEqual(whole, code.code_digest(*parts))

    def test_keys_are_needed(self):
        with patch.dict(os.environ, {"LOTTERY_OTP_PEPPER": ""}):
            self.assertRaises(secret.KeyMissing, secret.keyed_digest, "code", "x")
        with patch.dict(os.environ, {"LOTTERY_OTP_PEPPER": "short"}):
            self.assertRaises(secret.KeyMissing, secret.keyed_digest, "code", "x")

    def test_seal_opens_with_same_key_and_use_only(self):
        sealed = secret.seal("您的验证码是 123456", "sms:1")
        self.assertNotIn("123456", sealed)
        self.assertEqual(secret.unseal(sealed, "sms:1"), "您的验证码是 123456")
        self.assertRaises(secret.SealBroken, secret.unseal, sealed, "sms:2")
        altered = sealed[:-4] + ("AAA=" if sealed[-4:] != "AAA=" else "BBB=")
        self.assertRaises(secret.SealBroken, secret.unseal, altered, "sms:1")
        with patch.dict(os.environ, {"LOTTERY_MESSAGE_KEY": "another-key-0123456789"}):
            self.assertRaises(secret.SealBroken, secret.unseal, sealed, "sms:1")

    def test_proof_is_checked(self):
        """PF-OTP-01: offline proof of work."""
        puzzle = proof.make_challenge(50)
        payload = solve(puzzle)
        mark, expires = proof.check_proof(payload)
        self.assertEqual(mark, puzzle["challenge"])
        self.assertTrue(expires)
        data = json.loads(base64.b64decode(payload))
        for name, value in (
            ("number", data["number"] + 1),
            ("number", str(data["number"])),
            ("salt", data["salt"] + "0"),
            ("salt", data["salt"].replace("expires=1", "expires=9")),
            ("salt", data["salt"].split("?")[0]),
            ("signature", "0" * 64),
            ("algorithm", "SHA-1"),
            ("challenge", None),
        ):
            with self.subTest(name=name, value=value):
                forged = json.dumps({**data, name: value}).encode()
                self.assertIsNone(proof.check_proof(base64.b64encode(forged).decode()))
        for garbage in (None, "", "x", "e30=", "W10=", "A" * 3000, 5):
            with self.subTest(garbage=garbage):
                self.assertIsNone(proof.check_proof(garbage))

    def test_proof_runs_out(self):
        puzzle = proof.make_challenge(50)
        payload = solve(puzzle)
        with patch("altcha.v1.time.time", return_value=4_000_000_000):
            self.assertIsNone(proof.check_proof(payload))

    def test_proof_of_another_server_is_refused(self):
        with patch.dict(os.environ, {"LOTTERY_ALTCHA_KEY": "another-key-0123456789"}):
            payload = solve(proof.make_challenge(50))
        self.assertIsNone(proof.check_proof(payload))
