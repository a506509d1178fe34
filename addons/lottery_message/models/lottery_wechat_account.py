import hashlib
import os
import re
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.lottery_base.tools.transaction import read_committed
from odoo.addons.lottery_outbox.engine.errors import PermanentError

from ..clients import wechat

_KEY = re.compile(r"^[A-Z][A-Z0-9_]{1,31}$")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
LOCAL_REF = "local-"  # begins the answers of the local outbox
# Renewed this long before its end; WeChat gives the next one five minutes before.
_MARGIN = timedelta(minutes=4)


class LotteryWechatAccount(models.Model):
    """A WeChat official account that notifications are sent from (PF-NTF-01).

    Its token is kept here once for all workers. Whoever finds it spent locks the row
    and fetches another; the rest wait for the lock and read the new one.

    The local outbox is no account: it shows in the web client what would be sent.
    """

    _name = "lottery.wechat.account"
    _description = "WeChat Account"
    _order = "sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10, help="The first active account sends.")
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [("official", "Official Account"), ("local", "Local Outbox")],
        required=True,
        default="official",
        help="The local outbox sends nothing: messages are shown in the web client.",
    )
    key = fields.Char(
        string="Technical Key",
        required=True,
        copy=False,
        help="Part of the name of the environment variable that holds the secret: "
        "LOTTERY_WECHAT_<key>_SECRET.",
    )
    app_id = fields.Char(string="App ID")
    url = fields.Char(
        string="Endpoint",
        help="Empty: the public one. Set it for a private line or a test server on "
        "this machine.",
    )
    access_token = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    token_until = fields.Datetime(string="Token Good Until", readonly=True, copy=False)
    missing_secret = fields.Char(compute="_compute_missing_secret")

    _key_uniq = models.Constraint(
        "UNIQUE(key)", "Another account has this technical key."
    )

    # === COMPUTE METHODS === #

    @api.depends("key", "kind")
    def _compute_missing_secret(self):
        for account in self:
            name = account._get_secret_name()
            given = account.kind == "local" or os.environ.get(name)
            account.missing_secret = False if given else name

    # === CONSTRAINTS === #

    @api.constrains("key")
    def _check_key(self):
        for account in self:
            if not _KEY.match(account.key or ""):
                raise ValidationError(
                    self.env._(
                        "Technical key “%(key)s”: 2 to 32 capital letters, digits or "
                        "underscores, beginning with a letter.",
                        key=account.key,
                    )
                )

    @api.constrains("kind", "app_id")
    def _check_app_id(self):
        for account in self:
            if account.kind == "official" and not account.app_id:
                raise ValidationError(
                    self.env._("App ID: an official account needs it.")
                )

    @api.constrains("url")
    def _check_url(self):
        for account in self.filtered("url"):
            parts = urlsplit(account.url)
            secure = parts.scheme == "https" or (
                parts.scheme == "http" and parts.hostname in _LOOPBACK
            )
            if not secure or not parts.hostname or parts.path.strip("/"):
                raise ValidationError(
                    self.env._(
                        "Endpoint: an https:// address without a path (http:// for "
                        "this machine)."
                    )
                )

    # === ACTION METHODS === #

    def action_test(self):
        """Fetch a token, to see that account and secret are right."""
        self.check_access("write")
        for account in self.filtered(lambda one: one.kind == "official"):
            account._forget_token()
            try:
                account._get_token()
            except Exception as error:
                raise UserError(
                    self.env._(
                        "WeChat does not accept the account: %(reason)s",
                        reason=str(error),
                    )
                ) from error
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("WeChat accepts the account."),
            },
        }

    # === LOCAL OUTBOX === #

    @api.model
    def get_local_outbox(self, limit=30):
        """Return the newest messages that a local account kept, for the developer's
        screen.

        :return: ``[{"id", "phone", "purpose", "body", "state", "at"}]``, as
            `lottery.sms.message` does; ``phone`` is the reader's name and OpenID
        :raise AccessError: for all but administrators
        """
        self.env["lottery.sms.message"]._check_local_outbox_access()
        if not self.search_count([("kind", "=", "local")], limit=1):
            return []
        rows_sudo = (
            self.env["lottery.notification"]
            .sudo()  # the administrator looks at all readers' messages
            .search(
                [("channel", "=", "wechat"), ("answer", "=like", f"{LOCAL_REF}%")],
                limit=max(1, min(int(limit), 100)),
            )
        )
        return [self._prepare_local_message(row) for row in rows_sudo]

    @api.model
    def _prepare_local_message(self, row_sudo):
        template = row_sudo.template_id
        data = template._fill_wechat(row_sudo)
        return {
            "id": row_sudo.id,
            "phone": f"{row_sudo.user_id.name} ({row_sudo.user_id.wechat_openid})",
            "purpose": template.wechat_template,
            "body": "\n".join(f"{name}: {text}" for name, text in data.items()),
            "state": row_sudo.state,
            "at": fields.Datetime.to_string(row_sudo.create_date),
        }

    # === BUSINESS METHODS === #

    def _get_secret_name(self):
        return f"LOTTERY_WECHAT_{self.key}_SECRET"

    def _get_url(self):
        return (self.url or wechat.DEFAULT_URL).rstrip("/")

    @api.model
    def _make_mark(self, token):
        """Return what names a token in logs without giving it away."""
        return hashlib.sha256((token or "").encode()).hexdigest()[:16]

    def _get_token(self, refused_mark=None):
        """Return the account's token, a new one when it is spent or was refused.

        The row is locked in a short transaction of its own, and the call is made under
        that lock on purpose: it is what keeps two workers from asking at once. It ends
        after the client's time limit at the latest.

        :param refused_mark: mark of a token that WeChat refused
        :raise SendError: WeChat gives none
        """
        self.ensure_one()
        with read_committed(self.env) as env:
            [(token, usable, app_id)] = env.execute_query(
                SQL(
                    """SELECT access_token, token_until > %s, app_id
                    FROM lottery_wechat_account WHERE id = %s FOR UPDATE""",
                    fields.Datetime.now() + _MARGIN,
                    self.id,
                )
            )
            if usable and self._make_mark(token) != refused_mark:
                return token
            secret = os.environ.get(self._get_secret_name())
            if not secret:
                raise PermanentError(f"{self._get_secret_name()} is missing")
            token, seconds = wechat.fetch_token(self._get_url(), app_id, secret)
            env.cr.execute(
                SQL(
                    """UPDATE lottery_wechat_account
                    SET access_token = %s, token_until = %s WHERE id = %s""",
                    token,
                    fields.Datetime.now() + timedelta(seconds=seconds),
                    self.id,
                )
            )
        self.invalidate_recordset(["access_token", "token_until"])
        return token

    def _forget_token(self):
        self.sudo().write({"access_token": False, "token_until": False})
        self.flush_recordset()
