"""One-time passwords: made by chance, read aloud without mistakes. No `env`."""

import secrets

# without 0 O 1 l I: they are read from a screen and typed by somebody else
CLASSES = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789", "-+*=@")
LENGTH = 16


def make_password():
    """Return a password with every class of characters.

    >>> word = make_password()
    >>> len(word), all(set(word) & set(letters) for letters in CLASSES)
    (16, True)
    """
    letters = [secrets.choice(group) for group in CLASSES]
    letters += [secrets.choice("".join(CLASSES)) for _ in range(LENGTH - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)
