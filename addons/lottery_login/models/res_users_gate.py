import typing
from datetime import UTC

from odoo import models, tools
from odoo.api import SUPERUSER_ID
from odoo.tools import SQL

from odoo.addons.lottery_journal.tools.client import is_within, parse_networks

PASSWORD_URL = "/lottery/login/password"
FACTOR_URL = "/lottery/login/factor"
PASSKEY_URL = f"{FACTOR_URL}/passkey"
DAY = 86400


class LoginGate(typing.NamedTuple):
    """What a member of staff has to meet at each request.

    ``lists``: of networks, the address must be in each; ``password_until``: time
    stamp, None without end; ``session_seconds``: None without limit.
    """

    lists: tuple
    must_change: bool
    password_until: float | None
    factor_required: bool
    has_factor: bool
    session_seconds: int | None

    def admits(self, address):
        return all(is_within(address, networks) for networks in self.lists)

    def is_password_over(self, now):
        until = self.password_until
        return self.must_change or (until is not None and now >= until)

    def get_duty(self, now):
        """Return the page of what is to be done first, None when nothing is."""
        if self.is_password_over(now):
            return PASSWORD_URL
        if self.factor_required and not self.has_factor:
            return FACTOR_URL
        return None


class ResUsers(models.Model):
    _inherit = "res.users"

    @tools.ormcache("self.id")
    def _get_login_gate(self):
        """Return the user's `LoginGate`, None for who is no staff.

        Cached: each request asks. All that goes in clears the registry's caches when
        it changes (`_get_invalidation_fields`, `lottery.login.*`).
        """
        user_sudo = self.sudo().exists()  # also asked before the login
        if not user_sudo or not user_sudo._is_internal():
            return None
        rules_sudo = self.env["lottery.login.group"].sudo()
        rules_sudo = rules_sudo.search(
            [("group_id", "in", user_sudo.all_group_ids.ids)]
        )
        timeouts = user_sudo._get_lock_timeouts().get("lock_timeout") or []
        return LoginGate(
            tuple(filter(None, (parse_networks(r.networks) for r in rules_sudo))),
            user_sudo.must_change_password,
            user_sudo._get_password_end(),
            any(rules_sudo.mapped("factor_required")) and self.id != SUPERUSER_ID,
            bool(user_sudo.totp_enabled or user_sudo.auth_passkey_key_ids),
            min((seconds for seconds, _mfa in timeouts), default=None),
        )

    def _get_password_end(self):
        """Return when the password is over as a time stamp, None for never."""
        days = self.env["lottery.login.policy"]._get_numbers().rotation_days
        written = self.sudo().password_write_date  # asked before the login
        self.env.cr.execute(
            SQL("SELECT FROM res_users WHERE id = %s AND password IS NOT NULL", self.id)
        )
        if not self.env.cr.rowcount or not written or not days:
            return None
        return written.replace(tzinfo=UTC).timestamp() + days * DAY

    def _get_invalidation_fields(self):
        return super()._get_invalidation_fields() | {
            "must_change_password",
            "password_write_date",
            "auth_passkey_key_ids",
        }
