from odoo import models

from odoo.addons.lottery_base.tools.transaction import read_committed

from ...engine.pack_code import normalize, parse_label
from ..instant_scan_frame import ScanRefused, clean_key, find_scan, judge_scan

# The order's row is the lock of its scans; everything else is read after it.
LOCK_ORDER = """
    SELECT o.id, o.name, o.state, o.confirming, o.holding, o.warehouse_id, o.branch_id,
           o.outlet_id, t.state AS outlet_state
      FROM instant_order o JOIN lottery_outlet t ON t.id = o.outlet_id
     WHERE o.id = %s
       FOR UPDATE OF o
"""

FIND_PACK = """
    SELECT g.id AS game_id, g.state AS game_state, g.active AS game_active,
           p.id AS pack_id, p.state, p.warehouse_id, p.order_id, o.name AS order_name,
           p.picking_id, p.carton_id,
           l.id AS line_id, l.quantity, l.scanned
      FROM instant_game g
      LEFT JOIN instant_pack p ON p.game_id = g.id AND p.serial = %(number)s
      LEFT JOIN instant_order o ON o.id = p.order_id
      LEFT JOIN instant_order_line l ON l.game_id = g.id AND l.order_id = %(order)s
     WHERE g.code = %(game)s
"""

FIND_CARTON = """
    SELECT g.id AS game_id, g.state AS game_state, g.active AS game_active,
           c.id AS carton_id, c.state, c.warehouse_id, c.pack_count,
           l.id AS line_id, l.quantity, l.scanned, p.packs, p.free, p.mine, p.others,
           p.blocked
      FROM instant_game g
      LEFT JOIN instant_carton c ON c.game_id = g.id AND c.number = %(number)s
      LEFT JOIN instant_order_line l ON l.game_id = g.id AND l.order_id = %(order)s
      LEFT JOIN LATERAL (
           SELECT count(*) AS packs,
                  count(*) FILTER (
                      WHERE p.state = 'available'
                         OR p.state = 'locked' AND p.order_id = %(order)s) AS free,
                  count(*) FILTER (
                      WHERE p.state = 'picked' AND p.order_id = %(order)s) AS mine,
                  count(*) FILTER (
                      WHERE p.state IN ('picked', 'locked')
                        AND p.order_id IS DISTINCT FROM %(order)s) AS others,
                  count(*) FILTER (WHERE p.state = ANY(%(blocked)s)) AS blocked
             FROM instant_pack p WHERE p.carton_id = c.id) p ON TRUE
     WHERE g.code = %(game)s
"""

# One statement takes the packs, counts them and writes history. The conditions are
# judged again on the locked rows: fewer packs than wanted means somebody was faster.
TAKE_PACKS = """
    WITH chosen AS (
        SELECT id, state FROM instant_pack
         WHERE {which}
           AND warehouse_id = %(warehouse)s
           AND (state = 'available' OR state = 'locked' AND order_id = %(order)s)
         ORDER BY id FOR UPDATE
    ), taken AS (
        UPDATE instant_pack p
           SET state = 'picked', order_id = %(order)s, order_line_id = %(line)s
          FROM chosen c
         WHERE c.id = p.id AND (SELECT count(*) FROM chosen) = %(packs)s
     RETURNING p.id, c.state AS from_state, p.branch_id, p.warehouse_id, p.location_id
    ), event AS (
        INSERT INTO instant_pack_event
               (pack_id, branch_id, warehouse_id, location_id, outlet_id, order_id,
                from_state, to_state, date, user_id)
        SELECT id, branch_id, warehouse_id, location_id, %(outlet)s, %(order)s,
               from_state, 'picked', now() AT TIME ZONE 'UTC', %(uid)s
          FROM taken
    ), line AS (
        UPDATE instant_order_line SET scanned = scanned + %(packs)s
         WHERE id = %(line)s AND EXISTS (SELECT FROM taken)
    ), opened AS (
        UPDATE instant_carton SET state = 'broken'
         WHERE id = %(opens)s AND state = 'in_stock' AND EXISTS (SELECT FROM taken)
    )
    SELECT count(*) FROM taken
"""

