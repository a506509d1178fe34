import logging

from odoo import api, models

from ..exceptions import OtpRefused

_logger = logging.getLogger(__name__)


class LotteryOtp(models.Model):
    """What is said when no code is sent."""

    _inherit = "lottery.otp"

    @api.model
    def _refuse(self, rule, wait=0):
        """Return the exception of a rule, in the user's language."""
        minutes = max(1, -(-wait // 60))
        unavailable = self.env._(
            "Codes can't be sent at the moment. Please call your lottery centre."
        )
        texts = {
            "bad_phone": self.env._("Phone: enter the 11 digits of a mobile number."),
            "bad_proof": self.env._(
                "The security check has run out. Please try again."
            ),
            "replayed_proof": self.env._(
                "The security check was used already. Please try again."
            ),
            "phone": (
                self.env._("Please wait %(seconds)s s for the next code.", seconds=wait)
                if wait <= 60
                else self.env._(
                    "This phone has asked for too many codes. Try again in %(minutes)s "
                    "min.",
                    minutes=minutes,
                )
            ),
            "address": self.env._(
                "Too many codes were asked for from this network. Try again in "
                "%(minutes)s min.",
                minutes=minutes,
            ),
            "device": self.env._(
                "This device has asked for too many codes. Try again in %(minutes)s "
                "min.",
                minutes=minutes,
            ),
            "budget": self.env._(
                "No more codes can be sent today. Please call your lottery centre."
            ),
            "paused": unavailable,
            "setup": unavailable,
        }
        _logger.info("One-time code refused: %s", rule)
        return OtpRefused(texts[rule], rule, wait)

    @api.model
    def _error_no_key(self, error):
        """Log what the operator has to mend; visitors needn't know it."""
        _logger.error("Environment variable %s is missing or too short", error.args[0])
        return self._refuse("setup")
