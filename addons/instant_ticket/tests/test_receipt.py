"""Receiving: manifest, scanning in, differences (IT-WHS-02)."""

import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.lottery_base.tools.workbook import make_workbook

from .common import TicketCase

HEADERS = ["Game code", "Carton", "Serial", "Last serial", "Pallet"]


@tagged("post_install", "-at_install")
class TestReceipt(TicketCase):
    def _import(self, rows, user=None, reference=None, filename="m.xlsx"):
        """The user's door: the import wizard; checked, not yet loaded."""
        if filename.endswith(".xlsx"):
            content = make_workbook(HEADERS, rows)
        else:
            lines = [HEADERS, *rows]
            content = "\n".join(",".join(map(str, line)) for line in lines).encode()
        wizard = (
            self.env["instant.receipt.import"]
            .with_user(user or self.keeper)
            .create(
                {
                    "file": base64.b64encode(content),
                    "filename": filename,
                    "warehouse_id": self.warehouse.id,
                    "reference": reference,
                }
            )
        )
        wizard.action_check()
        return wizard

    def _receipt(self, cartons=3, **values):
        """A manifest of whole cartons, loaded by the keeper."""
        rows = [
            ["TA01", f"C{n:06d}", str(20 * n - 19), str(20 * n), "P1"]
            for n in range(1, cartons + 1)
        ]
        wizard = self._import(rows, **values)
        wizard.action_import()
        return wizard.receipt_id

    def _scan(self, receipt, code, damaged=False, key=None):
        answer = receipt.with_user(self.keeper).receive_station_scan(code, key, damaged)
        self.env.invalidate_all()
        return answer

    # === MANIFEST === #

    def test_manifest_of_ranges(self):
        """IT-WHS-02: a range a row; cartons and packs are announced, not in stock."""
        receipt = self._receipt()
        self.assertEqual(receipt.state, "receiving")
        self.assertEqual((receipt.carton_count, receipt.pack_count), (3, 60))
        self.assertEqual(set(receipt.carton_ids.pack_ids.mapped("state")), {"expected"})
        self.assertEqual(receipt.carton_ids[0].code, "TA01-C000001")
        self.assertEqual(receipt.carton_ids[0].pallet, "P1")
        self.assertBooksAgree()

    def test_manifest_of_packs_in_csv(self):
        """IT-WHS-02: a pack a row, labels or numbers, from CSV."""
        rows = [["TA01", "1", n, "", ""] for n in range(1, 11)]
        rows += [
            ["TA01", "TA01-C000001", f"TA01-{n:07d}", "", ""] for n in range(11, 21)
        ]
        wizard = self._import(rows, filename="m.csv")
        self.assertEqual(wizard.state, "ready")
        wizard.action_import()
        self.assertEqual(wizard.created_count, 20)
        self.assertEqual(wizard.receipt_id.carton_ids.pack_count, 20)

    def test_faults_are_named_and_nothing_loaded(self):
        """IT-WHS-02: row, column and reason of each fault; no row is written."""
        self._receipt(1)
        packs = self.env["instant.pack"].search_count([])
        wizard = self._import(
            [
                ["NOPE", "C000009", "1", "", ""],
                ["TA01", "box", "900", "", ""],
                ["TA01", "C000009", "905", "901", ""],
                ["TA01", "C000009", "15", "25", ""],
                ["TA01", "C000009", "950", "960", ""],
                ["TA01", "C000009", "955", "", ""],
                ["TA01", "TA02-C000001", "970", "", ""],
            ]
        )
        self.assertEqual(wizard.state, "faulty")
        faults = {(fault.row, fault.column) for fault in wizard.fault_ids}
        self.assertLessEqual(
            {
                (2, "Game code"),
                (3, "Carton"),
                (4, "Last serial"),
                (5, "Serial"),
                (8, "Carton"),
            },
            faults,
        )
        self.assertIn("twice", " ".join(wizard.fault_ids.mapped("reason")))
        wizard.action_import()
        self.assertEqual(wizard.state, "faulty")
        self.assertEqual(self.env["instant.pack"].search_count([]), packs)

    def test_a_manifest_is_loaded_once(self):
        """IT-WHS-02: the same manifest number twice makes no second receipt."""
        self._receipt(1, reference="M-1")
        wizard = self._import([["TA01", "C000050", "5000", "", ""]], reference="M-1")
        with self.assertUserError("M-1"):
            wizard.action_import()
        rows = [{"game": "TA01", "carton": 70, "serial_from": 7000, "serial_to": 7019}]
        receipts = self.env["instant.receipt"]
        first = receipts._create_from_manifest(self.warehouse, rows, reference="I-1")
        again = receipts._create_from_manifest(self.warehouse, rows, reference="I-1")
        self.assertEqual(first, again)
        self.assertEqual(first.source, "ilms")

    def test_duplicate_serials_are_listed(self):
        """IT-WHS-02: serials that ILMS announces twice are differences, loaded once."""
        self._receipt(1)
        receipt = self.env["instant.receipt"]._create_from_manifest(
            self.warehouse,
            [{"game": "TA01", "carton": 7, "serial_from": 19, "serial_to": 38}],
        )
        self.assertEqual(receipt.pack_count, 18)
        self.assertEqual(receipt.carton_ids.pack_count, 18)
        self.assertEqual(
            sorted(receipt.difference_ids.mapped("code")),
            ["TA01-0000019", "TA01-0000020"],
        )
        self.assertEqual(set(receipt.difference_ids.mapped("kind")), {"duplicate"})
        with self.assertRaises(UserError):
            self.env["instant.receipt"]._create_from_manifest(
                self.warehouse,
                [{"game": "TA01", "carton": 8, "serial_from": 1, "serial_to": 5}],
            )

    def test_withdrawn_serials_are_free(self):
        """IT-WHS-02: a withdrawn manifest gives its serials to the right one."""
        receipt = self._receipt(1)
        receipt.with_user(self.keeper).action_cancel()
        pack = receipt.carton_ids.pack_ids[:1]
        self.assertEqual(pack.state, "withdrawn")
        again = self._receipt(1)
        self.assertEqual(again.pack_count, 20)
        self.assertEqual(pack.state, "expected")
        self.assertEqual(pack.carton_id.receipt_id, again)
        self._scan(again, again.carton_ids.code)
        with self.assertRaises(UserError):
            again.with_user(self.keeper).action_cancel()

    # === SCANNING IN === #

    def test_whole_receipt(self):
        """IT-WHS-02: every carton scanned, put in stock, receipt done."""
        receipt = self._receipt()
        for carton in receipt.carton_ids:
            answer = self._scan(receipt, carton.code)
            self.assertEqual((answer["result"], answer["packs"]), ("ok", 20))
        self.assertEqual(answer["receipt"]["cartons_arrived"], 3)
        receipt.with_user(self.keeper).action_validate()
        self.assertEqual(receipt.state, "done")
        self.assertPacks(receipt.carton_ids.pack_ids, "available")
        self.assertEqual(set(receipt.carton_ids.mapped("state")), {"in_stock"})
        self.assertEqual(receipt.picking_ids.state, "done")
        self.assertEqual(receipt.picking_ids.move_ids.quantity, 60)
        self.assertEqual(receipt.progress, 100)
        self.assertFalse(receipt.difference_ids)
        self.assertBooksAgree()

    def test_partial_receipt(self):
        """IT-WHS-02: what came is for sale today, the rest may come tomorrow."""
        receipt = self._receipt()
        first, second, third = receipt.carton_ids
        self._scan(receipt, first.code)
        receipt.with_user(self.keeper).action_validate()
        self.assertEqual(
            (receipt.state, receipt.pack_received_count), ("receiving", 20)
        )
        self.assertBooksAgree()
        with self.assertRaises(UserError):
            receipt.with_user(self.keeper).action_validate()
        self._scan(receipt, second.code)
        receipt.with_user(self.keeper).action_close()
        self.assertEqual(receipt.state, "done")
        self.assertPacks(third.pack_ids, "missing")
        self.assertEqual(third.state, "missing")
        difference = receipt.difference_ids
        self.assertEqual((difference.kind, difference.packs), ("missing", 20))
        self.assertEqual((difference.serial_from, difference.serial_to), (41, 60))
        self.assertBooksAgree()
        third.pack_ids[0].with_user(self.keeper).action_change(
            "available", reason="Came a day later"
        )
        self.assertBooksAgree()

    def test_differences_while_scanning(self):
        """IT-WHS-02: unannounced, foreign and damaged goods are listed, not in stock."""
        receipt = self._receipt(2)
        answer = self._scan(receipt, "TA01-C000099")
        self.assertEqual((answer["result"], answer["check"]), ("refused", 2))
        self._scan(receipt, "TA01-C000099")
        foreign = self._announce(self.other_game, self.warehouse, 20)
        answer = self._scan(receipt, foreign.carton_ids.code)
        self.assertEqual(answer["reason"], "other_receipt")
        self.assertIn(foreign.name, answer["message"])
        first, second = receipt.carton_ids
        damaged = first.pack_ids[0]
        self._scan(receipt, first.code)
        self.assertEqual(self._scan(receipt, damaged.code, True)["result"], "ok")
        self._scan(receipt, second.code)
        receipt.with_user(self.keeper).action_validate()
        self.assertPacks(damaged, "damaged")
        self.assertEqual(receipt.pack_received_count, 40)
        self.assertEqual(
            sorted(receipt.difference_ids.mapped("kind")), ["damaged", "extra", "extra"]
        )
        self.assertEqual(first.state, "broken")
        self.assertBooksAgree()

    def test_opened_carton_pack_by_pack(self):
        """IT-WHS-02: of an opened carton only the scanned packs have come."""
        receipt = self._receipt(1)
        carton = receipt.carton_ids
        for pack in carton.pack_ids[:18]:
            self.assertEqual(self._scan(receipt, pack.code)["result"], "ok")
        self.assertEqual(self._scan(receipt, carton.code)["reason"], "carton_opened")
        again = self._scan(receipt, carton.pack_ids[0].code)
        self.assertEqual(again["reason"], "already_scanned")
        receipt.with_user(self.keeper).action_close()
        self.assertEqual(
            sorted(carton.pack_ids.mapped("state")),
            ["available"] * 18 + ["missing"] * 2,
        )
        self.assertEqual(receipt.difference_ids.packs, 2)
        self.assertBooksAgree()

    def test_undo_and_resend(self):
        """IT-WHS-02: a scan sent twice counts once and can be taken back."""
        receipt = self._receipt(1)
        carton = receipt.carton_ids
        self._scan(receipt, carton.code, key="r1")
        self.assertEqual(self._scan(receipt, carton.code, key="r1")["result"], "ok")
        answer = receipt.with_user(self.keeper).receive_station_undo(carton.code, "r2")
        self.assertEqual(answer["result"], "undone")
        carton.invalidate_recordset()
        self.assertEqual(carton.state, "expected")
        with self.assertRaises(UserError):
            receipt.with_user(self.keeper).action_validate()

    def test_settling_a_difference(self):
        """IT-WHS-02: a difference is closed by a note of who answers for it."""
        receipt = self._receipt(1)
        self._scan(receipt, receipt.carton_ids.pack_ids[0].code, True)
        difference = receipt.difference_ids.with_user(self.keeper)
        with self.assertRaises(UserError):
            difference.action_settle()
        with self.assertRaises(UserError):
            difference.write({"settled": True})
        with self.assertRaises(UserError):
            difference.write({"kind": "extra"})
        difference.settled_note = "Carrier pays, note 17"
        difference.action_settle()
        self.assertTrue(difference.settled)
        self.assertEqual(difference.settled_by_id, self.keeper)

    # === WHO === #

    def test_only_keepers_of_the_unit(self):
        """PF-SEC-02: receipts of another prefecture are out of sight and reach."""
        receipt = self._receipt(1)
        code = receipt.carton_ids.code
        for user in (self.keeper_south, self.desk):
            with self.assertRaises(UserError):
                receipt.with_user(user).receive_station_scan(code, None)
            with self.assertRaises(AccessError):
                receipt.with_user(user).action_validate()
            with self.assertRaises(AccessError):
                receipt.with_user(user).action_close()
        self.assertFalse(
            self.env["instant.receipt"].with_user(self.keeper_south).search([])
        )
        with self.assertRaises(AccessError):
            self._import([["TA01", "C000080", "8000", "", ""]], user=self.keeper_south)
        self.assertEqual(receipt.carton_ids.state, "expected")