FREE_PACKS = """
    WITH chosen AS (
        SELECT id, order_line_id FROM instant_pack
         WHERE {which} AND state = 'picked' AND order_id = %(order)s
         ORDER BY id FOR UPDATE
    ), freed AS (
        UPDATE instant_pack p
           SET state = 'available', order_id = NULL, order_line_id = NULL
          FROM chosen c WHERE c.id = p.id
     RETURNING p.id, p.branch_id, p.warehouse_id, p.location_id, c.order_line_id
    ), event AS (
        INSERT INTO instant_pack_event
               (pack_id, branch_id, warehouse_id, location_id, outlet_id, order_id,
                from_state, to_state, date, user_id)
        SELECT id, branch_id, warehouse_id, location_id, %(outlet)s, %(order)s,
               'picked', 'available', now() AT TIME ZONE 'UTC', %(uid)s
          FROM freed
    ), line AS (
        UPDATE instant_order_line l SET scanned = l.scanned - f.packs
          FROM (SELECT order_line_id, count(*) AS packs FROM freed GROUP BY 1) f
         WHERE l.id = f.order_line_id
    )
    SELECT count(*) FROM freed
"""

LAST_SCAN = """
    SELECT s.id, s.pack_id, s.carton_id, s.code FROM instant_scan s
     WHERE s.order_id = %(order)s AND s.result = 'ok'
       AND (%(code)s IS NULL OR s.code = %(code)s)
       AND NOT EXISTS (SELECT FROM instant_scan u WHERE u.undoes_id = s.id)
       AND EXISTS (SELECT FROM instant_pack p
                    WHERE p.order_id = %(order)s AND p.state = 'picked'
                      AND (p.id = s.pack_id OR p.carton_id = s.carton_id
                           AND s.pack_id IS NULL))
     ORDER BY s.id DESC LIMIT 1
"""

GAME_STATES_SOLD = ("on_sale", "exiting")


