"""What a scan means at every station: one key, one answer, one record."""

from ..const import SCAN_CHECKS
from ..engine.pack_code import normalize

SHOWN = ("result", "check", "reason", "message", "packs")
LINKS = ("order", "receipt", "pack", "carton", "undoes")

SCANNED_BEFORE = """
    SELECT result, check_number, reason, message, packs FROM instant_scan
     WHERE COALESCE(order_id, 0) = %(order)s AND COALESCE(receipt_id, 0) = %(receipt)s
       AND key = %(key)s
"""

RECORD_SCAN = """
    INSERT INTO instant_scan
           (code, result, check_number, reason, message, packs, order_id, receipt_id,
            warehouse_id, branch_id, pack_id, carton_id, undoes_id, key, user_id, date)
    VALUES (%(code)s, %(result)s, %(check)s, %(reason)s, %(message)s, %(packs)s,
            %(order)s, %(receipt)s, %(warehouse)s, %(branch)s, %(pack)s, %(carton)s,
            %(undoes)s, %(key)s, %(uid)s, now() AT TIME ZONE 'UTC')
"""


def clean_key(key):
    """Return a station's key of a scan as text, whatever was sent; None for none."""
    return normalize(key) or None if key else None


class ScanRefused(Exception):
    """A scan that fails a check; nothing was changed.

    :param reason: one of ``SCAN_CHECKS``
    :param facts: fill the message's placeholders
    """

    def __init__(self, reason, **facts):
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


def find_scan(cr, key, *, order=0, receipt=0):
    """Return the answer given to the same scan before, or None."""
    cr.execute(SCANNED_BEFORE, {"order": order, "receipt": receipt, "key": key})
    row = cr.dictfetchone()
    return row and {
        "result": row["result"],
        "check": row["check_number"] or 0,
        "reason": row["reason"] or False,
        "message": row["message"] or "",
        "packs": row["packs"] or 0,
    }


def judge_scan(cr, take, explain, **scan):
    """Take a scan; record and answer what came of it.

    :param take: callable that returns the answer with its links, or raises
        :class:`ScanRefused`
    :param explain: callable ``refusal -> message``
    :param scan: ``code key uid warehouse branch`` and what it is about: ``order`` or
        ``receipt``
    :return: ``{"result", "check", "reason", "message", "packs"}``
    """
    try:
        answer = take()
    except ScanRefused as refusal:
        answer = {
            "result": "refused",
            "check": SCAN_CHECKS[refusal.reason],
            "reason": refusal.reason,
            "message": explain(refusal),
            "packs": 0,
        }
    cr.execute(
        RECORD_SCAN,
        {
            **dict.fromkeys(LINKS),
            **answer,
            **scan,
            "reason": answer["reason"] or None,
        },
    )
    return {name: answer[name] for name in SHOWN}
