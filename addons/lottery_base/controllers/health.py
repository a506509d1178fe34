import contextlib
import hmac
import ipaddress
import json
import logging
import os

import psycopg2

from odoo import http
from odoo.api import SUPERUSER_ID, Environment
from odoo.exceptions import UserError
from odoo.http import request
from odoo.modules.registry import Registry
from odoo.tools import config

from ..tools.metrics import gauge, render, workers

_logger = logging.getLogger(__name__)
NO_DATABASE = {"database": {"ok": False, "detail": "does not answer"}}


def watch_route(path):
    """A question of a machine: without user or session, about the primary.

    A replica knows nothing of the locks of job runners.
    """
    return http.route(
        path,
        type="http",
        auth="none",
        methods=["GET"],
        readonly=False,
        save_session=False,
    )


class HealthController(http.Controller):
    """Three questions of machines (PF-OPS-03): is all well, may this node get requests,
    what are the figures.

    Odoo serves a request without a database when PostgreSQL is away, and then knows the
    routes of server-wide addons only: production loads this one so. Checks therefore use
    a cursor of their own.
    """

    @watch_route("/lottery/health")
    def health(self):
        """Answer 200 when every check passes, else 503: for who repairs."""
        return self._answer_checks("_health_checks")

    @watch_route("/lottery/ready")
    def ready(self):
        """Answer 200 when this node can take requests, else 503: for the balancer."""
        return self._answer_checks("_ready_checks")

    @watch_route("/lottery/metrics")
    def metrics(self):
        """Figures as Prometheus reads them, for who holds the token."""
        if not self._may_read_metrics():
            return request.make_response("", status=404)
        try:
            with self._environment() as env:
                families = env["lottery.metrics"]._get_metrics()
            up = 1
        except (psycopg2.Error, IndexError, KeyError, UserError):
            _logger.exception("Metrics failed")
            families, up = [], 0
        families += [
            gauge("lottery_database_up", "Whether it answers.", [(up,)]),
            *(workers() if config["workers"] else ()),
        ]
        return request.make_response(
            render(families),
            headers=[
                ("Content-Type", "text/plain; version=0.0.4; charset=utf-8"),
                ("Cache-Control", "no-store"),
            ],
        )

    def _may_read_metrics(self):
        """With `LOTTERY_METRICS_TOKEN` by that token, without it from this machine only.

        The proxy does not let the address through; nodes are asked one by one.
        """
        token = os.environ.get("LOTTERY_METRICS_TOKEN")
        if not token:
            address = ipaddress.ip_address(request.httprequest.remote_addr)
            return address.is_loopback
        sent = request.httprequest.headers.get("Authorization", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {token}".encode())

    def _answer_checks(self, method):
        try:
            with self._environment() as env:
                checks = getattr(env["lottery.health"], method)()
        except (psycopg2.Error, IndexError, KeyError, UserError):
            _logger.exception("Checks failed")
            checks = NO_DATABASE
        healthy = all(check["ok"] for check in checks.values())
        return request.make_response(
            json.dumps({"status": "ok" if healthy else "fail", "checks": checks}),
            headers=[
                ("Content-Type", "application/json"),
                ("Cache-Control", "no-store"),
            ],
            status=200 if healthy else 503,
        )

    @contextlib.contextmanager
    def _environment(self):
        name = request.db or config["db_name"][0]
        with Registry(name).cursor() as cr:
            yield Environment(cr, SUPERUSER_ID, {})
