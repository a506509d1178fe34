import os
import re
from datetime import timedelta
from unittest.mock import patch

from altcha import ChallengeV1, PayloadV1, solve_challenge_v1

from odoo.tests import TransactionCase

from odoo.addons.lottery_base.tests.common import BranchFixture

from ..engine import proof as proofs
from ..exceptions import OtpRefused

# Every sample number uses a prefix that no carrier has.
PHONE = "+861540000%04d"
ADDRESS = "203.0.113.7"
PEPPER = "a-pepper-for-tests-only-0123456789"
ENVIRONMENT = {"LOTTERY_OTP_PEPPER": PEPPER}


def solve(puzzle):
    """Return the payload a browser hands in for a puzzle."""
    challenge = ChallengeV1(
        puzzle["algorithm"],
        puzzle["challenge"],
        puzzle["maxNumber"],
        puzzle["salt"],
        puzzle["signature"],
    )
    solution = solve_challenge_v1(
        challenge.challenge,
        challenge.salt,
        challenge.algorithm,
        challenge.max_number,
        0,
    )
    return PayloadV1(
        challenge.algorithm,
        challenge.challenge,
        solution.number,
        challenge.salt,
        challenge.signature,
    ).to_base64()


def forget_messages(env):
    """Start from nothing, whatever the database holds (undone with the test)."""
    for table in ("otp", "otp_spend", "otp_proof", "otp_failure", "outbox"):
        env.cr.execute(f"DELETE FROM lottery_{table}")
    env.cr.execute("DELETE FROM lottery_sms_message")
    env.invalidate_all()


class OtpFixture(BranchFixture):
    """Keys in the environment, a clock that tests can move, no waiting."""

    @classmethod
    def _set_up_otp(cls):
        cls.startClassPatcher(patch.dict(os.environ, ENVIRONMENT))
        otp_class = cls.registry["lottery.otp"]
        cls.startClassPatcher(patch.object(otp_class, "_wait_until"))
        cls.otp = cls.env["lottery.otp"]
        cls.policy = cls.env["lottery.otp.policy"]._get_policy()
        forget_messages(cls.env)
        cls.ahead = timedelta()
        real = otp_class._get_now

        def _get_now(model):
            return real(model) + cls.ahead

        cls.startClassPatcher(patch.object(otp_class, "_get_now", _get_now))

    def setUp(self):
        super().setUp()
        type(self).ahead = timedelta()

    def _pass_time(self, **parts):
        type(self).ahead += timedelta(**parts)

    def _solve_fresh(self):
        return solve(proofs.make_challenge(100))

    def _request(self, index=1, **values):
        """Ask for a code and return the challenge."""
        return self.otp._request_code(
            PHONE % index,
            **{
                "purpose": "login",
                "address": ADDRESS,
                "device": None,
                "proof": self._solve_fresh(),
                **values,
            },
        )

    def _get_refusal(self, index=1, **values):
        """Return the refusal of a request, None when a code was sent.

        Not by ``assertRaises``, which rolls back: what a refused request leaves behind
        is committed in earnest.
        """
        try:
            self._request(index, **values)
        except OtpRefused as refusal:
            return refusal
        return None

    def _get_code(self, challenge):
        """Return the code that was sent for a challenge, from the sealed message."""
        otp = self.otp.sudo().search([("challenge", "=", challenge)])
        body = otp.message_id._open_body()
        return re.search(r"\d{6}", body)[0] if body else None

    def _get_wrong_code(self, challenge):
        code = self._get_code(challenge) or "000000"
        return f"{(int(code) + 1) % 10**6:06d}"


class OtpCase(OtpFixture, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls._set_up_otp()
