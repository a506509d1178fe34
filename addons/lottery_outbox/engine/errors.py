"""How a sender says what went wrong."""


class SendError(Exception):
    """A call without a usable answer.

    :param str message: for the log and the operator; no secrets
    :param answer: what the remote side said, for the attempt log (masked there)
    """

    def __init__(self, message, *, answer=None):
        super().__init__(message)
        self.answer = answer


class TransientError(SendError):
    """The same call may work later: no connection, time-out, 5xx, "busy".

    :param retry_after: seconds the remote side asked for
    """

    def __init__(self, message, *, answer=None, retry_after=None):
        super().__init__(message, answer=answer)
        self.retry_after = retry_after


class PermanentError(SendError):
    """The remote side understood and refused: repeating can't help."""
