"""Proof of work before a message is paid for (altcha, SHA-256).

The browser looks for the number whose hash the server signed. That makes ten thousand
requests dear and one request cheap; it does not prove a human, so the limits stand
beside it. The library accepts one solution any number of times: whoever calls
:func:`check_proof` must store the returned mark and refuse it the second time.
"""

import base64
import binascii
import json
from datetime import UTC, datetime

from altcha import (
    ChallengeOptionsV1,
    PayloadV1,
    create_challenge_v1,
    verify_solution_v1,
)

from ..const import PROOF_LIFETIME
from . import secret

_FIELDS = {
    "algorithm": str,
    "challenge": str,
    "number": int,
    "salt": str,
    "signature": str,
}
_MAX_PAYLOAD = 2000  # characters; a real one has about 350
_KEY_NAME = "LOTTERY_ALTCHA_KEY"


def make_challenge(highest):
    """Return ``{algorithm, challenge, maxNumber, salt, signature}`` for the browser.

    :param int highest: the secret number is at most this; half of it is the mean work
    :raise secret.KeyMissing: without a key
    """
    options = ChallengeOptionsV1(
        algorithm="SHA-256",
        max_number=highest,
        hmac_key=secret.derive_key("proof", _KEY_NAME),
        expires=datetime.now(UTC) + PROOF_LIFETIME,
    )
    return create_challenge_v1(options).to_dict()


def check_proof(payload):
    """Return ``(mark, expires)`` of a right solution, None of any other.

    :param str payload: base64 of the JSON object that the browser built
    :return: ``mark`` names the puzzle and must be accepted once only; ``expires`` is a
        naive UTC datetime after which the mark need not be kept
    :raise secret.KeyMissing: without a key
    """
    if not isinstance(payload, str) or len(payload) > _MAX_PAYLOAD:
        return None
    try:
        data = json.loads(base64.b64decode(payload, validate=True))
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not isinstance(data, dict) or data.get("algorithm") != "SHA-256":
        return None
    for name, kind in _FIELDS.items():
        if type(data.get(name)) is not kind:
            return None
    solution = PayloadV1(**{name: data[name] for name in _FIELDS})
    expires = solution.parse_salt()[1]
    if expires is None:  # ours always carry one: without it the store never empties
        return None
    right, _reason = verify_solution_v1(
        solution, secret.derive_key("proof", _KEY_NAME), check_expires=True
    )
    if not right:
        return None
    # The mark is the hash, not the payload: the same solution may be written in JSON in
    # many ways.
    expires_at = datetime.fromtimestamp(expires, UTC).replace(tzinfo=None)
    return data["challenge"], expires_at
