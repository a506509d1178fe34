import json
import os
import pathlib
from datetime import UTC, datetime

from odoo import api, models

# Defaults of the system parameters `lottery_base.<name>`: hours.
LIMITS = {"backup_max_hours": 26, "rehearsal_max_hours": 8 * 24}
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
        faults = [
            f"last {name} {'never' if age is None else f'{age:.0f} h ago'}"
            for name, age in ages.items()
            if age is None or age > self._limit_of(name)
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

    @api.model
    def _limit_of(self, name):
        """Hours, by the system parameter `lottery_base.<name>_max_hours`."""
        key = f"{name}_max_hours"
        # sudo: health is asked by nobody in particular
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        try:
            return float(
                parameters_sudo.get_param(f"lottery_base.{key}") or LIMITS[key]
            )
        except ValueError:
            return LIMITS[key]
