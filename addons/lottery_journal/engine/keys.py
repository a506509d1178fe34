"""Keys by purpose and their rotation.

A key is known in the tables by a fingerprint, so that entries sealed with an earlier key
stay verifiable: the present key is in ``NAME``, earlier ones in ``NAME_OLD``, separated
by commas.
"""

import hashlib
import typing

MIN_LENGTH = 32  # characters; tools/secrets makes 64 hexadecimal digits


class Key(typing.NamedTuple):
    id: str
    secret: bytes


class KeyRing:
    """The present key, with which is signed, and earlier ones, which still verify."""

    def __init__(self, current: str, old: typing.Iterable[str] = ()):
        self.current = make_key(current)
        self._by_id = {key.id: key for key in map(make_key, old)}
        self._by_id[self.current.id] = self.current

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._by_id

    def each(self, make: typing.Callable[[bytes], typing.Any]) -> set:
        """Return what ``make`` derives from each key."""
        return {make(key.secret) for key in self._by_id.values()}

    def secret(self, key_id: str) -> bytes | None:
        key = self._by_id.get(key_id)
        return key.secret if key else None


def make_key(text: str) -> Key:
    """Return the key with its fingerprint.

    >>> make_key("0" * 64).id == make_key("0" * 64).id != make_key("1" * 64).id
    True
    >>> make_key("short")
    Traceback (most recent call last):
        ...
    ValueError: A journal key has 32 characters or more.
    """
    text = text.strip()
    if len(text) < MIN_LENGTH:
        raise ValueError(f"A journal key has {MIN_LENGTH} characters or more.")
    secret = text.encode()
    return Key(
        hashlib.sha256(b"lottery-journal-key\0" + secret).hexdigest()[:12], secret
    )


def ring_from(environ: typing.Mapping[str, str], name: str) -> KeyRing | None:
    """Return the ring of ``name`` in ``environ``, None where the key is not set."""
    current = environ.get(name, "").strip()
    if not current:
        return None
    old = [text for text in environ.get(f"{name}_OLD", "").split(",") if text.strip()]
    return KeyRing(current, old)
