from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.lottery_journal.tools.client import get_address, parse_networks


class LotteryLoginGroup(models.Model):
    """What the members of a group need to log in and to stay (PF-SEC-05).

    Who is in several groups meets the demands of all: a second factor if one wants it,
    an address that every list holds, the shortest times.
    """

    _name = "lottery.login.group"
    _description = "Login Rules of a Group"
    _inherit = ["lottery.journal.mixin"]
    _order = "group_id"
    _rec_name = "group_id"

    policy_id = fields.Many2one(
        "lottery.login.policy",
        required=True,
        ondelete="cascade",
        index=True,
        default=lambda self: self._default_policy_id(),
    )
    group_id = fields.Many2one(
        "res.groups",
        required=True,
        index=True,
        ondelete="cascade",
        domain=lambda self: self._domain_group_id(),
    )
    factor_required = fields.Boolean(
        "Second Factor",
        help="Members log in with an authenticator app or a passkey beside the password. "
        "Who has none sets it up at the next login and can do nothing before; programs "
        "need an API key.",
    )
    networks = fields.Text(
        "Allowed Addresses",
        help="Addresses or networks (203.0.113.7, 10.20.0.0/16), one a line or "
        "separated by commas. Empty: from anywhere.",
    )
    idle_minutes = fields.Integer(
        "Locked When Idle (Minutes)",
        compute="_compute_timeouts",
        inverse="_inverse_idle_minutes",
        help="0: never.",
    )
    session_minutes = fields.Integer(
        "Longest Session (Minutes)",
        compute="_compute_timeouts",
        inverse="_inverse_session_minutes",
        help="Since the login, however busy. 0: no limit.",
    )

    _group_uniq = models.Constraint(
        "UNIQUE(group_id)", "The group has its rules already."
    )

    @api.model
    def _default_policy_id(self):
        return self.env["lottery.login.policy"].search([], limit=1)

    @api.model
    def _domain_group_id(self):
        """Groups of staff: owners and visitors are not concerned."""
        portal = self.env.ref("base.group_portal")
        public = self.env.ref("base.group_public")
        return [("id", "not in", (portal | public).ids)]

    @api.depends("group_id")
    def _compute_timeouts(self):
        for rule in self:
            group_sudo = rule.group_id.sudo()  # the suite's administrator sees them
            rule.idle_minutes = group_sudo.lock_timeout_inactivity
            rule.session_minutes = group_sudo.lock_timeout

    def _inverse_idle_minutes(self):
        for rule in self:
            group_sudo = rule.group_id.sudo()  # this much of a group is the suite's
            group_sudo.lock_timeout_inactivity = rule.idle_minutes

    def _inverse_session_minutes(self):
        for rule in self:
            group_sudo = rule.group_id.sudo()
            group_sudo.lock_timeout = rule.session_minutes

    @api.constrains("networks")
    def _check_networks(self):
        for rule in self:
            try:
                parse_networks(rule.networks)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "Allowed addresses: %(fault)s. Write 203.0.113.7 or 10.20.0.0/16.",
                        fault=error,
                    )
                ) from error

    @api.constrains("idle_minutes", "session_minutes")
    def _check_minutes(self):
        if any(rule.idle_minutes < 0 or rule.session_minutes < 0 for rule in self):
            raise ValidationError(self.env._("Minutes are 0 or more."))

    @api.constrains("group_id")
    def _check_group(self):
        allowed = self.env["res.groups"].search(self._domain_group_id())
        if self.group_id - allowed:
            raise ValidationError(
                self.env._("Group: owners and visitors have no login rules.")
            )

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._on_changed("login.group_added")
        return rules

    def write(self, vals):
        result = super().write(vals)
        self._on_changed("login.group_changed")
        return result

    def unlink(self):
        values = {rule.id: rule._prepare_journal_values() for rule in self}
        self._journal("login.group_removed", lambda rule: values[rule.id])
        for rule in self:
            rule.write({"idle_minutes": 0, "session_minutes": 0})
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _on_changed(self, event):
        self.env.flush_all()
        self.env.registry.clear_cache()
        self._check_own_way_in()
        if self.pool.ready:  # what the addon brings is nobody's act
            self._journal(event, lambda rule: rule._prepare_journal_values())

    def _prepare_journal_values(self):
        return {
            "group": self.group_id.sudo().full_name,
            "factor_required": self.factor_required,
            "networks": [str(net) for net in parse_networks(self.networks)],
            "idle_minutes": self.idle_minutes,
            "session_minutes": self.session_minutes,
        }

    def _check_own_way_in(self):
        """Who saves a list must be able to come back to change it."""
        address = get_address()
        if not address:
            return
        gate = self.env.user._get_login_gate()
        if gate and not gate.admits(address):
            raise ValidationError(
                self.env._(
                    "Allowed addresses: you are at %(address)s now, which the list does "
                    "not hold. You would lock yourself out.",
                    address=address,
                )
            )
