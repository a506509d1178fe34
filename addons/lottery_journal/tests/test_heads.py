import pathlib
import tempfile

from odoo.tests import BaseCase, tagged

from ..engine.heads import Place, Signer
from ..engine.keys import KeyRing
from ..engine.sealing import Tail

MACS = [f"{number:064x}".encode() for number in range(9)]


@tagged("post_install", "-at_install")
class TestHeads(BaseCase):
    """PF-AUD-02: the signed head is exported to places outside the database."""

    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.place = Place(directory.name, "lottery")
        self.signer = Signer(b"chain key")
        for seq in (1, 2, 5):
            self.place.append(self.signer, Tail(seq, MACS[seq]))
        self.file = self.place.files()[0]

    def _read(self):
        return self.place.read({self.signer.public})

    def _lines(self):
        return self.file.read_text().splitlines()

    def _write(self, lines):
        self.file.write_text("\n".join(lines) + "\n")

    def test_read_back(self):
        heads, problem = self._read()
        self.assertEqual(problem, "")
        self.assertEqual(
            [(h.seq, h.mac) for h in heads], [(n, MACS[n]) for n in (1, 2, 5)]
        )
        self.assertEqual(self.place.last_head_seq(), 5)

    def test_line_taken_out(self):
        lines = [line for line in self._lines() if line]
        self._write([lines[0], lines[2]])
        self.assertIn("missing", self._read()[1])

    def test_line_changed(self):
        self._write([line.replace('"seq":2', '"seq":3') for line in self._lines()])
        self.assertIn("missing", self._read()[1])

    def test_last_line_changed(self):
        self._write([line.replace('"seq":5', '"seq":4') for line in self._lines()])
        self.assertIn("signature", self._read()[1])

    def test_signed_with_another_key(self):
        self.place.append(Signer(b"other"), Tail(6, MACS[6]))
        self.assertIn("signature", self._read()[1])

    def test_torn_line(self):
        """A full disk tears a line; the next one stands by itself."""
        with self.file.open("a") as file:
            file.write('{"at":"2026-07-01')
        self.assertEqual(self.place.last_head_seq(), 5)
        self.place.append(self.signer, Tail(7, MACS[7]))
        heads, problem = self._read()
        self.assertEqual(([h.seq for h in heads], problem), ([1, 2, 5, 7], ""))

    def test_unreadable_file(self):
        self.file.unlink()
        self.file.mkdir()
        self.assertIn("directory", self._read()[1])

    def test_earlier_key(self):
        ring = KeyRing("n" * 32, ["o" * 32])
        place = Place(str(pathlib.Path(self.place.directory, "rotated")), "lottery")
        for secret in (b"o" * 32, ring.current.secret):
            place.append(Signer(secret), Tail(1, MACS[1]))
        public = ring.each(lambda secret: Signer(secret).public)
        self.assertEqual(place.read(public)[1], "")
