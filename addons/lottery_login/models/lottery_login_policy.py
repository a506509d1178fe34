import typing

from odoo import api, fields, models, tools
from odoo.exceptions import UserError

_NUMBERS = (
    "min_length",
    "history",
    "rotation_days",
    "lock_after",
    "lock_minutes",
    "login_cap",
    "address_cap",
)


class Policy(typing.NamedTuple):
    """The numbers, without the record."""

    min_length: int
    history: int
    rotation_days: int
    lock_after: int
    lock_minutes: int
    login_cap: int
    address_cap: int


class LotteryLoginPolicy(models.Model):
    """Passwords and lockout of back-office accounts (PF-SEC-05). One record; what
    differs by group is in `lottery.login.group`. Changes go to the journal."""

    _name = "lottery.login.policy"
    _description = "Login Policy"
    _inherit = ["lottery.journal.mixin"]

    name = fields.Char(compute="_compute_name")
    min_length = fields.Integer("Shortest Password", required=True, default=12)
    history = fields.Integer(
        "Earlier Passwords Refused",
        required=True,
        default=5,
        help="A new password must differ from so many before it.",
    )
    rotation_days = fields.Integer(
        "Password Lives (Days)",
        required=True,
        default=90,
        help="Then the next login leads to a new one. 0: for ever.",
    )
    lock_after = fields.Integer(
        "Failures Before Locking",
        required=True,
        default=5,
        help="Of one login from one address.",
    )
    lock_minutes = fields.Integer("Locked For (Minutes)", required=True, default=15)
    login_cap = fields.Integer(
        "Failures of a Login",
        required=True,
        default=20,
        help="From all addresses together. Then only addresses where the user has "
        "logged in within 30 days may still try: strangers can't lock people out.",
    )
    address_cap = fields.Integer(
        "Failures of an Address",
        required=True,
        default=100,
        help="For all logins together; an office may share one address.",
    )
    group_ids = fields.One2many("lottery.login.group", "policy_id", "Groups")
    locked_count = fields.Integer("Locked Now", compute="_compute_locked_count")

    _numbers_sane = models.Constraint(
        "CHECK(min_length >= 12 AND history >= 5 AND rotation_days >= 0"
        " AND lock_after BETWEEN 1 AND 10 AND lock_minutes >= 1"
        " AND login_cap >= lock_after AND address_cap >= lock_after)",
        "Passwords have 12 characters or more, 5 earlier ones are refused, 1 to 10 "
        "failures lock for a minute or more, and the wider limits are not below that.",
    )

    def _compute_name(self):
        for policy in self:
            policy.name = self.env._("Login Policy")

    def _compute_locked_count(self):
        count = self.env["lottery.login.attempt"].search_count(
            [("is_locked", "=", True)]
        )
        for policy in self:
            policy.locked_count = count

    @api.model_create_multi
    def create(self, vals_list):
        if self.sudo().search_count([], limit=1):
            raise UserError(self.env._("There is one login policy; change it."))
        policies = super().create(vals_list)
        self.env.registry.clear_cache()
        return policies

    def write(self, vals):
        before = self._get_numbers()._asdict()
        result = super().write(vals)
        self.env.registry.clear_cache()
        after = self._get_numbers()._asdict()
        changes = {
            name: [before[name], after[name]]
            for name in before
            if before[name] != after[name]
        }
        if changes:
            self._journal("login.policy_changed", changes)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The login policy stays; change it."))

    @api.model
    def action_open(self):
        """Open the one record."""
        policy = self.search([], limit=1)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Login Policy"),
            "res_model": self._name,
            "res_id": policy.id,
            "view_mode": "form",
        }

    @api.model
    @tools.ormcache()
    def _get_numbers(self):
        """Return the `Policy` in force; its defaults where the record is missing."""
        policy_sudo = self.sudo().search([], limit=1)  # asked for at each login
        if not policy_sudo:
            policy_sudo = self.sudo().new({})
        return Policy(*(policy_sudo[name] for name in _NUMBERS))
