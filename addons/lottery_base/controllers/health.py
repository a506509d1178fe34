import json
import logging

import psycopg2

from odoo import http
from odoo.api import SUPERUSER_ID, Environment
from odoo.exceptions import UserError
from odoo.http import request
from odoo.modules.registry import Registry
from odoo.tools import config

_logger = logging.getLogger(__name__)


class HealthController(http.Controller):
    @http.route(
        "/lottery/health",
        type="http",
        auth="none",
        methods=["GET"],
        readonly=True,
        save_session=False,
    )
    def health(self):
        """Answer 200 when every check passes, else 503."""
        checks = self._run_checks()
        healthy = all(check["ok"] for check in checks.values())
        return request.make_response(
            json.dumps({"status": "ok" if healthy else "fail", "checks": checks}),
            headers=[
                ("Content-Type", "application/json"),
                ("Cache-Control", "no-store"),
            ],
            status=200 if healthy else 503,
        )

    def _run_checks(self):
        """Check on a cursor of its own: the request has none when PostgreSQL is away.

        Odoo serves such a request without a database, and then knows the routes of
        server-wide addons only: production loads this one so.
        """
        try:
            name = request.db or config["db_name"][0]
            with Registry(name).cursor(readonly=True) as cr:
                env = Environment(cr, SUPERUSER_ID, {})
                return env["lottery.health"]._health_checks()
        except (psycopg2.Error, IndexError, KeyError, UserError):
            _logger.exception("Health checks failed")
            return {"database": {"ok": False, "detail": "does not answer"}}
