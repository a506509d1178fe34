from odoo import api, fields, models
from odoo.exceptions import ValidationError

_OWN = ["quiet_hours", "quiet_from", "quiet_to"]


class ResUsers(models.Model):
    _inherit = "res.users"

    quiet_hours = fields.Selection(
        [
            ("default", "As set for everybody"),
            ("own", "My own hours"),
            ("none", "No quiet hours"),
        ],
        required=True,
        default="default",
        help="Messages outside the app wait until the quiet hours end; urgent ones "
        "don't.",
    )
    quiet_from = fields.Float(default=22.0)
    quiet_to = fields.Float(default=7.0)
    wechat_openid = fields.Char(
        string="WeChat OpenID",
        copy=False,
        groups="lottery_base.group_admin",
        help="The user as the official account knows them; without it nothing goes by "
        "WeChat.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + _OWN

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + _OWN

    @api.constrains(*_OWN)
    def _check_quiet_hours(self):
        for user in self:
            for name in ("quiet_from", "quiet_to"):
                if not 0 <= user[name] < 24:
                    raise ValidationError(
                        self.env._(
                            "%(field)s: a time of the day from 00:00 to 23:59.",
                            field=self._fields[name]._description_string(self.env),
                        )
                    )
