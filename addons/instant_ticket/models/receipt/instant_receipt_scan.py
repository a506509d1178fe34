from odoo import models
from odoo.exceptions import UserError

from odoo.addons.lottery_base.tools.transaction import read_committed

from ...engine.pack_code import normalize, parse_label
from ..instant_scan_frame import ScanRefused, clean_key, find_scan, judge_scan

FIND_CARTON = """
    SELECT g.id AS game_id, c.id AS carton_id, c.state, c.receipt_id, c.pack_count,
           r.name AS receipt
      FROM instant_game g
      LEFT JOIN instant_carton c ON c.game_id = g.id AND c.number = %(number)s
       AND c.state <> 'withdrawn'
      LEFT JOIN instant_receipt r ON r.id = c.receipt_id
     WHERE g.code = %(game)s
"""

FIND_PACK = """
    SELECT g.id AS game_id, p.id AS pack_id, p.state, c.id AS carton_id,
           c.state AS carton_state, c.receipt_id, r.name AS receipt
      FROM instant_game g
      LEFT JOIN instant_pack p ON p.game_id = g.id AND p.serial = %(number)s
       AND p.state <> 'withdrawn'
      LEFT JOIN instant_carton c ON c.id = p.carton_id
      LEFT JOIN instant_receipt r ON r.id = c.receipt_id
     WHERE g.code = %(game)s
"""

RECORD_DIFFERENCE = """
    INSERT INTO instant_receipt_difference
           (receipt_id, branch_id, kind, game_id, carton_id, pack_id, code, packs, note,
            user_id, date)
    SELECT %(receipt)s, %(branch)s, %(kind)s, %(game)s, %(carton)s, %(pack)s, %(code)s,
           %(packs)s, %(note)s, %(uid)s, now() AT TIME ZONE 'UTC'
     WHERE NOT EXISTS (
           SELECT FROM instant_receipt_difference
            WHERE receipt_id = %(receipt)s AND kind = %(kind)s AND code = %(code)s)
"""


