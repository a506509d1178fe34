import io

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...exceptions import ManifestKnown

MAX_PACKS_PER_LOAD = 1_000_000

STAGE = """
    CREATE TEMP TABLE IF NOT EXISTS instant_manifest (
        row_number int, game_code varchar, carton int, pallet varchar,
        serial_from int, serial_to int
    ) ON COMMIT DELETE ROWS;
    TRUNCATE instant_manifest
"""

# Serials of the manifest that are in the ledger already, or twice in the manifest.
REPEATED = """
    SELECT min(x.row_number) AS row_number, g.id AS game_id, g.code, x.serial,
           min(m.carton) AS carton, count(*) > 1 AS twice, r.name AS receipt
      FROM (SELECT row_number, game_code, generate_series(serial_from, serial_to) AS serial
              FROM instant_manifest) x
      JOIN instant_manifest m USING (row_number)
      JOIN instant_game g ON g.code = x.game_code
      LEFT JOIN instant_pack p ON p.game_id = g.id AND p.serial = x.serial
       AND p.state <> 'withdrawn'
      LEFT JOIN instant_carton c ON c.id = p.carton_id
      LEFT JOIN instant_receipt r ON r.id = c.receipt_id
     GROUP BY g.id, g.code, x.serial, p.id, r.name
    HAVING count(*) > 1 OR p.id IS NOT NULL
     ORDER BY 1, 4
     LIMIT %s
"""

# Cartons of the manifest that an earlier receipt announced.
TAKEN_CARTONS = """
    SELECT min(m.row_number) AS row_number, m.carton, r.name AS receipt
      FROM instant_manifest m
      JOIN instant_game g ON g.code = m.game_code
      JOIN instant_carton c ON c.game_id = g.id AND c.number = m.carton
       AND c.state <> 'withdrawn'
      JOIN instant_receipt r ON r.id = c.receipt_id
     GROUP BY g.id, m.carton, r.name
     ORDER BY 1
     LIMIT %s
"""

LOAD_CARTONS = """
    INSERT INTO instant_carton AS c
           (game_id, number, pallet, state, pack_count, warehouse_id, location_id,
            branch_id, receipt_id)
    SELECT g.id, m.carton, min(m.pallet), 'expected',
           sum(m.serial_to - m.serial_from + 1), %(warehouse)s, NULL, %(branch)s,
           %(receipt)s
      FROM instant_manifest m JOIN instant_game g ON g.code = m.game_code
     GROUP BY g.id, m.carton
     ORDER BY g.id, m.carton
        ON CONFLICT (game_id, number) DO UPDATE
           SET pallet = EXCLUDED.pallet, state = 'expected',
               warehouse_id = EXCLUDED.warehouse_id, branch_id = EXCLUDED.branch_id,
               receipt_id = EXCLUDED.receipt_id
         WHERE c.state = 'withdrawn'
"""

# Ordered by serial: two imports of the same packs wait for each other instead of
# deadlocking, and the second finds the first's rows.
LOAD_PACKS = """
    WITH pack AS (
        INSERT INTO instant_pack AS p
               (game_id, serial, carton_id, state, warehouse_id, branch_id)
        SELECT g.id, s.serial, c.id, 'expected', %(warehouse)s, %(branch)s
          FROM instant_manifest m
          JOIN instant_game g ON g.code = m.game_code
          JOIN instant_carton c ON c.game_id = g.id AND c.number = m.carton
           AND c.receipt_id = %(receipt)s
         CROSS JOIN LATERAL generate_series(m.serial_from, m.serial_to) AS s (serial)
         ORDER BY g.id, s.serial
            ON CONFLICT (game_id, serial) DO UPDATE
               SET carton_id = EXCLUDED.carton_id, state = 'expected',
                   warehouse_id = EXCLUDED.warehouse_id, branch_id = EXCLUDED.branch_id
             WHERE p.state = 'withdrawn'
     RETURNING p.id, p.branch_id, p.warehouse_id
    ), event AS (
        INSERT INTO instant_pack_event
               (pack_id, branch_id, warehouse_id, to_state, date, user_id, reason)
        SELECT id, branch_id, warehouse_id, 'expected', now() AT TIME ZONE 'UTC',
               %(uid)s, %(reason)s
          FROM pack
    )
    SELECT count(*) FROM pack
"""

# What the manifest names and this receipt did not get.
DUPLICATES = """
    INSERT INTO instant_receipt_difference
           (receipt_id, branch_id, kind, game_id, pack_id, code, packs, serial_from,
            serial_to, note, user_id, date)
    SELECT %(receipt)s, %(branch)s, 'duplicate', g.id, p.id,
           g.code || '-' || lpad(s.serial::text, 7, '0'), 1, s.serial, s.serial,
           COALESCE(r.name, ''), %(uid)s, now() AT TIME ZONE 'UTC'
      FROM instant_manifest m
      JOIN instant_game g ON g.code = m.game_code
     CROSS JOIN LATERAL generate_series(m.serial_from, m.serial_to) AS s (serial)
      LEFT JOIN instant_pack p ON p.game_id = g.id AND p.serial = s.serial
      LEFT JOIN instant_carton c ON c.id = p.carton_id
      LEFT JOIN instant_receipt r ON r.id = c.receipt_id
     WHERE c.receipt_id IS DISTINCT FROM %(receipt)s OR c.number <> m.carton
"""


