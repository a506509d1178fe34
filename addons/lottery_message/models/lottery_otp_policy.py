import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.lottery_base.tools.transaction import read_committed

from ..const import JUDGED_AFTER, JUDGED_CODES

_logger = logging.getLogger(__name__)

_LIMITS = (
    "phone_minute",
    "phone_hour",
    "phone_day",
    "address_hour",
    "network_hour",
    "device_hour",
)


class LotteryOtpPolicy(models.Model):
    """The limits of one-time codes, and whether they are sent at all. One record.

    Fields and not system parameters: they are typed and checked, their changes are in
    the chatter, and whoever keeps them needs no access to the system's settings.
    """

    _name = "lottery.otp.policy"
    _description = "One-time Code Limits"
    _inherit = ["mail.thread", "mail.activity.mixin", "lottery.journal.mixin"]

    name = fields.Char(compute="_compute_name")
    state = fields.Selection(
        [("running", "Sending"), ("paused", "Paused")],
        required=True,
        readonly=True,
        default="running",
        tracking=True,
    )
    paused_at = fields.Datetime(readonly=True)
    pause_reason = fields.Selection(
        [("rate", "Too few codes verified"), ("manual", "By an administrator")],
        readonly=True,
    )
    resumed_at = fields.Datetime(
        readonly=True, help="Codes sent before are not judged again."
    )
    phone_minute = fields.Integer("Per Phone and Minute", default=1, tracking=True)
    phone_hour = fields.Integer("Per Phone and Hour", default=5, tracking=True)
    phone_day = fields.Integer("Per Phone and Day", default=10, tracking=True)
    address_hour = fields.Integer("Per Address and Hour", default=10, tracking=True)
    network_hour = fields.Integer(
        "Per Network and Hour",
        default=60,
        tracking=True,
        help="All addresses of a /24 (IPv6: /48). Shops behind one carrier's address "
        "translation share it: raise it when owners are turned away.",
    )
    device_hour = fields.Integer("Per Device and Hour", default=5, tracking=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    price = fields.Monetary(
        "Price of a Message", default=0.05, tracking=True, help="Of one part."
    )
    daily_budget = fields.Monetary(
        default=200.0,
        tracking=True,
        help="No code is sent any more on a day once this is spent.",
    )
    minimum_rate = fields.Integer(
        "Minimum Verified (%)",
        default=30,
        tracking=True,
        help="Sending pauses when fewer of the last 50 codes were verified: somebody "
        "is making us send messages that nobody reads. 0 switches this off.",
    )
    proof_highest = fields.Integer(
        "Puzzle Size",
        default=100000,
        tracking=True,
        help="A browser tries half of it on average; it doubles with each five codes "
        "that the network has asked for within the hour, up to 8 times.",
    )
    spent_today = fields.Monetary(compute="_compute_today")
    sent_today = fields.Integer(compute="_compute_today")
    judged_count = fields.Integer(compute="_compute_rate", string="Judged Codes")
    verified_rate = fields.Float(compute="_compute_rate", string="Verified (%)")

    _limits_sane = models.Constraint(
        "CHECK(phone_minute > 0 AND phone_hour > 0 AND phone_day > 0"
        " AND address_hour > 0 AND network_hour > 0 AND device_hour > 0)",
        "Each limit is at least 1.",
    )
    _money_sane = models.Constraint(
        "CHECK(price > 0 AND daily_budget >= 0)",
        "The price is above 0, the daily budget not below.",
    )
    _rate_sane = models.Constraint(
        "CHECK(minimum_rate BETWEEN 0 AND 100)", "The rate is 0 to 100 percent."
    )
    _proof_sane = models.Constraint(
        "CHECK(proof_highest BETWEEN 1000 AND 2000000)",
        "The puzzle size is 1,000 to 2,000,000.",
    )

    # === COMPUTE METHODS === #

    def _compute_name(self):
        for policy in self:
            policy.name = self.env._("One-time code limits")

    def _compute_currency_id(self):
        self.currency_id = self.env.company.currency_id

    def _compute_today(self):
        spend = (
            self.env["lottery.otp.spend"]
            .sudo()
            .search(  # a sum, no person in it
                [("day", "=", self.env["lottery.otp"]._get_day())]
            )
        )
        for policy in self:
            policy.spent_today = spend.cost
            policy.sent_today = spend.sent

    def _compute_rate(self):
        for policy in self:
            judged, verified = policy._judge_codes()
            policy.judged_count = judged
            policy.verified_rate = 100 * verified / judged if judged else 0.0

    # === CONSTRAINTS === #

    @api.constrains("phone_minute", "phone_hour", "phone_day")
    def _check_phone_limits(self):
        for policy in self:
            if not policy.phone_minute <= policy.phone_hour <= policy.phone_day:
                raise ValidationError(
                    self.env._("Per phone: a longer time can't have a lower limit.")
                )

    # === ACTION METHODS === #

    @api.model
    def action_open(self):
        """Open the one record."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("One-time Code Limits"),
            "res_model": self._name,
            "res_id": self._get_policy().id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_pause(self):
        """Stop all codes now."""
        self.check_access("write")
        self._pause("manual")

    def action_resume(self):
        """Send again; only codes sent from now on are judged."""
        self.check_access("write")
        if self.state == "running":
            return
        self.write({"state": "running", "pause_reason": False, "paused_at": False})
        self.resumed_at = self.env["lottery.otp"]._get_now()
        self.activity_ids.action_feedback(feedback=self.env._("Sending resumed."))
        self._journal("otp.resumed", {})

    # === BUSINESS METHODS === #

    @api.model
    def _get_policy(self):
        """Return the one record, as superuser: everybody's requests obey it."""
        return self.env.ref("lottery_message.lottery_otp_policy").sudo()

    def _get_limits(self):
        """Return ``[(rule, column, limit, seconds)]``; rules are codes of refusals."""
        minute, hour, day = 60, 3600, 86400
        return [
            ("phone", "phone_digest", self.phone_minute, minute),
            ("phone", "phone_digest", self.phone_hour, hour),
            ("phone", "phone_digest", self.phone_day, day),
            ("address", "address", self.address_hour, hour),
            ("address", "network", self.network_hour, hour),
            ("device", "device_digest", self.device_hour, hour),
        ]

    def _judge_codes(self):
        """Return how many of the last 50 sent codes are judged, and how many of those
        were verified. A code is judged once it was verified or two minutes old.

        The last 50 whatever their age: a slow pump of messages is one too.
        """
        self.ensure_one()
        now = self.env["lottery.otp"]._get_now()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT count(*), count(*) FILTER (WHERE state = 'used')
                  FROM (
                    SELECT state FROM lottery_otp
                     WHERE known AND requested_at > %(since)s
                       AND (state = 'used' OR requested_at < %(ripe)s)
                     ORDER BY requested_at DESC LIMIT %(judged)s
                  ) last_codes
                """,
                since=self.resumed_at or fields.Datetime.to_datetime("2000-01-01"),
                ripe=now - JUDGED_AFTER,
                judged=JUDGED_CODES,
            )
        )
        return rows[0]

    def _is_rate_too_low(self):
        judged, verified = self._judge_codes()
        return judged >= JUDGED_CODES and 100 * verified < self.minimum_rate * judged

    def _pause(self, reason):
        """Pause sending and, when nobody did it by hand, alarm the administrators."""
        self.ensure_one()
        if self.state == "paused":
            return
        self.write(
            {
                "state": "paused",
                "pause_reason": reason,
                "paused_at": self.env["lottery.otp"]._get_now(),
            }
        )
        self._journal("otp.paused", {"reason": reason})
        if reason != "manual":
            self._alarm(self.env._("One-time codes are paused"), self._explain_rate())

    def _explain_rate(self):
        judged, verified = self._judge_codes()
        return self.env._(
            "%(verified)s of the last %(judged)s codes were verified. Somebody may be "
            "making us send messages. Look at the requests by address, then resume.",
            verified=verified,
            judged=judged,
        )

    def _alarm(self, summary, note):
        """Give every administrator a to-do on this record and a notice on the screen,
        once while the to-do is open: refused requests come by the thousand."""
        todo = self.env.ref("mail.mail_activity_data_todo")
        told = self.activity_ids.filtered(lambda a: a.summary == summary).user_id
        admins_sudo = self.env.ref("lottery_base.group_admin").sudo().all_user_ids
        missing = admins_sudo.filtered(lambda u: u.active and not u.share) - told
        if not missing:
            return
        _logger.warning("%s: %s", summary, note)
        for user in missing:
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                activity_type_id=todo.id, summary=summary, note=note, user_id=user.id
            )
        missing._bus_send(
            "simple_notification",
            {"type": "danger", "sticky": True, "title": summary, "message": note},
        )

    @api.model
    def _cron_watch(self):
        """Judge the codes when nobody asks for one, so that the alarm does not wait for
        the next request; mark what has run out."""
        with read_committed(self.env) as env:
            env["lottery.otp"]._expire_codes()
            policy = env["lottery.otp.policy"]._get_policy()
            if policy.state == "running" and policy._is_rate_too_low():
                policy._pause("rate")
