from odoo import api, fields, models
from odoo.api import SUPERUSER_ID
from odoo.exceptions import ValidationError
from odoo.http import request

from odoo.addons.lottery_journal.tools.client import has_client

from ..engine.password import Rules, find_faults


class ResUsers(models.Model):
    """Passwords of staff follow the login policy (PF-SEC-05); owners have none."""

    _inherit = "res.users"

    must_change_password = fields.Boolean(
        readonly=True,
        copy=False,
        help="Somebody else set the password; the next login leads to a new one.",
    )

    def _check_password_policy(self, passwords):
        """Judge a new password.

        The bare superuser, that is data files and scripts on the server, is trusted;
        a request is not, whoever it works as.
        """
        if self.env.uid == SUPERUSER_ID and not has_client():
            return None
        # a one-time password is made by chance and opens nothing but its own page
        judged = self.filtered(lambda user: not user._has_one_time_password())
        staff = judged.filtered(lambda user: not user.share)
        for user in staff:
            user._check_staff_password(user.password)
        others = judged - staff
        return super(ResUsers, others)._check_password_policy(others.mapped("password"))

    def _check_staff_password(self, password):
        """:raise ValidationError: says everything that is wrong"""
        self.ensure_one()
        if not password:
            return
        policy = self.env["lottery.login.policy"]._get_numbers()
        user_sudo = self.sudo()  # compared with, not shown
        own = [user_sudo.login, user_sudo.name, user_sudo.phone, user_sudo.email]
        faults = find_faults(password, Rules(policy.min_length), own)
        if not faults and user_sudo._had_password(password, policy.history):
            faults = ["used"]
        if faults:
            texts = self._describe_password_faults(policy)
            raise ValidationError("\n".join(texts[fault] for fault in faults))

    def _describe_password_faults(self, policy):
        return {
            "length": self.env._(
                "The password needs %(count)s characters or more.",
                count=policy.min_length,
            ),
            "lower": self.env._("The password needs a small letter."),
            "upper": self.env._("The password needs a capital letter."),
            "digit": self.env._("The password needs a digit."),
            "symbol": self.env._("The password needs a sign such as - ! # %."),
            "own": self.env._(
                "The password must not hold your login, name, e-mail or phone number."
            ),
            "weak": self.env._(
                "The password is easy to guess: common words, rows of keys, years and "
                "repetitions do not count. Take several words that have nothing to do "
                "with each other."
            ),
            "used": self.env._(
                "The password was used before: the last %(count)s are refused.",
                count=policy.history,
            ),
        }

    def _had_password(self, password, count):
        """Whether one of the last ``count`` passwords, the present one too, is this."""
        crypt = self._crypt_context()
        history = self.env["res.users.pass.history"].search(
            [("user_id", "=", self.id)], order="date desc, id desc", limit=count
        )
        return any(crypt.verify(password, row.password_crypt) for row in history)

    @api.model
    def get_password_policy(self):
        """What the meter beside password fields goes by."""
        policy = super().get_password_policy()
        policy["minlength"] = self.env["lottery.login.policy"]._get_numbers().min_length
        return policy

    @api.model_create_multi
    def create(self, vals_list):
        if self._is_given_by_other():
            vals_list = [
                {"must_change_password": True, **vals} if vals.get("password") else vals
                for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("password"):
            one_time = vals.get("password_valid_until")  # replaced at its own page
            given = not one_time and self._is_given_by_other()
            vals = {"must_change_password": given, **vals}
        return super().write(vals)

    def _is_given_by_other(self):
        """Whether a password written now is somebody else's choice: its owner changes
        it at the next login. Scripts and visitors with a reset link are no others."""
        actor = (request and request.session.uid) or self.env.uid
        if not actor or actor == SUPERUSER_ID or self.ids == [actor]:
            return False
        return not self.env["res.users"].browse(actor)._is_public()

    def _change_password(self, new_passwd):
        result = super()._change_password(new_passwd)
        self._journal_account("user.password_changed")
        return result

    def _journal_account(self, event, **values):
        self.env["lottery.journal"]._append(
            [
                {
                    "event": event,
                    "model": "res.users",
                    "res_id": user.id,
                    "branch_id": user.sudo().branch_id.id,
                    "values": values,
                }
                for user in self
            ]
        )
