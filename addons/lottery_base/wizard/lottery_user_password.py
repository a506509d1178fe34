from odoo import fields, models


class LotteryUserPassword(models.TransientModel):
    """How a user gets back in: by a link, or by a one-time password (PF-USR-01)."""

    _name = "lottery.user.password"
    _description = "Reset Password"

    user_id = fields.Many2one(
        comodel_name="res.users", required=True, readonly=True, ondelete="cascade"
    )
    email = fields.Char(related="user_id.email", related_sudo=False)
    # travels to the screen as a default and is never stored
    password = fields.Char(string="One-time Password", store=False, readonly=True)

    def action_send_link(self):
        self.ensure_one()
        return {
            **self.user_id._send_password_link(),
            "params": {
                "type": "success",
                "message": self.env._(
                    "A link was sent to %(email)s.", email=self.user_id.email
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_one_time_password(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("One-time Password"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_user_id": self.user_id.id,
                "default_password": self.user_id._set_one_time_password(),
            },
        }
