from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from ..const import ADDRESS_TRIES
from ..engine import code as codes
from ..exceptions import OtpRefused
from .common import ADDRESS, PHONE, OtpCase


@tagged("post_install", "-at_install")
class TestOtp(OtpCase):
    """PF-OTP-01: what a code is good for, and how often one may be asked for."""

    def _assert_refused(self, rule, **values):
        refusal = self._get_refusal(**values)
        self.assertEqual(refusal and refusal.code, rule)
        return refusal

    def _verify(self, challenge, code, index=1, purpose="login", **values):
        return self.otp._verify_code(challenge, PHONE % index, purpose, code, **values)

    # === THE CODE === #

    def test_right_code_works_once(self):
        """PF-OTP-01: used once."""
        challenge = self._request()
        code = self._get_code(challenge)
        self.assertTrue(self._verify(challenge, code))
        self.assertFalse(self._verify(challenge, code))

    def test_typed_forms_of_the_code(self):
        challenge = self._request()
        code = self._get_code(challenge)
        full_width = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
        self.assertTrue(self._verify(challenge, f" {full_width[:3]} {full_width[3:]} "))

    def test_code_runs_out_after_five_minutes(self):
        """PF-OTP-01: 5 minutes."""
        challenge = self._request()
        code = self._get_code(challenge)
        self._pass_time(minutes=5, seconds=1)
        self.assertFalse(self._verify(challenge, code))
        self._pass_time(seconds=-3)
        self.assertTrue(self._verify(challenge, code))

    def test_five_tries(self):
        """PF-OTP-01: 5 tries; the sixth is refused though it is right."""
        challenge = self._request()
        code = self._get_code(challenge)
        wrong = self._get_wrong_code(challenge)
        left = [
            self.otp._check_code(challenge, PHONE % 1, "login", wrong).tries_left
            for _i in range(5)
        ]
        self.assertEqual(left, [4, 3, 2, 1, 0])
        self.assertFalse(self._verify(challenge, code))

    def test_fifth_try_may_be_right(self):
        challenge = self._request()
        for _i in range(4):
            self._verify(challenge, self._get_wrong_code(challenge))
        self.assertTrue(self._verify(challenge, self._get_code(challenge)))

    def test_code_is_bound(self):
        """PF-OTP-01: bound to phone, purpose and challenge."""
        challenge = self._request()
        code = self._get_code(challenge)
        other = self._request(2)
        self.assertFalse(self._verify(challenge, code, index=2))
        self.assertFalse(self._verify(challenge, code, purpose="confirm"))
        self.assertFalse(self._verify(other, code))
        self.assertFalse(self._verify("0" * 32, code))
        self.assertFalse(self._verify(None, code))
        self.assertTrue(self._verify(challenge, code))

    def test_tries_can_not_be_used_up_by_others(self):
        """Whoever got hold of a challenge must know phone and purpose too."""
        challenge = self._request()
        for index, purpose in ((2, "login"), (1, "confirm")):
            for _i in range(5):
                self._verify(challenge, "000000", index=index, purpose=purpose)
        self.assertEqual(self.otp._get_tries_left(challenge), 5)
        self.assertTrue(self._verify(challenge, self._get_code(challenge)))

    def test_new_code_replaces_the_old_one(self):
        """PF-OTP-01: one live code for a phone and purpose."""
        first = self._request()
        code = self._get_code(first)
        self._pass_time(seconds=61)
        second = self._request()
        self.assertFalse(self._verify(first, code))
        self.assertTrue(self._verify(second, self._get_code(second)))

    def test_codes_of_two_purposes_live_together(self):
        first = self._request()
        self._pass_time(seconds=61)
        second = self._request(purpose="confirm")
        self.assertTrue(self._verify(first, self._get_code(first)))
        self.assertTrue(self._verify(second, self._get_code(second), purpose="confirm"))

    def test_nothing_readable_is_stored(self):
        """PF-OTP-01: stored as keyed hash; the text of the message is sealed."""
        challenge = self._request()
        code = self._get_code(challenge)
        self.env.flush_all()
        for table in ("lottery_otp", "lottery_sms_message", "lottery_outbox"):
            self.env.cr.execute(f"SELECT t::text FROM {table} t")
            for (row,) in self.env.cr.fetchall():
                self.assertNotIn(f" {code}", row)
                self.assertNotIn(f"{code},", row)
        self.env.cr.execute("SELECT t::text FROM lottery_otp t")
        self.assertNotIn("15400000001", str(self.env.cr.fetchall()))

    # === UNKNOWN PHONES === #

    def test_unknown_phone_gets_the_same_and_no_message(self):
        """PF-OTP-01: same answer whether the phone is known or not."""
        messages = self.env["lottery.sms.message"].sudo()
        outbox = self.env["lottery.outbox"].sudo()
        before = (messages.search_count([]), outbox.search_count([]))
        challenge = self._request(3, known=False)
        self.assertRegex(challenge, r"^[0-9a-f]{32}$")
        after = (messages.search_count([]), outbox.search_count([]))
        self.assertEqual(before, after)
        check = self.otp._check_code(challenge, PHONE % 3, "login", "123456")
        self.assertEqual((check.ok, check.tries_left), (False, 4))

    def test_unknown_phone_obeys_the_same_limits(self):
        self._request(3, known=False)
        refusal = self._assert_refused("phone", index=3, known=False)
        self._request(4)
        self.assertEqual(refusal.args, self._assert_refused("phone", index=4).args)

    def test_unknown_phone_costs_nothing_and_stops_at_the_budget(self):
        """The budget is no oracle: who is unknown is refused with the others."""
        self._request(3, known=False)
        self.assertEqual(self.policy.spent_today, 0)
        self.policy.daily_budget = self.policy.price
        self._request(4, address="198.51.100.1")
        self._assert_refused("budget", index=5, address="198.51.100.2")
        self._assert_refused("budget", index=6, address="198.51.100.3", known=False)

    def test_no_code_opens_a_decoy(self):
        """Not even the one that was drawn for it."""
        with patch.object(codes, "draw_code", return_value="246810"):
            challenge = self._request(3, known=False)
        self.assertFalse(self._verify(challenge, "246810", index=3))

    # === LIMITS === #

    def test_one_a_minute_for_a_phone(self):
        """PF-OTP-01: per phone 1/min, exactly, not by the clock's minute."""
        self._request()
        self._pass_time(seconds=50)
        refusal = self._assert_refused("phone")
        self.assertIn(refusal.retry_after, range(5, 12))
        self._pass_time(seconds=11)
        self._request()

    def test_five_an_hour_for_a_phone(self):
        """PF-OTP-01: per phone 5/h."""
        for number in range(5):
            self._request(address=f"198.51.100.{number}")
            self._pass_time(minutes=2)
        refusal = self._assert_refused("phone", address="198.51.101.1")
        self.assertGreater(refusal.retry_after, 45 * 60)
        self._pass_time(minutes=51)
        self._request(address="198.51.102.1")

    def test_ten_a_day_for_a_phone(self):
        """PF-OTP-01: per phone 10/day."""
        for number in range(10):
            self._request(address=f"198.51.{number}.1")
            self._pass_time(hours=1)
        self._assert_refused("phone", address="198.51.200.1")
        self._pass_time(hours=14, minutes=1)
        self._request(address="198.51.201.1")

    def test_ten_an_hour_for_an_address(self):
        """PF-OTP-01: per address 10/h, whatever the phones."""
        for index in range(10):
            self._request(index, device=f"device {index}")
        self._assert_refused("address", index=11, device="device 11")
        self._request(11, address="203.0.113.8", device="device 11")

    def test_sixty_an_hour_for_a_network(self):
        """PF-OTP-01: per /24 60/h."""
        for index in range(60):
            self._request(index, address=f"203.0.113.{index}", device=str(index))
        self._assert_refused("address", index=61, address="203.0.113.200", device="x")
        self._request(61, address="203.0.114.200", device="x")

    def test_five_an_hour_for_a_device(self):
        """PF-OTP-01: per device 5/h."""
        for index in range(5):
            self._request(index, address=f"198.51.{index}.1", device="the same")
        self._assert_refused(
            "device", index=6, address="198.51.100.1", device="the same"
        )

    def test_without_a_device_the_address_stands_in(self):
        for index in range(5):
            self._request(index)
        self._assert_refused("device", index=6)

    def test_refused_requests_do_not_prolong_the_wait(self):
        self._request()
        for _i in range(3):
            self._pass_time(seconds=15)
            self._assert_refused("phone")
        self._pass_time(seconds=16)
        self._request()

    def test_mainland_mobiles_only(self):
        """PF-OTP-01: mainland mobiles only."""
        for phone in ("+12025550100", "0871-65000000", "+85261234567", "", "x", None):
            with self.subTest(phone=phone):
                with self.assertRaises(OtpRefused) as caught:
                    self.otp._request_code(
                        phone,
                        "login",
                        address=ADDRESS,
                        device=None,
                        proof=self._solve_fresh(),
                    )
                self.assertEqual(caught.exception.code, "bad_phone")

    def test_daily_budget(self):
        """PF-OTP-01: global daily money cap."""
        self.policy.write({"price": 0.05, "daily_budget": 0.15})
        for index in range(3):
            self._request(index, address=f"198.51.{index}.1")
        self._assert_refused("budget", index=4, address="198.51.100.1")
        self.assertAlmostEqual(self.policy.spent_today, 0.15)
        self.assertEqual(self.policy.sent_today, 3)
        self._pass_time(days=1)
        self._request(4, address="198.51.100.2")
        self.policy.invalidate_recordset()
        self.assertAlmostEqual(self.policy.spent_today, 0.05)

    def test_spent_budget_alarms_once(self):
        self.policy.daily_budget = 0
        for index in range(2):
            self._assert_refused("budget", index=index, address=f"198.51.{index}.1")
        admin = self.env.ref("base.user_admin")
        todo = self.policy.activity_ids.filtered(lambda a: a.user_id == admin)
        self.assertEqual(len(todo), 1)

    # === PROOF OF WORK === #

    def test_proof_is_needed(self):
        """PF-OTP-01: proof of work before each send."""
        for proof in (None, "", "e30=", self._solve_fresh()[:-8]):
            self._assert_refused("bad_proof", proof=proof)

    def test_proof_works_once(self):
        """PF-OTP-01: replay refused, for another phone too."""
        proof = self._solve_fresh()
        self._request(proof=proof)
        self._assert_refused("replayed_proof", index=2, proof=proof)

    def test_proof_is_used_up_by_a_refused_request(self):
        self._request()
        proof = self._solve_fresh()
        self._assert_refused("phone", proof=proof)
        self._assert_refused("replayed_proof", index=2, proof=proof)

    def test_puzzle_grows_with_the_network(self):
        sizes = []
        for index in range(17):
            sizes.append(self.otp._make_proof("203.0.113.99")["maxNumber"])
            self._request(index, address=f"203.0.113.{index}", device=str(index))
        base = self.policy.proof_highest
        self.assertEqual(sizes[0], base)
        self.assertEqual(sizes[5], 2 * base)
        self.assertEqual(sizes[16], 8 * base)
        self.assertEqual(self.otp._make_proof("198.51.100.1")["maxNumber"], base)

    # === GUESSING === #

    def test_wrong_codes_of_an_address_are_limited(self):
        """Spraying one guess over many phones is stopped by the address."""
        challenges = []
        for index in range(ADDRESS_TRIES // 5 + 1):
            challenges.append(self._request(index, address=f"198.51.{index}.1"))
        for number in range(ADDRESS_TRIES):
            index = number // 5
            challenge = challenges[index]
            wrong = self._get_wrong_code(challenge)
            self.assertFalse(self._verify(challenge, wrong, index, address=ADDRESS))
        last = len(challenges) - 1
        code = self._get_code(challenges[last])
        check = self.otp._check_code(
            challenges[last], PHONE % last, "login", code, address=ADDRESS
        )
        self.assertFalse(check.ok)
        self.assertGreater(check.wait, 0)
        self.assertEqual(check.tries_left, 5, "nothing was tried")
        check = self.otp._check_code(
            challenges[last], PHONE % last, "login", code, address="192.0.2.1"
        )
        self.assertTrue(check.ok)

    def test_address_may_try_again_later(self):
        challenge = self._request()
        now = self.otp._get_now()
        for _i in range(ADDRESS_TRIES):
            self.env["lottery.otp.failure"]._add(ADDRESS, now - timedelta(minutes=9))
        code = self._get_code(challenge)
        self.assertFalse(self._verify(challenge, code, address=ADDRESS))
        self._pass_time(minutes=2)
        self.assertTrue(self._verify(challenge, code, address=ADDRESS))
