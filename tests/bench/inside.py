"""The web application called inside this process, so that its queries can be counted."""

import os
import threading
import time
import urllib.parse

from werkzeug.test import Client

from odoo import http
from odoo.service import security
from odoo.service.server import load_server_wide_modules


def live_store():
    """Where the running instance keeps its sessions."""
    from odoo.addons.session_db.pg_session_store import PGSessionStore

    return PGSessionStore(os.environ["BENCH_SESSION_DB_URI"], http.Session)


def make_session(env, login, store):
    """Log a user in without a password; return the session's id."""
    user = env["res.users"].search([("login", "=", login)])
    session = store.new()
    session.update(http.get_default_session(), db=env.cr.dbname)
    session.uid, session.login = user.id, login
    session.context = dict(user.with_user(user).context_get())
    session.session_token = security.compute_session_token(session, env(user=user.id))
    store.save(session)
    return session.sid


class Visitor:
    """A browser of one user on one database."""

    def __init__(self, site, login):
        load_server_wide_modules()
        store = http.root.session_store
        with site.env() as env:
            self.sid = make_session(env, login, store)
        self.client = Client(http.root)
        self.client.set_cookie("session_id", self.sid)

    def get(self, path, **query):
        """Return (text, queries, seconds) of a page."""
        if query:
            path = f"{path}?{urllib.parse.urlencode(query)}"
        start = time.perf_counter()
        answer = self.client.get(path, headers={"Accept-Language": "en"})
        text = answer.get_data(as_text=True)
        seconds = time.perf_counter() - start
        if answer.status_code != 200:
            raise AssertionError(f"{path}: {answer.status} {answer.headers}")
        return text, threading.current_thread().query_count, seconds
