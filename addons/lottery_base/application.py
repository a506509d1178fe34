"""What the suite changes in Odoo's WSGI application, below routes and models.

Loaded once per process, because `lottery_base` is server-wide (PF-OPS-02, PF-OPS-03):

- every request is counted and timed, those without a database too;
- while the database is away the answer is 503, which proxies and search engines treat as
  passing. Odoo itself answers 404 to a visitor, 500 to who has a session, and ends the
  sessions of those it could not serve.
"""

import psycopg2
from werkzeug.exceptions import ServiceUnavailable

from odoo import http
from odoo.tools import config

from .tools import metrics

RETRY_AFTER = 5  # seconds
# Routes that say themselves what is wrong.
FRANK_ROUTES = ("/lottery/health", "/lottery/ready", "/lottery/metrics", "/web/health")
# As such, not their children; the last is what libpq's own words for a broken line become.
LOST = (psycopg2.OperationalError, psycopg2.InterfaceError, psycopg2.DatabaseError)
# The words of a server that is a replica now: it has no state of its own for them.
IN_RECOVERY = "during recovery"
LOST_BY_STATE = (
    psycopg2.errors.AdminShutdown,
    psycopg2.errors.CrashShutdown,
    psycopg2.errors.CannotConnectNow,
    psycopg2.errors.ReadOnlySqlTransaction,
)


def unavailable():
    """Return the exception that is the answer while the database is away."""
    return ServiceUnavailable(
        "The service is being restored, please try again.", retry_after=RETRY_AFTER
    )


def is_lost_connection(error):
    """Whether PostgreSQL went away, or stopped being the primary.

    >>> is_lost_connection(psycopg2.OperationalError("server closed the connection"))
    True
    >>> is_lost_connection(psycopg2.errors.AdminShutdown())
    True
    >>> is_lost_connection(psycopg2.errors.ReadOnlySqlTransaction())
    True
    >>> is_lost_connection(psycopg2.DatabaseError("error with no message from the libpq"))
    True
    >>> is_lost_connection(
    ...     psycopg2.errors.FeatureNotSupported(
    ...         "cannot set transaction read-write mode during recovery"
    ...     )
    ... )
    True
    >>> is_lost_connection(psycopg2.errors.LockNotAvailable())
    False
    >>> is_lost_connection(ValueError("during recovery"))
    False
    """
    if isinstance(error, psycopg2.errors.FeatureNotSupported):
        return IN_RECOVERY in str(error)
    return type(error) in LOST or isinstance(error, LOST_BY_STATE)


_original_call = http.Application.__call__
_original_post_init = http.Request._post_init
_original_serve_nodb = http.Request._serve_nodb


def _call(self, environ, start_response):
    with metrics.measure(environ) as watch:

        def start(status, headers, exc_info=None):
            watch.status = status
            return start_response(status, headers, exc_info)

        return _original_call(self, environ, start)


def _post_init(self):
    try:
        _original_post_init(self)
    except psycopg2.Error as error:
        if is_lost_connection(error):
            raise unavailable() from error
        raise


def _serve_nodb(self):
    lost = len(config["db_name"]) == 1
    if lost and self.httprequest.path not in FRANK_ROUTES:
        raise unavailable()
    return _original_serve_nodb(self)


http.Application.__call__ = _call
http.Request._post_init = _post_init
http.Request._serve_nodb = _serve_nodb
