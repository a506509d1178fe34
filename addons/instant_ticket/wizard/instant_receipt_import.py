from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.lottery_base.engine.columns import Column

from ..engine.pack_code import parse_label

MAX_SERIAL = 9_999_999
MAX_CARTON = 999_999
MAX_FAULTS = 500


class InstantReceiptImport(models.TransientModel):
    """Import of a manifest file: one row a pack, or one row a range of serials."""

    _name = "instant.receipt.import"
    _inherit = ["lottery.import.mixin"]
    _description = "Import of a Manifest"

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        required=True,
        default=lambda self: self.env["instant.receipt"]._default_warehouse_id(),
    )
    reference = fields.Char(
        string="Manifest", help="Number of the manifest; a number is loaded once."
    )
    receipt_id = fields.Many2one("instant.receipt", readonly=True)

    @api.model
    def _import_columns(self):
        return [
            Column(
                "game",
                self.env._("Game code"),
                required=True,
                max_length=32,
                example="J0112",
            ),
            Column(
                "carton",
                self.env._("Carton"),
                required=True,
                max_length=40,
                example="C000001",
                help=self.env._("Number or label of the carton."),
            ),
            Column(
                "serial",
                self.env._("Serial"),
                required=True,
                max_length=40,
                example="0000001",
                help=self.env._(
                    "Number or label of the pack; with “Last serial”: the first."
                ),
            ),
            Column(
                "serial_to",
                self.env._("Last serial"),
                max_length=40,
                help=self.env._("Blank: the row is one pack."),
            ),
            Column("pallet", self.env._("Pallet"), max_length=40),
        ]

    # === CHECK === #

    def _check_import_access(self):
        super()._check_import_access()
        self.env["instant.receipt"].check_access("create")
        self.warehouse_id.check_access("read")

    def _import_check(self, rows):
        """Judge the rows as a set: the file is staged and joined with the ledger."""
        faults = []
        receipts = self.env["instant.receipt"]
        receipts._stage_manifest(self._manifest_rows(rows, faults))
        for row, code in receipts._find_unknown_games():
            faults.append((row, "game", code, self.env._("no game has this code")))
        for row in receipts._find_repeated(MAX_FAULTS):
            faults.append((row["row_number"], "serial", *self._describe_repeated(row)))
        for row in receipts._find_taken_cartons(MAX_FAULTS):
            reason = self.env._(
                "the carton stands in receipt %(receipt)s", receipt=row["receipt"]
            )
            faults.append((row["row_number"], "carton", row["carton"], reason))
        return faults

    def _describe_repeated(self, row):
        label = f"{row['code']}-{row['serial']:07d}"
        if row["twice"]:
            return label, self.env._("the serial stands twice in the file")
        return label, self.env._(
            "the serial is in the ledger already (%(receipt)s)",
            receipt=row["receipt"] or "",
        )

    def _manifest_rows(self, rows, faults):
        """Turn parsed rows into manifest rows; faults of single rows go to the list."""
        for number, values in rows:
            carton = self._parse_number(values["carton"], "carton", values["game"])
            first = self._parse_number(values["serial"], "pack", values["game"])
            last = (
                self._parse_number(values["serial_to"], "pack", values["game"])
                if values["serial_to"]
                else first
            )
            fault = self._find_row_fault(values, carton, first, last)
            if fault:
                faults.append((number, *fault))
                continue
            yield {
                "row_number": number,
                "game": values["game"].strip().upper(),
                "carton": carton,
                "serial_from": first,
                "serial_to": last,
                "pallet": values["pallet"],
            }

    def _find_row_fault(self, values, carton, first, last):
        if not carton or carton > MAX_CARTON:
            return (
                "carton",
                values["carton"],
                self.env._("neither a number nor a label of it"),
            )
        if not first or first > MAX_SERIAL:
            return (
                "serial",
                values["serial"],
                self.env._("neither a number nor a label of it"),
            )
        if not last or last > MAX_SERIAL or last < first:
            return (
                "serial_to",
                values["serial_to"],
                self.env._("not a serial after the first"),
            )
        if last - first >= 100_000:
            return (
                "serial_to",
                values["serial_to"],
                self.env._("a row names at most 100,000 packs"),
            )
        return None

    @staticmethod
    def _parse_number(text, kind, game):
        """Return the number a cell means: ``12``, ``C000012`` or the whole label."""
        text = str(text).strip().upper()
        label = parse_label(text)
        if label and label.kind == kind:
            return label.number if label.game == game.strip().upper() else None
        if kind == "carton" and text[:1] == "C":
            text = text[1:]
        return (
            int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
        )

    # === WRITE === #

    def _import_write(self, rows):
        """Load the manifest that the check has just staged and found clean."""
        receipts = self.env["instant.receipt"]
        if self.reference and receipts.search_count(
            [
                ("warehouse_id", "=", self.warehouse_id.id),
                ("reference", "=", self.reference),
                ("state", "!=", "cancelled"),
            ],
            limit=1,
        ):
            raise UserError(
                self.env._(
                    "Manifest %(reference)s was already loaded for this warehouse.",
                    reference=self.reference,
                )
            )
        self.receipt_id = receipts.create(
            {
                "warehouse_id": self.warehouse_id.id,
                "reference": self.reference,
                "source": "file",
            }
        )
        return {"created": self.receipt_id._load_staged(), "updated": 0}

    def action_open_receipt(self):
        self.ensure_one()
        return self.receipt_id._get_records_action()
