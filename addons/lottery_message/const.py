"""Fixed facts of messages and codes; what an administrator may change is in
``lottery.otp.policy``."""

from datetime import timedelta

# One-time codes (PF-OTP-01).
CODE_DIGITS = 6
CODE_LIFETIME = timedelta(minutes=5)
CODE_TRIES = 5

# Wrong codes that one address may send, whatever phones it aims at.
ADDRESS_TRIES = 30
ADDRESS_TRIES_WINDOW = timedelta(minutes=10)

# The share of verified codes is judged over so many codes; younger ones are not judged
# yet, their owners may still be reading.
JUDGED_CODES = 50
JUDGED_AFTER = timedelta(minutes=2)

# A solved puzzle is good for this long; then the browser fetches another.
PROOF_LIFETIME = timedelta(minutes=10)

# Every accepted request takes at least this long, known phone or not (see
# docs/decisions/003-otp.md for why a worker can afford it).
RESPONSE_FLOOR = 0.15

# Rows are kept this long for the statistics.
KEPT_DAYS = 30

# Characters of a single Chinese short message and of each part of a longer one
# (GSM 03.40: UCS-2 text, 140 octets a part, 6 of them for the header).
SMS_SINGLE = 70
SMS_PART = 67

SEALED_MARK = "••••••"
