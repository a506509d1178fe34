import re

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..engine import parameters, placeholder

CHANNELS = ("in_app", "sms", "email", "wechat")
OWN_NAMES = {"record"}  # what `_notify` fills in by itself
_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class LotteryNotificationTemplate(models.Model):
    """What a notification says and which ways it goes (PF-NTF-01).

    Templates are data of the addon that sends them; administrators change their texts
    and channels. Placeholders are names that the sender gives values for, see
    ``engine/placeholder.py``.
    """

    _name = "lottery.notification.template"
    _description = "Notification Template"
    _order = "category, sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="What the sending program calls it, e.g. approval.due.",
    )
    active = fields.Boolean(
        default=True, help="Archived: nothing is sent by this template."
    )
    sequence = fields.Integer(default=10)
    category = fields.Selection(
        [
            ("alert", "Alerts"),
            ("task", "To-dos"),
            ("business", "Business"),
            ("notice", "Notices"),
        ],
        required=True,
        default="business",
        help="Where the reader finds it among the preferences.",
    )
    model_id = fields.Many2one(
        "ir.model",
        string="About",
        ondelete="cascade",
        help="Kind of record that the notification opens.",
    )
    subject = fields.Char(required=True, translate=True)
    body = fields.Text(required=True, translate=True)
    value_names = fields.Char(
        string="Placeholders",
        help="Names that the sender gives values for. Subject and text may use them in "
        "braces, and {record}, the name of the record.",
    )
    in_app = fields.Boolean(string="In the App", default=True)
    sms = fields.Boolean(string="SMS")
    email = fields.Boolean(string="E-mail")
    wechat = fields.Boolean(string="WeChat")
    wechat_template = fields.Char(
        string="WeChat Template", help="ID of the template in the official account."
    )
    wechat_values = fields.Text(
        string="WeChat Values",
        default='{"thing1": "{subject}"}',
        help="A JSON object: what goes into which field of the WeChat template. It "
        "knows {subject}, {body}, {record} and the placeholders above.",
    )
    urgent = fields.Boolean(
        help="Ignores quiet hours and runs over the ticker at the top of the screen."
    )
    mandatory = fields.Boolean(help="Readers can't switch it off.")
    sensitive = fields.Boolean(
        help="Only its reader sees the text; the administrators' log shows none."
    )

    _code_uniq = models.Constraint(
        "UNIQUE(code)", "Another template has this code already."
    )

    # === CONSTRAINTS === #

    @api.constrains("code")
    def _check_code(self):
        for template in self:
            if not _CODE.fullmatch(template.code or ""):
                raise ValidationError(
                    self.env._(
                        "Code “%(code)s”: small letters, digits and underscores, parts "
                        "separated by dots, e.g. approval.due.",
                        code=template.code,
                    )
                )

    @api.constrains("value_names")
    def _check_value_names(self):
        for template in self:
            for name in placeholder.split_names(template.value_names):
                if not _NAME.fullmatch(name):
                    raise ValidationError(
                        self.env._(
                            "Placeholders: “%(name)s” is no name of small letters, "
                            "digits and underscores.",
                            name=name,
                        )
                    )

    @api.constrains("subject", "body", "value_names")
    def _check_placeholders(self):
        for template in self:
            known = OWN_NAMES | set(placeholder.split_names(template.value_names))
            for name in ("subject", "body"):
                for text in template._get_translations(name):
                    self._check_text(template, name, text, known)

    @api.constrains("wechat_values", "value_names")
    def _check_wechat_values(self):
        for template in self.filtered("wechat_values"):
            known = {"subject", "body", *OWN_NAMES}
            known |= set(placeholder.split_names(template.value_names))
            try:
                wanted = parameters.parse(template.wechat_values, dict)
            except parameters.BadParameters as error:
                raise ValidationError(
                    self.env._(
                        "WeChat Values of “%(template)s”: a JSON object of texts is "
                        "wanted.",
                        template=template.name,
                    )
                ) from error
            for text in wanted.values():
                self._check_text(template, "wechat_values", text, known)

    def _check_text(self, template, name, text, known):
        label = self._fields[name]._description_string(self.env)
        try:
            used = placeholder.find_names(text)
        except placeholder.BadPlaceholder as error:
            raise ValidationError(
                self.env._(
                    "%(field)s of “%(template)s”: “%(piece)s” is no placeholder. "
                    "Write a single name in braces, e.g. {record}.",
                    field=label,
                    template=template.name,
                    piece=error.args[0],
                )
            ) from error
        if unknown := sorted(used - known):
            raise ValidationError(
                self.env._(
                    "%(field)s of “%(template)s”: there is no placeholder {%(name)s}. "
                    "Known are: %(known)s.",
                    field=label,
                    template=template.name,
                    name=unknown[0],
                    known=", ".join(
                        f"{{{known_name}}}" for known_name in sorted(known)
                    ),
                )
            )

    def _get_translations(self, name):
        """Return the field's texts in all languages."""
        self.ensure_one()
        return self._fields[name]._get_stored_translations(self).values()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # The first text shows which values the sender gives.
            if not vals.get("value_names"):
                vals["value_names"] = self._read_names(vals)
        templates = super().create(vals_list)
        self.env.registry.clear_cache()
        return templates

    def write(self, vals):
        if self.env.context.get("install_mode") and "value_names" not in vals:
            # The sender's own data says what it gives now.
            for template in self:
                found = template._read_names(vals)
                names = placeholder.split_names(template.value_names)
                new = [n for n in placeholder.split_names(found) if n not in names]
                if new:
                    template.value_names = ", ".join([*names, *new])
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _read_names(self, vals):
        names = set()
        for name in ("subject", "body"):
            try:
                names |= placeholder.find_names(vals.get(name))
            except placeholder.BadPlaceholder:
                continue  # `_check_placeholders` says so
        return ", ".join(sorted(names - OWN_NAMES))

    # === BUSINESS METHODS === #

    @api.model
    @tools.ormcache("code")
    def _get_id(self, code):
        # A sender need not have rights on templates.
        found = (
            self.sudo().with_context(active_test=False).search([("code", "=", code)])
        )
        return found.id

    @api.model
    def _get(self, code):
        """Return the template, as superuser.

        :raise KeyError: no addon brings such a template
        """
        template_id = self._get_id(code)
        if not template_id:
            raise KeyError(f"There is no notification template {code!r}.")
        return self.sudo().browse(template_id)

    def _get_channels(self):
        self.ensure_one()
        return [channel for channel in CHANNELS if self[channel]]

    def _prepare_preference(self, muted):
        """Return the row of the preferences screen.

        :param set muted: ``(template id or False, channel)`` switched off by the user
        """
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name,
            "mandatory": self.mandatory,
            "urgent": self.urgent,
            "channels": {
                channel: self.mandatory or (self.id, channel) not in muted
                for channel in self._get_channels()
            },
        }

    def _fill_wechat(self, notification):
        """Return what a notification puts into the fields of the WeChat template."""
        self.ensure_one()
        values = {
            "subject": notification.subject,
            "body": notification.body,
            **(notification.values or {}),
        }
        return parameters.fill(parameters.parse(self.wechat_values, dict), values)

    def _render(self, lang, record, values):
        """Return ``(subject, body)`` in a language.

        :raise ValueError: a placeholder without a value
        """
        template = self.with_context(lang=lang)
        filled = dict(values or {})
        if record:
            # The sender decides who is told of the record.
            filled.setdefault(
                "record", record.sudo().with_context(lang=lang).display_name
            )
        try:
            return (
                placeholder.fill(template.subject, filled),
                placeholder.fill(template.body, filled),
            )
        except KeyError as error:
            raise ValueError(
                f"Notification {self.code!r} needs a value for {error.args[0]!r}."
            ) from error
