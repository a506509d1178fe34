import json
import os
import pathlib
from datetime import UTC, datetime

from odoo import api, models

HOUR = 3600


class LotteryHealth(models.AbstractModel):
    _inherit = "lottery.health"

    @api.model
    def _health_checks(self):
        checks = super()._health_checks()
        if path := os.environ.get("LOTTERY_BACKUP_STATUS"):
            checks["backup"] = self._check_backup(pathlib.Path(path))
        return checks

    @api.model
    def _check_backup(self, path):
        """Fail when the last good backup or rehearsal is too long ago (PF-OPS-02).

        `tools/backup` writes the file after each: ISO times by name, `since` for the
        first. A backup nobody has restored counts for nothing: a rehearsal that never
        came fails too, when it should have come by now.
        """
        try:
            status = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {"ok": False, "detail": "no backup yet"}
        except (OSError, ValueError):
            return {"ok": False, "detail": "the status of backups is unreadable"}
        status.setdefault("rehearsal", status.get("since"))
        ages = {
            name: self._hours_since(status.get(name))
            for name in ("backup", "rehearsal")
        }
        parameters = self.env["lottery.parameter"]
        faults = [
            f"last {name} {'never' if age is None else f'{age:.0f} h ago'}"
            for name, age in ages.items()
            if age is None or age > parameters._get(f"operations.{name}_hours")
        ]
        figures = {
            f"{name}_hours": round(age, 1)
            for name, age in ages.items()
            if age is not None
        }
        return {"ok": not faults, "detail": "; ".join(faults) or "recent", **figures}

    @api.model
    def _hours_since(self, text):
        try:
            return (
                datetime.now(UTC) - datetime.fromisoformat(text)
            ).total_seconds() / HOUR
        except (TypeError, ValueError):
            return None
