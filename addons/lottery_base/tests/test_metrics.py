import doctest
import os
import re
from unittest.mock import MagicMock, patch

from psycopg2 import OperationalError

from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tools import config, mute_logger

from odoo.addons.lottery_base import application
from odoo.addons.lottery_base.models import lottery_metrics
from odoo.addons.lottery_base.tools import metrics

SAMPLE = re.compile(r"^(\w+)(?:\{([^}]*)\})? (\S+)$", re.MULTILINE)
TOKEN = "a-token-of-the-test"


def samples(text):
    """Return ``{(name, labels): value}`` of Prometheus text."""
    return {
        (name, labels or ""): float(value)
        for name, labels, value in SAMPLE.findall(text)
    }


@tagged("post_install", "-at_install")
class TestMetrics(HttpCase):
    """PF-OPS-03: readiness and figures, over HTTP."""

    def setUp(self):
        super().setUp()
        self.enterContext(patch.dict(os.environ))
        os.environ.pop("LOTTERY_METRICS_TOKEN", None)

    def _get(self, **headers):
        return self.url_open("/lottery/metrics", headers=headers)

    def _samples(self):
        response = self._get()
        self.assertEqual(response.status_code, 200)
        return samples(response.text)

    def test_requests_are_counted_by_class_and_timed(self):
        name = "lottery_http_requests_total", 'route="login",method="GET",status="404"'
        labels = 'method="GET",route="login",status="404"'
        before = self._samples()
        for number in range(3):
            self.url_open(f"/owner/login/not-there-{number}")
        after = self._samples()
        key = next(
            key for key in after if key[0] == name[0] and key[1] in (name[1], labels)
        )
        self.assertEqual(after[key] - before.get(key, 0), 3)
        count = ("lottery_http_request_seconds_count", 'route="login"')
        self.assertEqual(after[count] - before.get(count, 0), 3)
        self.assertFalse(
            [key for key in after if "not-there" in key[1]], "addresses are no labels"
        )

    def test_jobs_and_checks(self):
        self.env["res.partner"].with_delay().create({})
        figures = self._samples()
        pending = figures["lottery_jobs", 'state="pending"']
        self.assertEqual(
            pending, self.env["queue.job"].search_count([("state", "=", "pending")])
        )
        self.assertGreaterEqual(pending, 1)
        self.assertEqual(figures["lottery_check_ok", 'check="database"'], 1)
        self.assertEqual(figures["lottery_database_up", ""], 1)

    def test_a_failing_check_is_an_alert(self):
        with patch.object(
            type(self.env["lottery.health"]),
            "_check_jobs",
            lambda health: {"ok": False, "detail": "x"},
        ):
            self.assertEqual(self._samples()["lottery_check_ok", 'check="jobs"'], 0)

    def test_no_personal_data(self):
        user = self.env.ref("base.user_admin")
        user.name = "Invented Person"
        text = self._get().text
        for word in (user.name, user.login, "@", "127.0.0.1"):
            self.assertNotIn(f'"{word}', text)

    def test_classes_and_lost_connections_as_described(self):
        for module in (metrics, application):
            self.assertEqual(doctest.testmod(module).failed, 0)
            self.assertTrue(doctest.testmod(module).attempted)

    def test_token(self):
        with patch.dict(os.environ, LOTTERY_METRICS_TOKEN=TOKEN):
            self.assertEqual(self._get().status_code, 404)
            wrong = self._get(Authorization="Bearer another")
            self.assertEqual(wrong.status_code, 404)
            self.assertFalse(wrong.text)
            right = self._get(Authorization=f"Bearer {TOKEN}")
            self.assertIn("lottery_jobs", right.text)

    def test_without_token_from_this_machine_only(self):
        with patch.dict(config.options, proxy_mode=True):
            forwarded = self._get(
                **{"X-Forwarded-Host": "h", "X-Forwarded-For": "203.0.113.9"}
            )
        self.assertEqual(forwarded.status_code, 404)

    def test_database_down(self):
        """Requests are told on, and that the database is away."""
        with (
            mute_logger("odoo.addons.lottery_base.controllers.health"),
            patch.object(
                type(self.env["lottery.metrics"]),
                "_get_metrics",
                side_effect=OperationalError("gone"),
            ),
        ):
            figures = self._samples()
        self.assertEqual(figures["lottery_database_up", ""], 0)
        self.assertIn(("lottery_http_request_seconds_count", 'route="watch"'), figures)

    def test_workers_are_counted_by_kind(self):
        titles = [
            "odoo: WorkerHTTP 1",
            "odoo: WorkerHTTP 2",
            "python odoo gevent",
            "sh",
        ]
        children = [
            type(
                "Child",
                (),
                {
                    "cmdline": lambda self, title=title: [title],
                    "memory_info": lambda self: type("M", (), {"rss": 10}),
                },
            )()
            for title in titles
        ]
        with patch.object(metrics.psutil, "Process") as process:
            process.return_value.children.return_value = children
            count, memory = metrics.workers()
        self.assertEqual(
            {sample.labels["kind"]: sample.value for sample in count.samples},
            {"http": 2, "cron": 0, "job_runner": 0, "websocket": 1},
        )
        self.assertEqual(memory.samples[0].value, 30)

    def test_sessions_in_postgresql(self):
        store = MagicMock()
        cursor = store.return_value.cursor.return_value.__enter__.return_value
        cursor.fetchone.return_value = (7,)
        with (
            patch.dict(os.environ, SESSION_DB_URI="postgres://u@h/sessions"),
            patch.object(lottery_metrics, "db_connect", store),
        ):
            self.assertEqual(self._samples()["lottery_sessions", ""], 7)
        self.assertEqual(store.call_args.args, ("postgres://u@h/sessions",))


