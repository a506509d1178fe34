from odoo.exceptions import AccessDenied
from odoo.http import SessionExpiredException


class LoginRefused(AccessDenied):
    """A login that is not even tried, or not let in.

    :param str result: what it is in the login log, see `lottery.log.login`
    :param int attempts: tries so far
    """

    def __init__(self, message, result, attempts=None):
        super().__init__(message)
        self.log_result = result
        self.log_attempts = attempts


class DutyException(SessionExpiredException):
    """The user has to do something on page ``url`` before anything else."""

    def __init__(self, url):
        super().__init__(f"to be done first: {url}")
        self.url = url
