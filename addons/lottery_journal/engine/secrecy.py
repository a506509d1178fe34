"""What no log may hold."""

import re

_SECRET = re.compile(
    r"passw|secret|token|sealed|digest|signature|totp|otp_|_otp|credential|pepper|"
    r"api_?key|private_key|(^|_)(key|mac|pin|hash)$"
)


def is_secret(name: str) -> bool:
    """Whether a field of this name may hold a secret.

    >>> [name for name in ("name", "key_date", "monkey") if is_secret(name)]
    []
    >>> is_secret("new_password"), is_secret("id_number_sealed"), is_secret("api_key")
    (True, True, True)
    """
    return bool(_SECRET.search(name))
