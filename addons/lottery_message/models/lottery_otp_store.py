"""Small tables beside the codes: used puzzles, money of a day, wrong codes."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import ADDRESS_TRIES_WINDOW


class LotteryOtpProof(models.Model):
    """Puzzles whose solution was handed in, kept until they run out anyway."""

    _name = "lottery.otp.proof"
    _description = "Used Proof of Work"
    _rec_name = "mark"
    _log_access = False

    mark = fields.Char(required=True)
    expires_at = fields.Datetime(required=True, index=True)

    _mark_uniq = models.Constraint("UNIQUE(mark)", "The solution was used already.")

    @api.model
    def _use(self, mark, expires_at):
        """Take a solution; False when it was taken before. One statement, so that of
        two requests with the same solution one gets it."""
        rows = self.env.execute_query(
            SQL(
                "INSERT INTO lottery_otp_proof (mark, expires_at) VALUES (%s, %s)"
                " ON CONFLICT (mark) DO NOTHING RETURNING id",
                mark,
                expires_at,
            )
        )
        return bool(rows)

    @api.autovacuum
    def _gc_proofs(self):
        # A minute's grace for clocks: the library compares with this machine's.
        limit = fields.Datetime.now() - timedelta(minutes=1)
        self.env.cr.execute(
            SQL("DELETE FROM lottery_otp_proof WHERE expires_at < %s", limit)
        )


class LotteryOtpSpend(models.Model):
    """What codes cost on a day (of the company's time zone, as the provider bills)."""

    _name = "lottery.otp.spend"
    _description = "Spending on One-time Codes"
    _order = "day desc"
    _rec_name = "day"
    _log_access = False

    day = fields.Date(required=True)
    sent = fields.Integer("Codes", required=True, default=0)
    cost = fields.Float(required=True, default=0.0, digits=(12, 4))

    _day_uniq = models.Constraint("UNIQUE(day)", "The day has its row already.")

    @api.model
    def _take(self, day, price, budget, *, count):
        """Take ``price`` out of the day's budget; False when it isn't there.

        :param int count: 0 for a code that is not sent: it passes or fails by the same
            test and costs nothing
        """
        if price > budget:
            return False
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO lottery_otp_spend AS spend (day, sent, cost)
                     VALUES (%(day)s, %(count)s, %(count)s * %(price)s::numeric)
                ON CONFLICT (day) DO UPDATE
                        SET sent = spend.sent + excluded.sent,
                            cost = spend.cost + excluded.cost
                      WHERE spend.cost + %(price)s::numeric <= %(budget)s::numeric
                  RETURNING spend.id
                """,
                day=day,
                count=count,
                price=price,
                budget=budget,
            )
        )
        return bool(rows)


class LotteryOtpFailure(models.Model):
    """Wrong codes by address, so that one address can't try many phones."""

    _name = "lottery.otp.failure"
    _description = "Wrong One-time Code"
    _order = "failed_at desc"
    _rec_name = "address"
    _log_access = False

    address = fields.Char(required=True)
    failed_at = fields.Datetime(required=True, index=True)

    # read by lottery.otp._get_address_wait
    _address_idx = models.Index("(address, failed_at DESC)")

    @api.model
    def _add(self, address, now):
        self.env.cr.execute(
            SQL(
                "INSERT INTO lottery_otp_failure (address, failed_at) VALUES (%s, %s)",
                address,
                now,
            )
        )

    @api.autovacuum
    def _gc_failures(self):
        limit = fields.Datetime.now() - ADDRESS_TRIES_WINDOW - timedelta(days=1)
        self.env.cr.execute(
            SQL("DELETE FROM lottery_otp_failure WHERE failed_at < %s", limit)
        )
