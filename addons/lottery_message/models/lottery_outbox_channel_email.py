import smtplib
import ssl
from types import SimpleNamespace

from odoo import models, tools

from odoo.addons.lottery_outbox.engine.errors import PermanentError, TransientError

_TIMEOUT = 20  # seconds for each step of the talk with the mail server


class LotteryOutboxChannelEmail(models.AbstractModel):
    """Notifications by e-mail, through the mail servers that Odoo knows.

    Not core's mail queue: it makes two records a mail with a query each, and does not
    try again.
    """

    _name = "lottery.outbox.channel.email"
    _inherit = ["lottery.notification.channel"]
    _description = "Outbox Channel: E-mail"

    _concurrency = 2
    _rate_per_second = 20

    def _prepare_notification(self, item, notification):
        servers = self.env["ir.mail_server"].sudo()  # holds passwords
        partner = notification.user_id.partner_id
        address = tools.email_normalize(partner.email or "")
        if not address:
            raise PermanentError("no e-mail address")
        sender = servers._get_default_from_address() or self.env.company.email
        if not sender:
            raise PermanentError("no sender address is set up (mail.default.from)")
        server, smtp_from = servers._find_mail_server(sender)
        message = servers._build_email__(
            sender,
            [tools.formataddr((partner.name, address))],
            notification.subject,
            notification.body,
            # The same for each try: a mail server or reader can tell a repetition.
            message_id=f"<{item.key.replace(':', '.')}@{self.env.cr.dbname}>",
        )
        settings = self._prepare_server(server)
        session = SimpleNamespace(
            smtp_from=smtp_from, from_filter=settings.pop("filter")
        )
        envelope_from, envelope_to, message = servers._prepare_email_message__(
            message, session
        )
        return {
            "key": item.key,
            "sender": envelope_from,
            "to": envelope_to,
            "message": message.as_bytes(),
            **settings,
        }

    def _prepare_server(self, server):
        """Return how to reach a mail server, or the one of the configuration file."""
        if server and server.smtp_authentication == "login":
            return {
                "host": server.smtp_host,
                "port": server.smtp_port,
                "encryption": server.smtp_encryption,
                "user": server.smtp_user or "",
                "password": server.smtp_pass or "",
                "filter": server.from_filter,
            }
        if server and server.smtp_authentication != "cli":
            raise PermanentError(
                f"mail servers with {server.smtp_authentication} log-in are not supported"
            )
        config = tools.config
        return {
            "host": config.get("smtp_server") or "",
            "port": int(config.get("smtp_port") or 25),
            "encryption": "starttls" if config.get("smtp_ssl") else "none",
            "user": config.get("smtp_user") or "",
            "password": config.get("smtp_password") or "",
            "filter": server.from_filter
            or self.env["ir.mail_server"]._get_default_from_filter(),
        }

    def _prepare_sender(self):
        return send_mail


def send_mail(request):
    """Hand one mail over; runs in a thread of the outbox.

    A lost answer is tried again: a second copy with the same Message-ID does less harm
    than none.

    :raise TransientError: no connection, or the server says "later"
    :raise PermanentError: the server refuses the mail
    """
    try:
        with _connect(request) as smtp:
            smtp.sendmail(request["sender"], request["to"], request["message"])
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise _classify(code, words) from error
    except smtplib.SMTPResponseException as error:
        raise _classify(error.smtp_code, error.smtp_error) from error
    except (OSError, smtplib.SMTPException) as error:
        raise TransientError(f"{type(error).__name__}: {error}"[:300]) from error
    return {"ref": request["key"], "state": "sent"}


def _connect(request):
    encryption, context = request["encryption"], None
    if encryption != "none":
        context = ssl.create_default_context()
        if not encryption.endswith("_strict"):  # as core does
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
    if encryption.startswith("ssl"):
        smtp = smtplib.SMTP_SSL(
            request["host"], request["port"], timeout=_TIMEOUT, context=context
        )
    else:
        smtp = smtplib.SMTP(request["host"], request["port"], timeout=_TIMEOUT)
    try:
        if encryption.startswith("starttls"):
            smtp.starttls(context=context)
        if request["user"]:
            smtp.login(request["user"], request["password"])
    except BaseException:
        smtp.close()
        raise
    return smtp


def _classify(code, words):
    text = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    kind = PermanentError if 500 <= code < 600 else TransientError
    return kind(f"{code} {text}"[:300])
