from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import parameters, placeholder

CODE_NAMES = {"code", "minutes"}  # what a one-time code can be put into
NOTICE_NAMES = {"subject", "body", "record"}


class LotterySmsProviderTemplate(models.Model):
    """Which of a provider's approved templates says what (PF-NTF-02).

    Cloud providers send their own templates, not free text: a row maps a kind of
    message to one of them and its parameters.
    """

    _name = "lottery.sms.provider.template"
    _description = "Template of an SMS Provider"
    _order = "purpose, notification_template_id, id"
    _rec_name = "code"

    provider_id = fields.Many2one(
        "lottery.sms.provider", required=True, index=True, ondelete="cascade"
    )
    purpose = fields.Selection(
        selection=lambda self: self._selection_purpose(), required=True
    )
    notification_template_id = fields.Many2one(
        "lottery.notification.template",
        string="Notification",
        ondelete="cascade",
        index="btree_not_null",
        help="Only this kind of notification; empty: all that have no row of their own.",
    )
    code = fields.Char(
        string="Template Code",
        required=True,
        help="As the provider calls it, e.g. SMS_123456789 or 1234567.",
    )
    sign_name = fields.Char(
        string="Signature", help="Approved signature; empty: that of the provider."
    )
    parameters = fields.Text(
        required=True,
        default="{}",
        help='Aliyun: a JSON object, e.g. {"code": "{code}"}. Tencent: a JSON list in '
        'the order of the template, e.g. ["{code}", "{minutes}"]. Codes know {code} '
        "and {minutes}; notifications know {subject}, {body}, {record} and the "
        "placeholders of their template.",
    )

    _purpose_uniq = models.UniqueIndex(
        "(provider_id, purpose, COALESCE(notification_template_id, 0))",
        "The provider has a template for this kind of message already.",
    )

    @api.model
    def _selection_purpose(self):
        messages = self.env["lottery.sms.message"]
        return messages._fields["purpose"]._description_selection(self.env)

    @api.constrains("purpose", "notification_template_id")
    def _check_notification(self):
        for row in self:
            if row.notification_template_id and row.purpose != "notice":
                raise ValidationError(
                    self.env._("Notification: only notices are told apart by it.")
                )

    @api.constrains("parameters", "provider_id", "purpose", "notification_template_id")
    def _check_parameters(self):
        for row in self:
            try:
                names = parameters.find_names(row._parse())
            except parameters.BadParameters as error:
                raise ValidationError(row._explain_kind()) from error
            except placeholder.BadPlaceholder as error:
                raise ValidationError(
                    self.env._(
                        "Parameters of %(code)s: “%(piece)s” is no placeholder.",
                        code=row.code,
                        piece=error.args[0],
                    )
                ) from error
            if unknown := sorted(names - row._get_known_names()):
                raise ValidationError(
                    self.env._(
                        "Parameters of %(code)s: there is no placeholder {%(name)s}. "
                        "Known are: %(known)s.",
                        code=row.code,
                        name=unknown[0],
                        known=", ".join(
                            f"{{{name}}}" for name in sorted(row._get_known_names())
                        ),
                    )
                )

    def _explain_kind(self):
        if self.provider_id._get_parameter_kind() is list:
            return self.env._(
                "Parameters of %(code)s: a JSON list of texts is wanted.",
                code=self.code,
            )
        return self.env._(
            "Parameters of %(code)s: a JSON object of texts is wanted.", code=self.code
        )

    def _get_known_names(self):
        if self.purpose != "notice":
            return CODE_NAMES
        own = self.notification_template_id.value_names
        return NOTICE_NAMES | set(placeholder.split_names(own))

    def _parse(self):
        return parameters.parse(self.parameters, self.provider_id._get_parameter_kind())

    def _fill(self, values):
        """Return the parameters of a message.

        :raise KeyError: the message has no value for a placeholder
        """
        return parameters.fill(self._parse(), values)
