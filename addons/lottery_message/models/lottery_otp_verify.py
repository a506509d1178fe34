from collections import namedtuple

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.lottery_base.tools.phone import normalize_mobile
from odoo.addons.lottery_base.tools.transaction import read_committed

from ..const import ADDRESS_TRIES, ADDRESS_TRIES_WINDOW, CODE_TRIES
from ..engine import address as addresses
from ..engine import code as codes
from ..engine import secret

Check = namedtuple("Check", "ok tries_left wait", defaults=(0, 0))


class LotteryOtp(models.Model):
    """Proving a code."""

    _inherit = "lottery.otp"

    @api.model
    def _verify_code(self, challenge, phone, purpose, code, *, address=None):
        """Tell whether the code is right, and use it up if it is."""
        return self._check_code(challenge, phone, purpose, code, address=address).ok

    @api.model
    def _check_code(self, challenge, phone, purpose, code, *, address=None):
        """Try a code against its challenge, phone and purpose.

        :param str address: limits wrong codes of one client over all phones
        :return: ``Check(ok, tries_left, wait)``; ``tries_left`` counts down for codes
            that were never sent too, ``wait`` is set in seconds when the address has
            sent too many wrong ones (nothing was tried then)
        """
        mobile = normalize_mobile(phone)
        typed = codes.clean_code(code)
        if not mobile or not typed or not isinstance(challenge, str):
            return Check(False, self._get_tries_left(challenge))
        try:
            digest = codes.code_digest(typed, challenge[:64], mobile, purpose)
            phone_digest = codes.phone_digest(mobile)
        except secret.KeyMissing as error:
            raise self._error_no_key(error) from error
        with read_committed(self.env) as env:
            # Visitors have no rights on codes.
            otp_sudo = env["lottery.otp"].sudo()
            return otp_sudo._take_try(challenge, phone_digest, purpose, digest, address)

    def _take_try(self, challenge, phone_digest, purpose, digest, address):
        now = self._get_now()
        single = addresses.split_address(address)[0] if address else None
        if single and (wait := self._get_address_wait(single, now)):
            return Check(False, self._get_tries_left(challenge), wait)
        # One statement judges and closes: of two requests with the right code the
        # second finds no live row.
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE lottery_otp
                   SET tries = tries + 1,
                       state = CASE WHEN known AND code_digest = %(digest)s THEN 'used'
                                    WHEN tries + 1 >= %(most)s THEN 'exhausted'
                                    ELSE 'live' END,
                       closed_at = CASE WHEN known AND code_digest = %(digest)s
                                          OR tries + 1 >= %(most)s
                                        THEN %(now)s::timestamp END
                 WHERE challenge = %(challenge)s AND phone_digest = %(phone)s
                   AND purpose = %(purpose)s AND state = 'live'
                   AND expires_at > %(now)s AND tries < %(most)s
             RETURNING state, tries
                """,
                digest=digest,
                most=CODE_TRIES,
                now=now,
                challenge=challenge,
                phone=phone_digest,
                purpose=purpose,
            )
        )
        state, tries = rows[0] if rows else ("missing", CODE_TRIES)
        if state == "used":
            return Check(True, 0)
        if single:
            self.env["lottery.otp.failure"]._add(single, now)
        return Check(False, CODE_TRIES - tries)

    @api.model
    def _get_address_wait(self, single, now):
        """Return the seconds for which an address may send no code, 0 if it may."""
        self._lock_keys({"tries": single})
        rows = self.env.execute_query(
            SQL(
                "SELECT failed_at FROM lottery_otp_failure WHERE address = %s"
                " ORDER BY failed_at DESC OFFSET %s LIMIT 1",
                single,
                ADDRESS_TRIES - 1,
            )
        )
        if not rows:
            return 0
        wait = (rows[0][0] + ADDRESS_TRIES_WINDOW - now).total_seconds()
        return max(0, int(wait) + 1) if wait > 0 else 0

    @api.model
    def _get_tries_left(self, challenge):
        """Return how many tries a challenge has left; 0 when it is over or unknown."""
        if not isinstance(challenge, str):
            return 0
        with read_committed(self.env) as env:
            rows = env.execute_query(
                SQL(
                    "SELECT tries FROM lottery_otp WHERE challenge = %s"
                    " AND state = 'live' AND expires_at > %s",
                    challenge,
                    env["lottery.otp"]._get_now(),
                )
            )
        return CODE_TRIES - rows[0][0] if rows else 0