@tagged("post_install", "-at_install")
class TestReady(HttpCase):
    """PF-OPS-03, PF-OPS-02: what the balancer asks, and what it is told in an outage."""

    def test_ready(self):
        response = self.url_open("/lottery/ready")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(set(response.json()["checks"]), {"database", "sessions"})

    def test_late_jobs_do_not_matter(self):
        with patch.object(
            type(self.env["lottery.health"]),
            "_check_jobs",
            lambda health: {"ok": False},
        ):
            self.assertEqual(self.url_open("/lottery/ready").status_code, 200)
            self.assertEqual(self.url_open("/lottery/health").status_code, 503)

    def test_lost_sessions(self):
        with patch.object(
            type(self.env["lottery.health"]),
            "_check_sessions",
            lambda health: {"ok": False, "detail": "do not answer"},
        ):
            self.assertEqual(self.url_open("/lottery/ready").status_code, 503)

    def test_lost_database_is_503_for_visitors(self):
        """Odoo alone says 404, which proxies and search engines keep."""
        with (
            patch.object(
                http.Request, "_serve_db", side_effect=http.RegistryError("away")
            ),
            patch.dict(config.options, db_name=[self.env.cr.dbname]),
            mute_logger("odoo.http"),
        ):
            response = self.url_open("/owner/login")
            health = self.url_open("/web/health")
        self.assertEqual(response.status_code, 503)
        self.assertEqual(response.headers["Retry-After"], "5")
        self.assertEqual(health.status_code, 200)

    def test_lost_sessions_are_503_for_who_has_one(self):
        with (
            patch.object(
                http.Request,
                "_get_session_and_dbname",
                side_effect=OperationalError("server closed the connection"),
            ),
            mute_logger("odoo.http"),
        ):
            self.assertEqual(self.url_open("/web/login").status_code, 503)

    def test_connection_lost_during_a_call_is_503_not_200(self):
        """A client that is told 200 does not know that it may send again."""
        self.authenticate("admin", "admin")
        call = {
            "params": {
                "model": "res.users",
                "method": "read",
                "args": [[2]],
                "kwargs": {},
            }
        }

        def read(users, *_arguments, **_options):
            raise OperationalError("server closed the connection")

        with (
            patch.object(type(self.env["res.users"]), "read", read),
            mute_logger("odoo.http"),
        ):
            response = self.url_open("/web/dataset/call_kw/res.users/read", json=call)
        self.assertEqual(response.status_code, 503)
