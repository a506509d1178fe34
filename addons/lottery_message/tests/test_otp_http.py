import json
import os
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import config

from .common import OtpFixture, solve


@tagged("post_install", "-at_install")
class TestOtpHttp(OtpFixture, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls._set_up_otp()

    def _post(self, url, params, **headers):
        body = {"jsonrpc": "2.0", "method": "call", "params": params, "id": 1}
        return self.url_open(
            url,
            data=json.dumps(body),
            headers={"Content-Type": "application/json", **headers},
        )

    def test_puzzle_of_the_route_is_taken(self):
        """PF-OTP-01: proof of work, fetched and solved as the browser does."""
        self.policy.proof_highest = 1000
        puzzle = self._post("/lottery/otp/proof", {}).json()["result"]
        self.assertEqual(puzzle["algorithm"], "SHA-256")
        self.assertTrue(self._request(proof=solve(puzzle)))

    def test_address_is_not_what_a_header_says(self):
        """Limits by address hold: a client's own X-Forwarded-For is not believed."""
        seen = []
        original = type(self.otp)._make_proof

        def _make_proof(model, address):
            seen.append(address)
            return original(model, address)

        self.patch(type(self.otp), "_make_proof", _make_proof)
        spoofed = {
            "X-Forwarded-For": "198.51.100.77",
            "X-Forwarded-Host": "example.com",
        }
        for proxy_mode, trusted in (
            (False, "127.0.0.1/32"),
            (True, "10.0.0.0/8"),  # who connects is no proxy of ours
            (True, "127.0.0.1/32"),
        ):
            with (
                patch.dict(config.options, {"proxy_mode": proxy_mode}),
                patch.dict(os.environ, {"LOTTERY_TRUSTED_PROXIES": trusted}),
            ):
                self._post("/lottery/otp/proof", {}, **spoofed)
        self.assertEqual(seen, ["127.0.0.1", "127.0.0.1", "198.51.100.77"])

    def test_no_door_sends_a_code(self):
        """Codes are asked for by business pages only: no route, no RPC."""
        self.assertEqual(self._post("/lottery/otp/request", {}).status_code, 404)
        self._create_user("otp_rpc", self.centre, "admin")
        self.authenticate("otp_rpc", "otp_rpc-Passw0rd!")
        for method in ("_request_code", "_check_code", "_verify_code", "_make_proof"):
            with self.subTest(method=method):
                answer = self._post(
                    f"/web/dataset/call_kw/lottery.otp/{method}",
                    {
                        "model": "lottery.otp",
                        "method": method,
                        "args": [],
                        "kwargs": {},
                    },
                ).json()
                self.assertIn("error", answer)
