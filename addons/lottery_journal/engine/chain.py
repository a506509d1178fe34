"""Verification: which entry is the first that is not as it was sealed."""

import itertools
import typing

from .archive import ArchiveBroken
from .heads import Head
from .journal_archive import archived_lines, read_archives
from .keys import KeyRing
from .mac import (
    CHAIN_KEY_ID,
    CHAIN_VERSION,
    CHAIN_VERSION_AT,
    ENTRY_COLUMNS,
    GENESIS,
    HEX,
    KEY_ID,
    MAC,
    MAC_VERSION,
    PREV_MAC,
    ROW,
    ROW_MAC,
    ROW_OK,
    STAGING_ID,
    chain_mac,
)
from .sealing import copy_lines, is_proven

SLICE = 20_000
REASONS = {
    "missing": "the entry is missing",
    "link": "the entry does not follow the one before it",
    "unknown_key": "the entry was sealed with an unknown key",
    "changed": "the entry was changed",
    "content": "the content does not fit its own MAC",
    "rewritten": "rewritten: not the chain whose head was exported at %(detail)s",
    "cut": "cut off: later entries were exported at %(detail)s",
    "places": "exported heads: %(detail)s",
    "archive": "an archive is missing or was changed: %(detail)s",
}


class Result(typing.NamedTuple):
    """``first_broken``: sequence number of the first entry that is not as sealed.
    ``reason``: a key of `REASONS`, "" when all is well; ``detail``: for its text.
    ``unproven``: entries sealed and marked because Odoo had not written them."""

    ok: bool
    checked: int
    first_broken: int | None
    reason: str
    detail: str
    unproven: int

    def text(self) -> str:
        return REASONS[self.reason] % {"detail": self.detail} if self.reason else ""


class Verifier:
    """Walks the chain in slices, so that a sealer can go on sealing in between.

    :param chain_ring: None where the chain key is out of reach (Odoo): links, row MACs
        and heads are checked, chain MACs are not
    :param heads: exported heads, oldest first for each place
    :param problems: what is wrong with the places themselves
    """

    def __init__(
        self,
        row_ring: KeyRing,
        chain_ring: KeyRing | None,
        heads: typing.Iterable[Head] = (),
        problems: typing.Iterable[str] = (),
    ):
        self._row_ring = row_ring
        self._chain_ring = chain_ring
        self._heads = _binding_heads(heads)
        self._problems = [problem for problem in problems if problem]
        self._last_head = 0
        self._broken: tuple[int, str, str] | None = None
        self.seq = 0
        self.mac = GENESIS
        self.checked = 0
        self.unproven = 0

    def fail(self, reason: str, detail: str) -> None:
        """The next entry can't be checked."""
        self._broken = (self.seq + 1, reason, detail)

    def feed(self, lines: typing.Iterable[bytes]) -> bool:
        """Check the next entries, in order; False once one is broken."""
        for line in lines:
            self._broken = self._fault(line)
            if self._broken:
                return False
            self.checked += 1
        return True

    def _fault(self, line: bytes):
        """Return (sequence number, reason, detail) or None."""
        columns = line.split(b"\t")
        seq = self.seq + 1
        if int(columns[0]) != seq:
            return seq, "missing", ""
        if columns[PREV_MAC] != HEX + self.mac:
            return seq, "link", ""
        mac = columns[MAC][len(HEX) :]
        if self._chain_ring is not None:
            reason = self._chain_fault(line, columns, mac)
            if reason:
                return seq, reason, ""
        proven = is_proven(
            self._row_ring,
            b"\t".join(columns[ROW]),
            columns[MAC_VERSION],
            columns[KEY_ID],
            columns[ROW_MAC],
        )
        row_ok = columns[ROW_OK] == b"t"
        # a row put in again has a MAC that is right and is not taken for Odoo's
        is_replayed = columns[STAGING_ID].startswith(b"-")
        if proven != row_ok and not (proven and is_replayed):
            return seq, "content", ""
        self.unproven += not row_ok
        if seq in self._heads and (fault := self._head_fault(seq, mac)):
            return fault
        self.seq, self.mac = seq, mac
        return None

    def _chain_fault(self, line: bytes, columns: list[bytes], mac: bytes) -> str:
        secret = self._chain_ring.secret(columns[CHAIN_KEY_ID].decode())
        if secret is None or int(columns[CHAIN_VERSION_AT]) != CHAIN_VERSION:
            return "unknown_key"
        signed = line[: -len(columns[MAC]) - 1]
        if chain_mac(secret, signed).hex().encode() != mac:
            return "changed"
        return ""

    def _head_fault(self, seq: int, mac: bytes):
        for head in self._heads[seq]:
            if head.mac != mac:
                return self._last_head + 1, "rewritten", head.at
        self._last_head = seq
        return None

    @property
    def is_broken(self) -> bool:
        return self._broken is not None

    def result(self) -> Result:
        """The verdict after the last slice."""
        broken = self._broken
        beyond = [seq for seq in self._heads if seq > self.seq]
        if not broken and beyond:
            head = self._heads[max(beyond)][0]
            broken = (self.seq + 1, "cut", head.at)
        if broken:
            return Result(False, self.checked, *broken, self.unproven)
        if self._problems:
            detail = "; ".join(self._problems)
            return Result(False, self.checked, None, "places", detail, self.unproven)
        return Result(True, self.checked, None, "", "", self.unproven)


def _binding_heads(heads: typing.Iterable[Head]) -> dict[int, list[Head]]:
    """By sequence number; a head that an operator's resumption overtook binds no more."""
    binding: dict[tuple[str, int], Head] = {}
    for head in heads:
        if head.resumed:
            lost = [
                key for key in binding if key[0] == head.place and key[1] > head.seq
            ]
            for key in lost:
                del binding[key]
        if head.seq:
            binding[head.place, head.seq] = head
    by_seq: dict[int, list[Head]] = {}
    for (_place, seq), head in binding.items():
        by_seq.setdefault(seq, []).append(head)
    return by_seq


def read_slice(cr, after: int, size: int = SLICE, schema: str = "journal") -> list:
    return copy_lines(
        cr,
        f"""SELECT {", ".join(ENTRY_COLUMNS)} FROM {schema}.entry
            WHERE seq > {int(after)} ORDER BY seq LIMIT {int(size)}""",
    )


def verify_all(
    cr, verifier: Verifier, schema: str = "journal", directory=None
) -> Result:
    """Verify from the first entry to the last, archives before the table.

    :param directory: where the archives are
    """
    lines = archived_lines(read_archives(cr, schema), directory)
    while feed_archived(verifier, lines):
        pass
    while not verifier.is_broken and (
        rows := read_slice(cr, verifier.seq, schema=schema)
    ):
        verifier.feed(rows)
    return verifier.result()


def feed_archived(verifier: Verifier, lines: typing.Iterator[bytes]) -> bool:
    """Check a slice of what is in archives; False when nothing is left to check."""
    try:
        chunk = list(itertools.islice(lines, SLICE))
    except ArchiveBroken as broken:
        verifier.fail("archive", str(broken))
        return False
    return bool(chunk) and verifier.feed(chunk)