class InstantReceipt(models.Model):
    """Scanning in: whole cartons, or the packs of an opened one."""

    _inherit = "instant.receipt"

    # === DOORS OF THE STATION === #

    def receive_station_open(self):
        """Return what the receiving screen shows of this receipt."""
        self._check_may_receive()
        return self._get_station_data()

    def receive_station_scan(self, code, key, damaged=False):
        """Take a scanned carton or pack as arrived.

        :param str key: the station's id of the scan; the same key is one scan
        :param bool damaged: the scanned pack arrived damaged
        :return: ``{"result", "check", "reason", "message", "packs", "receipt"}``
        """
        self._check_may_receive()
        verb = "_take_damaged" if damaged else "_take_arrived"
        return self._in_scan(code, key, verb)

    def receive_station_undo(self, code, key):
        """Take back that a carton or pack arrived."""
        self._check_may_receive()
        return self._in_scan(code, key, "_take_back")

    def _check_may_receive(self):
        self.ensure_one()
        if not self.env.user.has_group("lottery_base.group_warehouse_keeper"):
            raise UserError(self.env._("Only warehouse keepers receive packs."))
        self.check_access("write")

    # === KERNEL === #

    def _in_scan(self, code, key, verb):
        key = clean_key(key)
        self.env.flush_all()
        with read_committed(self.env) as env:
            receipt_sudo = env["instant.receipt"].sudo().browse(self.id)  # the ledger
            receipt_sudo._lock()
            answer = key and find_scan(env.cr, key, receipt=self.id)
            if not answer:
                answer = receipt_sudo._judge(normalize(code), key, verb)
            answer["receipt"] = receipt_sudo._get_station_counts()
        self.env.invalidate_all()
        return answer

    def _judge(self, code, key, verb):
        return judge_scan(
            self.env.cr,
            lambda: self._take_scan(code, verb),
            self._get_receive_message,
            receipt=self.id,
            warehouse=self.warehouse_id.id,
            branch=self.branch_id.id or None,
            code=code,
            key=key or None,
            uid=self.env.uid,
        )

    def _take_scan(self, code, verb):
        if self.state != "receiving":
            raise ScanRefused("closed", order=self.name)
        label = parse_label(code)
        if not label or label.kind == "order":
            raise ScanRefused("bad_code", code=code)
        return getattr(self, verb)(label)

    def _get_receive_message(self, refusal):
        facts = refusal.facts
        if refusal.reason in ("unknown_pack", "unknown_carton", "unknown_game"):
            return self.env._(
                "%(label)s was not announced. Put it aside; it is noted as a difference.",
                label=facts.get("label") or facts.get("game"),
            )
        if refusal.reason == "other_receipt":
            return self.env._("%(label)s belongs to receipt %(receipt)s.", **facts)
        if refusal.reason == "carton_opened":
            return self.env._("Carton %(label)s was opened. Scan its packs.", **facts)
        return self.env["instant.order"]._get_scan_message(refusal)

    # === VERBS === #

    def _find(self, label):
        """Return the ledger's row of a label of this receipt; note what is extra."""
        query = FIND_CARTON if label.kind == "carton" else FIND_PACK
        self.env.cr.execute(query, {"game": label.game, "number": label.number})
        found = self.env.cr.dictfetchone() or {"game_id": None}
        if not found.get(f"{label.kind}_id"):
            self._note_difference("extra", label.text, game=found["game_id"])
            raise ScanRefused(f"unknown_{label.kind}", label=label.text)
        if found["receipt_id"] != self.id:
            self._note_difference(
                "extra",
                label.text,
                game=found["game_id"],
                carton=found["carton_id"],
                pack=found.get("pack_id"),
                note=found["receipt"],
            )
            raise ScanRefused(
                "other_receipt", label=label.text, receipt=found["receipt"] or ""
            )
        return found

    def _note_difference(
        self, kind, code, *, game=None, carton=None, pack=None, packs=0, note=None
    ):
        self.env.cr.execute(
            RECORD_DIFFERENCE,
            {
                "receipt": self.id,
                "branch": self.branch_id.id or None,
                "kind": kind,
                "game": game,
                "carton": carton,
                "pack": pack,
                "code": code,
                "packs": packs,
                "note": note,
                "uid": self.env.uid,
            },
        )

    def _take_arrived(self, label):
        found = self._find(label)
        if label.kind == "pack":
            return self._take_pack(label, found, "arrived")
        if found["state"] == "broken":
            raise ScanRefused("carton_opened", label=label.text)
        if found["state"] != "expected":
            raise ScanRefused("already_scanned", label=label.text)
        self._set_carton_state(found["carton_id"], "arrived")
        return self._answer_ok(label, found, found["pack_count"])

    def _take_damaged(self, label):
        found = self._find(label)
        if label.kind == "carton":
            raise ScanRefused("carton_opened", label=label.text)
        answer = self._take_pack(label, found, "damaged")
        self._note_difference(
            "damaged",
            label.text,
            game=found["game_id"],
            carton=found["carton_id"],
            pack=found["pack_id"],
            packs=1,
        )
        return answer

    def _take_pack(self, label, found, state):
        """A pack scanned alone: its carton was opened, its neighbours are not here yet.

        A damaged pack may come out of a carton that was taken whole before.
        """
        whole = found["carton_state"] == "arrived"
        expected = found["state"] in ("expected", "arrived")
        if not expected or (state == "arrived" and found["state"] == "arrived"):
            raise ScanRefused("already_scanned", label=label.text)
        if state == "arrived" and whole:
            raise ScanRefused("already_scanned", label=label.text)
        if whole:
            self._open_arrived_carton(found["carton_id"])
        elif found["carton_state"] == "expected":
            self._set_carton_state(found["carton_id"], "broken")
        self.env["instant.pack"].browse(found["pack_id"])._move_to(
            state, reason=self.name
        )
        return self._answer_ok(label, found, 1)

    def _open_arrived_carton(self, carton_id):
        """A carton taken whole turns out opened: its packs have arrived one by one."""
        packs = self.env["instant.pack"].search(
            [("carton_id", "=", carton_id), ("state", "=", "expected")]
        )
        packs._move_to("arrived", reason=self.name)
        self._set_carton_state(carton_id, "broken")

    def _take_back(self, label):
        found = self._find(label)
        if label.kind == "carton" and found["state"] == "arrived":
            self._set_carton_state(found["carton_id"], "expected")
            packs = found["pack_count"]
        elif label.kind == "pack" and found["state"] == "arrived":
            self.env["instant.pack"].browse(found["pack_id"])._move_to(
                "expected", reason=self.name
            )
            packs = 1
        else:
            raise ScanRefused("nothing_to_undo")
        return {**self._answer_ok(label, found, -packs), "result": "undone"}

    def _set_carton_state(self, carton_id, state):
        self.env.cr.execute(
            "UPDATE instant_carton SET state = %s WHERE id = %s", [state, carton_id]
        )
        self.env["instant.carton"].invalidate_model()

    @staticmethod
    def _answer_ok(label, found, packs):
        return {
            "result": "ok",
            "check": 0,
            "reason": False,
            "message": label.text,
            "packs": packs,
            "pack": found.get("pack_id"),
            "carton": found["carton_id"],
        }

    # === SCREEN === #

    def _get_station_counts(self):
        """Count by cartons: cheap enough for every scan of 100,000 packs."""
        self.env.cr.execute(
            """
            SELECT count(*),
                   count(*) FILTER (WHERE state NOT IN ('expected', 'missing')),
                   COALESCE(sum(pack_count), 0),
                   (SELECT count(*) FROM instant_receipt_difference
                     WHERE receipt_id = %(id)s)
              FROM instant_carton WHERE receipt_id = %(id)s
            """,
            {"id": self.id},
        )
        cartons, arrived, packs, differences = self.env.cr.fetchone()
        return {
            "id": self.id,
            "state": self.state,
            "cartons": cartons,
            "cartons_arrived": arrived,
            "packs": packs,
            "differences": differences,
        }

    def _get_station_data(self):
        missing = self.carton_ids.filtered(lambda c: c.state == "expected")[:20]
        return {
            **self._get_station_counts(),
            "name": self.name,
            "reference": self.reference or "",
            "warehouse": self.warehouse_id.display_name,
            "missing": [
                {"code": c.code, "game": c.game_id.name, "packs": c.pack_count}
                for c in missing
            ],
        }
