"""What a good password is (PF-SEC-05)."""

import functools
import pathlib
import re
import typing

WORDS_FILE = pathlib.Path(__file__).parents[1] / "data" / "weak_passwords.txt"
CLASSES = {
    "lower": r"[a-z]",
    "upper": r"[A-Z]",
    "digit": r"[0-9]",
    "symbol": r"[^A-Za-z0-9\s]",
}
# What people write instead of letters.
_LEET = str.maketrans("0134578@$!|+", "oieastbasilt")
# Letters and signs that must be left when everything guessable is taken away.
MIN_REST = 6
_KEYS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "!@#$%^&*()")
_COLUMNS = ("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik", "9ol", "0p")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_YEAR = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])?(?:0[1-9]|[12]\d|3[01])?")
_RUN = re.compile(r"(.{1,4}?)\1{2,}")
MIN_WALK = 3
MIN_PART = 3


class Rules(typing.NamedTuple):
    """The policy's numbers."""

    length: int = 12


def find_faults(password: str, rules: Rules, own: typing.Iterable[str] = ()) -> list:
    """Return what is wrong: keys of `CLASSES`, ``length``, ``own``, ``weak``.

    :param own: login, name, phone, e-mail of the user

    >>> find_faults("Tulip-Harbour-42", Rules())
    []
    >>> find_faults("aA1!aaaaaaaa", Rules())
    ['weak']
    >>> find_faults("Password123!", Rules()), find_faults("Woaini1314!!", Rules())
    (['weak'], ['weak'])
    >>> find_faults("short", Rules())
    ['length', 'upper', 'digit', 'symbol', 'weak']
    >>> find_faults("Zhangwei-Tulip7", Rules(), ["zhangwei"])
    ['own']
    """
    faults = ["length"] if len(password) < rules.length else []
    faults += [
        name for name, pattern in CLASSES.items() if not re.search(pattern, password)
    ]
    if has_own_part(password, own):
        faults.append("own")
    if is_weak(password):
        faults.append("weak")
    return faults


def has_own_part(password: str, own: typing.Iterable[str]) -> bool:
    """Whether the password holds a part of what the user is called, also spelt in leet.

    >>> has_own_part("xx-L1n4-xx-77", ["li.na@example.com"]), has_own_part("Lin4!", [""])
    (False, False)
    >>> has_own_part("My-4ngela-77", ["angela"]), has_own_part("A15400000801!", ["154 0000 0801"])
    (True, True)
    """
    plain = password.casefold()
    texts = (plain, plain.translate(_LEET))
    for value in own:
        folded = (value or "").casefold().split("@")[0]
        digits = re.sub(r"\D", "", folded)
        parts = {part for part in re.split(r"[\W_]+", folded) if not part.isdigit()}
        parts = {part for part in parts if len(part) > MIN_PART}
        parts |= {part for part in parts_of_name(value)}
        if len(digits) >= 6:
            parts |= {digits[-11:], digits[-8:], digits[-6:]}
        if any(part in text for part in parts for text in texts):
            return True
    return False


def parts_of_name(value: str) -> set:
    """Return what of a Chinese name can stand in a password: the name itself."""
    text = (value or "").strip()
    return {text} if 2 <= len(text) <= 4 and not text.isascii() else set()


def is_weak(password: str) -> bool:
    """Whether too little is left without words, rows of keys, years and repetitions.

    >>> [text for text in ("P@ssw0rd2024!", "1qaz2wsx!QAZ", "Qwer1234!@#$",
    ...     "Admin@2024#Beijing", "Zhongguo888!!", "ILoveYou5201314!") if not is_weak(text)]
    []
    >>> is_weak("Tulip-Harbour-42"), is_weak("k7#Vq2!mZx9w")
    (False, False)
    """
    return len(_get_rest(password)) < MIN_REST


def _get_rest(password: str) -> str:
    """Return the shortest rest of the spellings of the password."""
    plain = password.casefold()
    spellings = {plain, plain.translate(_LEET), _undress(plain).translate(_LEET)}
    rests = [_strip(spelling) for spelling in spellings]
    return min(rests, key=len)


def _undress(text: str) -> str:
    """Take digits and signs from both ends: they are no leet there."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)


def _strip(text: str) -> str:
    text = _YEAR.sub("\0", text)
    text = _take_walks(text)
    text = _words_pattern().sub("\0", text)
    text = _RUN.sub("\0", text)
    # signs between what was taken away are no secret either
    rest = re.sub(r"[\0\s]", "", text)
    return "".join(dict.fromkeys(rest)) if len(set(rest)) <= 3 else rest


def _take_walks(text: str) -> str:
    for walk in _walks():
        if walk in text:
            text = text.replace(walk, "\0")
    return text


@functools.lru_cache(maxsize=1)
def _walks() -> list:
    """Rows of keys and letters, forwards and backwards, longest first."""
    rows = [*_KEYS, _ALPHABET, "".join(_COLUMNS), "qazwsxedcrfvtgbyhnujmikolp"]
    rows += ["1q2w3e4r5t6y7u8i9o0p", "a1b2c3d4e5f6", "q1w2e3r4t5y6", *_COLUMNS]
    rows += [row[::-1] for row in rows]
    walks = {
        row[start:end]
        for row in rows
        for start in range(len(row))
        for end in range(start + MIN_WALK, len(row) + 1)
    }
    return sorted(walks, key=len, reverse=True)


@functools.lru_cache(maxsize=1)
def _words_pattern() -> re.Pattern:
    lines = WORDS_FILE.read_text(encoding="utf-8").splitlines()
    words = {
        word
        for line in lines
        if not line.startswith("#")
        for word in line.casefold().split()
    }
    words |= {word.translate(_LEET) for word in words}
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))
