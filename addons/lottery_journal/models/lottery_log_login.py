import time

from odoo import api, fields, models

from ..engine.login_text import mask_login
from ..tools.client import get_address, get_device

KINDS = [
    ("web", "Web"),
    ("rpc", "RPC"),
    ("apikey", "API Key"),
    ("otp", "One-time Code"),
    ("passkey", "Passkey"),
    ("totp", "Second Factor"),
]
RESULTS = [
    ("ok", "Logged In"),
    ("half", "Second Factor Due"),
    ("failed", "Failed"),
    ("locked", "Locked"),
    ("refused", "Address Refused"),
    ("logout", "Logged Out"),
]
# A program comes with each call; once an hour and process says that it came.
QUIET_SECONDS = 3600
MAX_SEEN = 10_000
_seen = {}


class LotteryLogLogin(models.Model):
    """Who came in, who tried, who left (PF-AUD-01)."""

    _name = "lottery.log.login"
    _description = "Login Log"
    _inherit = ["lottery.log.mixin"]
    _auto = False
    _rec_name = "login"

    login = fields.Char(
        readonly=True,
        help="As it was typed. What looks like a password in the wrong field is masked.",
    )
    kind = fields.Selection(KINDS, readonly=True)
    result = fields.Selection(RESULTS, readonly=True)
    browser = fields.Char(readonly=True)
    platform = fields.Char("Device", readonly=True)
    user_agent = fields.Char(readonly=True)
    attempts = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Tries so far while locked; not each of them has a row.",
    )

    @api.model
    def _log(self, result, kind, login=None, user=None, apart=False, attempts=None):
        """Add an entry.

        :param user: whose login it is; looked up by ``login`` unless given
        :param bool apart: keep it when the present transaction is rolled back
        """
        users_sudo = self.env["res.users"].sudo()  # nobody is logged in yet
        if user is None and login:
            user = users_sudo.with_context(active_test=False).search(
                [("login", "=", login)], limit=1
            )
        user = user if user is not None else users_sudo
        row = {
            "login": user.login if user else mask_login(login),
            "kind": kind,
            "result": result,
            "attempts": attempts,
            "browser": None,
            "platform": None,
            "user_agent": None,
            **get_device(),
        }
        (self._insert_apart if apart else self._insert_log)([row], user)

    @api.model
    def _log_program(self, user, kind):
        """Note that a program works for ``user``: not each of its calls."""
        key = (self.env.cr.dbname, user.id, kind, get_address())
        now = time.monotonic()
        if now - _seen.get(key, -QUIET_SECONDS) < QUIET_SECONDS:
            return
        if len(_seen) >= MAX_SEEN:
            _seen.clear()
        _seen[key] = now
        self._log("ok", kind, user=user)
