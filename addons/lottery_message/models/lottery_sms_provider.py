import hmac
import os
import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

_KEY = re.compile(r"^[A-Z][A-Z0-9_]{1,31}$")
RECEIPT_TOKEN = "RECEIPT_TOKEN"


class LotterySmsProvider(models.Model):
    """A way to send short messages (PF-NTF-02).

    A kind of provider is a value of ``code`` and three methods, which an addon extends
    by ``selection_add`` and ``super()``:

    - :meth:`_prepare_sms_request`: everything the sender needs, read from records;
    - :meth:`_prepare_sms_sender`: the sender, which runs in a thread without ``env``;
    - :meth:`_read_sms_receipt`: what a delivery receipt says.

    Secrets are never fields: :meth:`_get_secret` reads them from the environment.
    """

    _name = "lottery.sms.provider"
    _description = "SMS Provider"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(
        [("local", "Local Outbox")],
        string="Kind",
        required=True,
        default="local",
        help="The local outbox sends nothing: messages are shown in the web client.",
    )
    key = fields.Char(
        string="Technical Key",
        required=True,
        copy=False,
        help="Part of the names of the environment variables that hold the secrets "
        "(LOTTERY_SMS_<key>_<name>) and of the address for receipts.",
    )
    sequence = fields.Integer(
        default=10, help="The first active provider sends; the others stand by."
    )
    active = fields.Boolean(default=True)
    signature = fields.Char(
        help="Put before each text as 【…】; leave it empty if the provider adds it."
    )
    receipt_url = fields.Char(compute="_compute_receipt_url", string="Receipt Address")
    missing_secrets = fields.Char(compute="_compute_missing_secrets")
    message_count = fields.Integer(compute="_compute_message_count", string="Messages")

    _key_uniq = models.Constraint(
        "UNIQUE(key)", "Another provider has this technical key."
    )

    # === COMPUTE METHODS === #

    @api.depends("key")
    def _compute_receipt_url(self):
        base = self.get_base_url()
        for provider in self:
            provider.receipt_url = (
                f"{base}/lottery/sms/receipt/{provider.key}" if provider.key else False
            )

    @api.depends("key", "code")
    def _compute_missing_secrets(self):
        for provider in self:
            missing = [
                provider._get_secret_name(name)
                for name in provider._get_secret_names()
                if not provider._get_secret(name)
            ]
            provider.missing_secrets = ", ".join(missing) or False

    def _compute_message_count(self):
        counts = dict(
            self.env["lottery.sms.message"]._read_group(
                [("provider_id", "in", self.ids)], ["provider_id"], ["__count"]
            )
        )
        for provider in self:
            provider.message_count = counts.get(provider, 0)

    # === CONSTRAINTS === #

    @api.constrains("key")
    def _check_key(self):
        for provider in self:
            if not _KEY.match(provider.key or ""):
                raise ValidationError(
                    self.env._(
                        "Technical key “%(key)s”: 2 to 32 capital letters, digits or "
                        "underscores, beginning with a letter.",
                        key=provider.key,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for provider in self:
            if provider.message_count:
                raise UserError(
                    self.env._(
                        "%(provider)s has sent messages and can't be deleted. "
                        "Archive it.",
                        provider=provider.name,
                    )
                )

    # === ACTION METHODS === #

    def action_open_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lottery_message.lottery_sms_message_action"
        )
        action["domain"] = [("provider_id", "=", self.id)]
        action["context"] = {}
        return action

    # === BUSINESS METHODS === #

    @api.model
    def _get_provider(self):
        """Return the provider that sends now.

        :raise UserError: when none is active
        """
        # Whoever causes a message need not see the providers' settings.
        provider_sudo = self.sudo().search([], limit=1)
        if not provider_sudo:
            raise UserError(
                self.env._("No SMS provider is active. Ask the administrator.")
            )
        return provider_sudo

    def _get_secret_name(self, name):
        return f"LOTTERY_SMS_{self.key}_{name}"

    def _get_secret(self, name):
        """Return a secret from the environment, "" when it is not set."""
        return os.environ.get(self._get_secret_name(name), "")

    def _get_secret_names(self):
        """Return the names of the secrets that sending needs; kinds extend it."""
        self.ensure_one()
        return []

    def _prepare_sms_request(self, message, doubt=None, decided=False):
        """Return what :meth:`_prepare_sms_sender` needs to send one message.

        :param message: one ``lottery.sms.message``, as superuser
        :param doubt: naive UTC time of the first try that may have been accepted
        :param bool decided: an operator wants it sent, even if that makes two
        :return: dict of plain values with at least ``provider`` (kind) and ``ref``
            (the same for each try of the message)
        """
        self.ensure_one()
        return {"provider": self.code, "ref": message.ref}

    @api.model
    def _prepare_sms_sender(self, request):
        """Return ``callable(request) -> answer`` for a request of this kind.

        The callable runs in a thread and must not touch ``env``. The answer has
        ``ref`` (the provider's own reference) and ``state`` (``sent``, or
        ``delivered`` where nothing more will be heard).
        """
        return _send_local

    def _read_sms_receipt(self, payload):
        """Return ``[{"ref", "state", "error"}]`` of a receipt; kinds implement it.

        :param payload: parsed JSON, or a dict of form fields
        """
        self.ensure_one()
        return []

    def _get_receipt_answer(self):
        """Return what the provider wants to read when its receipt was taken: a text, or
        a dict as JSON; kinds extend it."""
        self.ensure_one()
        return "OK"

    def _check_receipt_token(self, token, signature, body):
        """Tell whether a receipt is the provider's: it carries the shared secret as
        token, or as key of the HMAC-SHA256 of the (JSON) body.

        Without a secret in the environment no receipt is taken.
        """
        self.ensure_one()
        secret = self._get_secret(RECEIPT_TOKEN)
        if not secret:
            return False
        if signature:
            expected = hmac.digest(secret.encode(), body, "sha256").hex()
            given = signature.removeprefix("sha256=").lower()
            return hmac.compare_digest(given.encode(), expected.encode())
        return hmac.compare_digest((token or "").encode(), secret.encode())

    def _repeats_safely(self):
        """Tell whether the provider answers a repeated reference with its first answer;
        if not, a message whose fate is unknown is not sent again."""
        self.ensure_one()
        return True


def _send_local(request):
    """The local outbox: the message is where it is read already."""
    return {"ref": f"local-{request['ref']}", "state": "delivered"}