class InstantOrder(models.Model):
    """Scanning packs out: the twelve checks (anchors/ordering.md), one short
    transaction a scan, about five statements, no ORM write but for a new state."""

    _inherit = "instant.order"

    def _scan(self, code, key=None):
        """Take the pack or carton of a scanned label into this order.

        The caller has checked that its user may pick this order.

        :param str key: the station's own id of the scan; the same key is one scan
        :return: ``{"result": "ok|refused", "check": n, "reason", "message", "packs",
            "order": progress}``; ``check`` is the number of the check that refused
        """
        self.ensure_one()
        return self._in_scan(code, key, "_take")

    def _unscan(self, code=None, key=None):
        """Put back the packs of a label, or of the last scan.

        :return: as ``_scan`` with result ``undone``
        """
        self.ensure_one()
        return self._in_scan(code, key, "_put_back")

    def _in_scan(self, code, key, verb):
        key = clean_key(key)
        self.env.flush_all()
        with read_committed(self.env) as env:
            order_sudo = env["instant.order"].sudo().browse(self.id)  # kernel: ledger
            facts = order_sudo._lock_for_scan()
            answer = key and find_scan(env.cr, key, order=self.id)
            if not answer:
                answer = order_sudo._judge(facts, normalize(code), key, verb)
            order_sudo.invalidate_recordset()
            env["instant.order.line"].invalidate_model(["scanned"])
            answer["order"] = order_sudo._get_scan_progress()
        self.env["instant.pack"].invalidate_model()
        self.env["instant.order.line"].invalidate_model(["scanned"])
        self.invalidate_recordset()
        return answer

    def _lock_for_scan(self):
        self.env.cr.execute(LOCK_ORDER, [self.id])
        return self.env.cr.dictfetchone()

    def _judge(self, facts, code, key, verb):
        """Run a verb; record and answer what came of it."""
        return judge_scan(
            self.env.cr,
            lambda: getattr(self, verb)(facts, code or None),
            self._get_scan_message,
            order=self.id,
            warehouse=facts["warehouse_id"],
            branch=facts["branch_id"],
            code=code,
            key=key or None,
            uid=self.env.uid,
        )

    # === TAKING === #

    def _take(self, facts, code):
        self._check_order_open(facts)
        label = parse_label(code)
        if not label or label.kind == "order":
            raise ScanRefused("bad_code", code=code or "")
        find = self._find_carton if label.kind == "carton" else self._find_pack
        # a second look settles a race for the same pack: its winner is visible then
        for _look in range(2):
            found = find(facts, label)
            if self._take_packs(facts, found):
                break
        else:
            raise ScanRefused("other_order", label=label.text, order="?")
        if facts["state"] == "locked":
            self.invalidate_recordset()
            self._start_picking()
        return {
            "result": "ok",
            "check": 0,
            "reason": False,
            "message": label.text,
            "packs": found["packs"],
            "pack": found.get("pack_id"),
            "carton": None if found.get("pack_id") else found["carton_id"],
        }

    def _check_order_open(self, facts):
        """Check 10: the outlet is active and ILMS has deducted."""
        if facts["state"] not in ("locked", "picking") or not facts["holding"]:
            raise ScanRefused("not_deducted", order=facts["name"], state=facts["state"])
        if facts["confirming"]:
            raise ScanRefused("closed", order=facts["name"])
        if facts["outlet_state"] != "active":
            raise ScanRefused("outlet_inactive")

    def _find_pack(self, facts, label):
        """Checks 1 to 9 on one pack."""
        found = self._fetch_label(FIND_PACK, label)
        name = {"label": label.text}
        if not found["pack_id"]:
            raise ScanRefused("unknown_pack", **name)
        self._check_pack_state(found["state"], label)
        self._check_game(found, label)
        if found["state"] in ("picked", "locked"):
            if found["order_id"] != self.id:
                raise ScanRefused(
                    "other_order", order=found["order_name"] or "", **name
                )
            if found["state"] == "picked":
                raise ScanRefused("already_scanned", **name)
        elif found["state"] != "available":
            raise ScanRefused("not_in_stock", state=found["state"], **name)
        if found["warehouse_id"] != facts["warehouse_id"]:
            raise ScanRefused("other_warehouse", **name)
        self._check_line(found, 1, label)
        return {**found, "packs": 1, "opens": found["carton_id"]}

    def _find_carton(self, facts, label):
        """Check 11: the carton is unbroken, all its packs are free and wanted."""
        blocked = [
            state
            for state, check in self.env["instant.pack.state"]
            ._get_scan_checks()
            .items()
            if check in (3, 4, 9)
        ]
        found = self._fetch_label(FIND_CARTON, label, blocked=blocked)
        name = {"label": label.text}
        if not found["carton_id"]:
            raise ScanRefused("unknown_carton", **name)
        self._check_game(found, label)
        if found["mine"] and found["mine"] == found["packs"]:
            raise ScanRefused("already_scanned", **name)
        if found["state"] == "broken":
            raise ScanRefused("carton_opened", **name)
        if found["state"] != "in_stock":
            raise ScanRefused("not_in_stock", state=found["state"], **name)
        if found["warehouse_id"] != facts["warehouse_id"]:
            raise ScanRefused("other_warehouse", **name)
        if found["free"] != found["packs"] or found["packs"] != found["pack_count"]:
            raise ScanRefused("carton_not_free", **name)
        try:
            self._check_line(found, found["packs"], label)
        except ScanRefused as refusal:
            if refusal.reason == "line_full" and found["scanned"] < found["quantity"]:
                raise ScanRefused(
                    "carton_too_big",
                    packs=found["packs"],
                    left=found["quantity"] - found["scanned"],
                    **name,
                ) from refusal
            raise
        return {**found, "opens": None}

    def _fetch_label(self, query, label, **more):
        """Check 1: the label names a game of ours."""
        self.env.cr.execute(
            query,
            {"game": label.game, "number": label.number, "order": self.id, **more},
        )
        found = self.env.cr.dictfetchone()
        if not found:
            raise ScanRefused("unknown_game", game=label.game)
        return found

    def _check_pack_state(self, state, label):
        """Checks 3, 4 and 9: which states refuse a pack, and why, is data."""
        check = self.env["instant.pack.state"]._get_scan_checks().get(state, 0)
        reason = {3: "duplicate_serial", 4: "recalled", 9: "blocked"}.get(check)
        if reason:
            raise ScanRefused(reason, label=label.text, state=state)

    def _check_game(self, found, label):
        """Check 4: the game is on sale."""
        if not found["game_active"] or found["game_state"] not in GAME_STATES_SOLD:
            raise ScanRefused("game_not_active", game=label.game)

    def _check_line(self, found, packs, label):
        """Check 7: the game is on the order and its line has room."""
        if not found["line_id"]:
            raise ScanRefused("not_on_order", label=label.text)
        if found["scanned"] + packs > found["quantity"]:
            raise ScanRefused("line_full", label=label.text, wanted=found["quantity"])

    def _take_packs(self, facts, found):
        """Take the packs found; False when somebody was faster."""
        which = "id = %(id)s" if found.get("pack_id") else "carton_id = %(id)s"
        self.env.cr.execute(
            TAKE_PACKS.format(which=which),  # one of two constants
            {
                "id": found.get("pack_id") or found["carton_id"],
                "packs": found["packs"],
                "line": found["line_id"],
                "opens": found["opens"],
                "order": self.id,
                "outlet": facts["outlet_id"],
                "warehouse": facts["warehouse_id"],
                "uid": self.env.uid,
            },
        )
        return self.env.cr.fetchone()[0] == found["packs"]

    # === PUTTING BACK === #

    def _put_back(self, facts, code):
        if facts["state"] != "picking" or facts["confirming"]:
            raise ScanRefused("closed", order=facts["name"])
        scan, which, record_id = self._find_undoable(code)
        self.env.cr.execute(
            FREE_PACKS.format(which=which),  # one of two constants
            {
                "id": record_id,
                "order": self.id,
                "outlet": facts["outlet_id"],
                "uid": self.env.uid,
            },
        )
        (packs,) = self.env.cr.fetchone()
        if not packs:
            raise ScanRefused("nothing_to_undo")
        self.env.cr.execute(
            "SELECT sum(scanned) FROM instant_order_line WHERE order_id = %s", [self.id]
        )
        if self.env.cr.fetchone()[0] == 0:
            self.invalidate_recordset()
            self._update_state("locked", note=self.env._("All scans undone"))
        by_carton = which.startswith("carton_id")
        return {
            "result": "undone",
            "check": 0,
            "reason": False,
            "message": scan["code"],
            "packs": -packs,
            "pack": None if by_carton else record_id,
            "carton": record_id if by_carton else None,
            "undoes": scan["id"],
        }

    def _find_undoable(self, code):
        """Return the scan to undo and which packs that means.

        A pack that came with its carton can be put back alone.
        """
        self.env.cr.execute(LAST_SCAN, {"order": self.id, "code": code})
        scan = self.env.cr.dictfetchone()
        if scan and scan["pack_id"]:
            return scan, "id = %(id)s", scan["pack_id"]
        if scan:
            return scan, "carton_id = %(id)s", scan["carton_id"]
        label = parse_label(code) if code else None
        if label and label.kind == "pack":
            found = self._fetch_label(FIND_PACK, label)
            if found["pack_id"]:
                return {"id": None, "code": code}, "id = %(id)s", found["pack_id"]
        raise ScanRefused("nothing_to_undo")

    # === SCREEN === #

    def _get_scan_progress(self):
        """Return what the station shows after each scan."""
        self.env.cr.execute(
            """
            SELECT o.state, o.confirming, json_agg(
                       json_build_object('id', l.id, 'scanned', l.scanned,
                                         'wanted', l.quantity) ORDER BY l.id),
                   sum(l.scanned), sum(l.quantity)
              FROM instant_order o JOIN instant_order_line l ON l.order_id = o.id
             WHERE o.id = %s GROUP BY o.id
            """,
            [self.id],
        )
        state, confirming, lines, scanned, wanted = self.env.cr.fetchone()
        return {
            "id": self.id,
            "state": state,
            "confirming": confirming,
            "lines": lines,
            "scanned": scanned,
            "wanted": wanted,
        }
