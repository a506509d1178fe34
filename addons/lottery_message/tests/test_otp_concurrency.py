"""Real connections, committed rows: what a test's own transaction can't show."""

import os
import threading
from unittest.mock import patch

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

from ..engine import proof as proofs
from ..exceptions import OtpRefused
from .common import ENVIRONMENT, PHONE, solve

INDEX = 7000
ADDRESS = "192.0.2.%d"
THREADS = 8


@tagged("post_install", "-at_install")
class TestOtpConcurrency(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.dict(os.environ, ENVIRONMENT))
        cls.registry = Registry(get_db_name())
        otp_class = cls.registry["lottery.otp"]
        cls.startClassPatcher(patch.object(otp_class, "_wait_until"))
        # Committed rows would be sent by the server's own cron while others test.
        outbox_class = cls.registry["lottery.outbox"]
        cls.startClassPatcher(patch.object(outbox_class, "_enqueue"))
        cls.addClassCleanup(cls._clean)
        cls._clean()

    @classmethod
    def _clean(cls):
        """Remove what was committed: everything of the test's addresses."""
        with cls.registry.cursor() as cr:
            cr.execute(
                "SELECT id, message_id FROM lottery_otp WHERE network = '192.0.2.0/24'"
            )
            rows = cr.fetchall()
            otps = [row[0] for row in rows] or [0]
            messages = [row[1] for row in rows if row[1]] or [0]
            cr.execute("DELETE FROM lottery_otp WHERE id = ANY(%s)", [otps])
            cr.execute("DELETE FROM lottery_sms_message WHERE id = ANY(%s)", [messages])
            cr.execute("DELETE FROM lottery_otp_spend")

    def setUp(self):
        super().setUp()
        self._clean()

    def _in_parallel(self, calls):
        """Run ``callable(env)`` each on a connection of its own, at the same moment."""
        barrier = threading.Barrier(len(calls))
        results = [None] * len(calls)

        def run(number, call):
            with self.registry.cursor() as cr:
                env = Environment(cr, SUPERUSER_ID, {})
                barrier.wait(timeout=20)
                try:
                    results[number] = call(env)
                except OtpRefused as refusal:
                    results[number] = refusal.code

        threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        return results

    def _asker(self, index, address, proof=None):
        solution = proof or solve(proofs.make_challenge(100))

        def ask(env):
            return env["lottery.otp"]._request_code(
                PHONE % (INDEX + index),
                "login",
                address=address,
                device=f"device {index}",
                proof=solution,
            )

        return ask

    def _get_policy(self, cr):
        env = Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
        return env["lottery.otp.policy"]._get_policy()

    def _get_sent(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT count(*) FROM lottery_otp WHERE network='192.0.2.0/24'")
            return cr.fetchone()[0]

    def test_one_phone_gets_one_code(self):
        """PF-OTP-01: simultaneous requests can't exceed the phone's limit."""
        results = self._in_parallel(
            [self._asker(1, ADDRESS % number) for number in range(THREADS)]
        )
        self.assertEqual(results.count("phone"), THREADS - 1)
        self.assertEqual(self._get_sent(), 1)

    def test_one_address_gets_ten_codes(self):
        """PF-OTP-01: nor the address's."""
        results = []
        for start in (0, THREADS):
            results += self._in_parallel(
                [self._asker(start + n, ADDRESS % 1) for n in range(THREADS)]
            )
        self.assertEqual(results.count("address"), 2 * THREADS - 10)
        self.assertEqual(self._get_sent(), 10)

    def test_one_proof_serves_one_request(self):
        """PF-OTP-01: replay refused at the same moment too."""
        proof = solve(proofs.make_challenge(100))
        results = self._in_parallel(
            [self._asker(n, ADDRESS % n, proof) for n in range(THREADS)]
        )
        self.assertEqual(results.count("replayed_proof"), THREADS - 1)

    def test_budget_is_not_exceeded(self):
        """PF-OTP-01: nor the money of the day."""
        with self.registry.cursor() as cr:
            policy = Environment(cr, SUPERUSER_ID, {})[
                "lottery.otp.policy"
            ]._get_policy()
            kept = policy.price, policy.daily_budget
            policy.write({"price": 0.1, "daily_budget": 0.3})
        try:
            results = self._in_parallel(
                [self._asker(n, ADDRESS % n) for n in range(THREADS)]
            )
        finally:
            with self.registry.cursor() as cr:
                policy = self._get_policy(cr)
                policy.write({"price": kept[0], "daily_budget": kept[1]})
                policy.activity_ids.unlink()
        self.assertEqual(results.count("budget"), THREADS - 3)

    def test_right_code_is_used_once(self):
        """PF-OTP-01: used once, atomically."""
        with self.registry.cursor() as cr:
            challenge = self._asker(1, ADDRESS % 1)(Environment(cr, SUPERUSER_ID, {}))
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            otp = env["lottery.otp"].search([("challenge", "=", challenge)])
            body = otp.message_id._open_body()
        code = "".join(filter(str.isdigit, body))[:6]

        def verify(env):
            return env["lottery.otp"]._verify_code(
                challenge, PHONE % (INDEX + 1), "login", code
            )

        self.assertEqual(self._in_parallel([verify] * THREADS).count(True), 1)

    def test_guesses_at_once_are_five(self):
        """PF-OTP-01: 5 tries, however many come at the same moment."""
        with self.registry.cursor() as cr:
            challenge = self._asker(1, ADDRESS % 1)(Environment(cr, SUPERUSER_ID, {}))

        def guess(env):
            return env["lottery.otp"]._check_code(
                challenge, PHONE % (INDEX + 1), "login", "000000"
            )

        self._in_parallel([guess] * THREADS)
        with self.registry.cursor() as cr:
            cr.execute("SELECT tries FROM lottery_otp WHERE challenge=%s", [challenge])
            self.assertLessEqual(cr.fetchone()[0], 5)

    def test_limits_survive_a_failed_request(self):
        """PF-OTP-01: counters survive the rollback of the request."""
        ask = self._asker(1, ADDRESS % 1)
        with self.assertRaises(ZeroDivisionError), self.registry.cursor() as cr:
            ask(Environment(cr, SUPERUSER_ID, {}))
            raise ZeroDivisionError
        with self.registry.cursor() as cr:
            with self.assertRaises(OtpRefused) as caught:
                self._asker(1, ADDRESS % 2)(Environment(cr, SUPERUSER_ID, {}))
        self.assertEqual(caught.exception.code, "phone")
