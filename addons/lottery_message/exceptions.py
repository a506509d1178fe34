from odoo.exceptions import AccessDenied, UserError

from odoo.addons.lottery_outbox.engine.errors import PermanentError


class SmsFailure(PermanentError):
    """A message that will not be sent by itself again.

    :param str kind: a value of ``lottery.sms.message.failure``
    :param str detail: the provider's own words or a technical fact; no secrets
    """

    def __init__(self, kind, detail=""):
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind
        self.detail = detail


class OtpRefused(UserError):
    """No code was sent. ``code`` names the rule, ``retry_after`` the seconds to wait
    (0 when waiting doesn't help).

    Codes: ``bad_phone bad_proof replayed_proof phone address device budget paused
    setup``.
    None of them depends on whether the phone is known.
    """

    def __init__(self, message, code, retry_after=0):
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


class OtpDenied(AccessDenied):
    """The code was not accepted. ``tries_left`` counts down the same way for codes that
    were never sent; ``retry_after`` is set when the address must wait."""

    def __init__(self, message, tries_left=0, retry_after=0):
        super().__init__(message)
        self.tries_left = tries_left
        self.retry_after = retry_after