class InstantReceipt(models.Model):
    """Loading a manifest into the ledger, set by set."""

    _inherit = "instant.receipt"

    @api.model
    def _create_from_manifest(
        self, warehouse, rows, *, reference=None, source="ilms", note=None
    ):
        """Create a receipt of what a manifest announces (files and ILMS).

        The same ``reference`` for the same warehouse returns the receipt made first.

        :param warehouse: ``stock.warehouse`` the goods are sent to
        :param rows: iterable of ``{"game", "carton", "serial_from", "serial_to",
            "pallet"}``; ``game`` is the code, ``carton`` and serials are integers
        :return: the receipt, with serials known before listed as differences
        :raise UserError: an unknown game, or nothing new in the manifest
        """
        if reference:
            earlier = self.search(
                [
                    ("warehouse_id", "=", warehouse.id),
                    ("reference", "=", reference),
                    ("state", "!=", "cancelled"),
                ],
                limit=1,
            )
            if earlier:
                return earlier
        receipt = self.create(
            {
                "warehouse_id": warehouse.id,
                "reference": reference,
                "source": source,
                "note": note,
            }
        )
        self._stage_manifest(rows)
        receipt._load_staged()
        return receipt

    @api.model
    def _stage_manifest(self, rows):
        """Copy manifest rows into the transaction's staging table.

        :return: number of packs the rows name
        """
        buffer = io.StringIO()
        packs = 0
        for number, row in enumerate(rows, start=1):
            packs += row["serial_to"] - row["serial_from"] + 1
            if packs > MAX_PACKS_PER_LOAD:
                raise UserError(
                    self.env._(
                        "A manifest has at most %(max)s packs.", max=MAX_PACKS_PER_LOAD
                    )
                )
            texts = (row["game"], row.get("pallet") or "")
            game, pallet = (_escape(text) for text in texts)
            buffer.write(
                f"{row.get('row_number', number)}\t{game}\t{row['carton']}\t{pallet}\t"
                f"{row['serial_from']}\t{row['serial_to']}\n"
            )
        buffer.seek(0)
        self.env.cr.execute(STAGE)
        self.env.cr.copy_from(buffer, "instant_manifest", null="\\N")
        return packs

    @api.model
    def _find_repeated(self, limit=100):
        """Return serials of the staged manifest that cannot be loaded.

        :return: ``[{"row_number", "code", "serial", "carton", "twice", "receipt"}]``
        """
        self.env.cr.execute(REPEATED, [limit])
        return self.env.cr.dictfetchall()

    @api.model
    def _find_taken_cartons(self, limit=100):
        """Return ``[{"row_number", "carton", "receipt"}]`` of cartons known before."""
        self.env.cr.execute(TAKEN_CARTONS, [limit])
        return self.env.cr.dictfetchall()

    @api.model
    def _find_unknown_games(self):
        """Return ``[(row_number, game code)]`` of staged rows of no known game."""
        return self.env.execute_query(
            SQL(
                """
                SELECT min(m.row_number), m.game_code FROM instant_manifest m
                  LEFT JOIN instant_game g ON g.code = m.game_code
                 WHERE g.id IS NULL GROUP BY 2 ORDER BY 1
                """
            )
        )

    def _load_staged(self):
        """Load the staged manifest: cartons, packs, their first events, differences."""
        self.ensure_one()
        unknown = self._find_unknown_games()
        if unknown:
            raise UserError(
                self.env._(
                    "The manifest names unknown games: %(codes)s",
                    codes=", ".join(code for _row, code in unknown),
                )
            )
        self.env.flush_all()
        values = {
            "receipt": self.id,
            "warehouse": self.warehouse_id.id,
            "branch": self.branch_id.id or None,
            "uid": self.env.uid,
            "reason": self.name,
        }
        self.env.cr.execute(LOAD_CARTONS, values)
        self.env.cr.execute(LOAD_PACKS, values)
        (loaded,) = self.env.cr.fetchone()
        if not loaded:
            raise ManifestKnown(
                self.env._(
                    "Every pack of this manifest is in the ledger already; nothing was "
                    "loaded."
                )
            )
        self.env.cr.execute(DUPLICATES, values)
        self._count_carton_packs()
        self.env.invalidate_all()
        if self.state == "draft":
            self._update_state("receiving")
        return loaded

    def _count_carton_packs(self):
        """A carton counts the packs it really has in the ledger."""
        self.env.cr.execute(
            SQL(
                """
                WITH counted AS (
                    SELECT c.id, count(p.id) AS packs
                      FROM instant_carton c
                      LEFT JOIN instant_pack p ON p.carton_id = c.id
                     WHERE c.receipt_id = %(id)s GROUP BY c.id
                ), empty AS (
                    DELETE FROM instant_carton c USING counted
                     WHERE c.id = counted.id AND counted.packs = 0
                )
                UPDATE instant_carton c SET pack_count = counted.packs
                  FROM counted WHERE c.id = counted.id AND counted.packs > 0
                """,
                id=self.id,
            )
        )

    def _withdraw_manifest(self):
        """Take an announcement back; the serials are free for the right manifest.

        Nothing leaves the ledger: the packs become ``withdrawn`` and a later manifest
        may announce the same serials again.
        """
        packs_sudo = self.env["instant.pack"].sudo()  # nobody writes the ledger by hand
        packs_sudo.search(
            [("carton_id.receipt_id", "=", self.id), ("state", "=", "expected")]
        )._move_to("withdrawn", reason=self.name)
        self.env.cr.execute(
            SQL(
                "UPDATE instant_carton SET state = 'withdrawn' WHERE receipt_id = %s",
                self.id,
            )
        )
        self.env["instant.carton"].invalidate_model()


def _escape(text):
    """Escape a value for COPY's text format."""
    return (
        str(text)
        .replace("\\", "\\\\")
        .replace("\t", "\\t")
        .replace("\n", "\\n")
        .replace("\r", "\\r")
    )
