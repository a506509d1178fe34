import json
from urllib.parse import urlsplit

import requests

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.lottery_outbox.engine.errors import TransientError

from ..clients.fate import never_connected
from ..engine import template
from ..exceptions import SmsFailure

_MAX_ANSWER = 65536  # bytes of an answer that are read
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class LotterySmsProvider(models.Model):
    """The generic provider: one HTTP request a message, described by a template."""

    _inherit = "lottery.sms.provider"

    code = fields.Selection(
        selection_add=[("http", "Generic HTTP")], ondelete={"http": "cascade"}
    )
    http_url = fields.Char(string="URL")
    http_method = fields.Selection(
        [("POST", "POST"), ("PUT", "PUT"), ("GET", "GET")],
        string="Method",
        default="POST",
    )
    http_format = fields.Selection(
        [("json", "JSON"), ("form", "Form Fields")],
        string="Format",
        default="json",
        help="How the template is sent; with GET it becomes the query.",
    )
    http_headers = fields.Text(
        string="Headers",
        default="{}",
        help="A JSON object; placeholders as in the template, e.g. "
        '{"Authorization": "Bearer {secret.TOKEN}"}.',
    )
    http_template = fields.Text(
        string="Template",
        default='{"phone": "{national}", "content": "{body}", "reference": "{ref}"}',
        help="A JSON object with the placeholders {phone} (with +86), {national} "
        "(11 digits), {body}, {ref} and {secret.NAME}, which is read from the "
        "environment variable LOTTERY_SMS_<key>_NAME.",
    )
    http_timeout = fields.Integer(
        string="Timeout", default=8, help="Seconds for connecting and for the answer."
    )
    http_success_path = fields.Char(
        string="Success Field",
        help="Dotted path in the JSON answer, e.g. result.0.code; empty: any 2xx "
        "answer is success.",
    )
    http_success_value = fields.Char(string="Success Value")
    http_ref_path = fields.Char(
        string="Reference Field", help="Path of the provider's own reference."
    )
    http_error_path = fields.Char(
        string="Error Field", help="Path of the text that explains a refusal."
    )
    http_repeatable = fields.Boolean(
        string="Repeats Safely",
        help="The provider sends a message once for one reference. Without it a "
        "message whose answer was lost is not tried again: it may have arrived.",
    )
    receipt_list_path = fields.Char(
        string="Receipt List", help="Path of the list when one call reports several."
    )
    receipt_ref_path = fields.Char(string="Receipt Reference", default="reference")
    receipt_state_path = fields.Char(string="Receipt State", default="state")
    receipt_delivered_value = fields.Char(
        string="Delivered Value",
        default="DELIVERED",
        help="Anything else is a failure.",
    )
    receipt_error_path = fields.Char(string="Receipt Error")

    # === CONSTRAINTS === #

    @api.constrains("code", "http_url")
    def _check_http_url(self):
        for provider in self.filtered(lambda p: p.code == "http"):
            parts = urlsplit(provider.http_url or "")
            secure = parts.scheme == "https" or (
                parts.scheme == "http" and parts.hostname in _LOOPBACK
            )
            if not secure or not parts.hostname:
                raise ValidationError(
                    self.env._("URL: an https:// address (http:// for this machine).")
                )

    @api.constrains("code", "http_timeout")
    def _check_http_timeout(self):
        for provider in self.filtered(lambda p: p.code == "http"):
            if not 1 <= provider.http_timeout <= 30:
                raise ValidationError(self.env._("Timeout: 1 to 30 seconds."))

    @api.constrains("code", "http_template", "http_headers")
    def _check_http_templates(self):
        for provider in self.filtered(lambda p: p.code == "http"):
            for name in ("http_template", "http_headers"):
                provider._parse_template(name)
            body = provider._parse_template("http_template")
            if not {"body"} <= template.find_placeholders(body):
                raise ValidationError(
                    self.env._("Template: the placeholder {body} is missing.")
                )

    def _parse_template(self, name):
        try:
            return template.parse_template(self[name])
        except template.BadTemplate as error:
            field = self._fields[name]._description_string(self.env)
            if error.args[0] == "name":
                raise ValidationError(
                    self.env._(
                        "%(field)s: there is no placeholder {%(name)s}.",
                        field=field,
                        name=error.args[1],
                    )
                ) from error
            raise ValidationError(
                self.env._("%(field)s: this is not a JSON object.", field=field)
            ) from error

    # === BUSINESS METHODS === #

    def _get_secret_names(self):
        if self.code != "http":
            return super()._get_secret_names()
        prefix = template.SECRET_PREFIX
        return sorted(
            {
                placeholder.removeprefix(prefix)
                for name in ("http_template", "http_headers")
                for placeholder in template.find_placeholders(
                    self._parse_template(name)
                )
                if placeholder.startswith(prefix)
            }
        )

    def _prepare_sms_request(self, message, doubt=None, decided=False):
        request = super()._prepare_sms_request(message, doubt, decided)
        if self.code != "http":
            return request
        secrets = {name: self._get_secret(name) for name in self._get_secret_names()}
        if missing := [name for name, value in secrets.items() if not value]:
            raise SmsFailure("secret", self._get_secret_name(missing[0]))
        values = {
            "phone": message.phone,
            "national": message.phone.removeprefix("+86"),
            "body": message._open_body(),
            "ref": message.ref,
            **{f"secret.{name}": value for name, value in secrets.items()},
        }
        return {
            **request,
            "method": self.http_method,
            "url": self.http_url,
            "format": self.http_format,
            "headers": template.fill_template(
                self._parse_template("http_headers"), values
            ),
            "data": template.fill_template(
                self._parse_template("http_template"), values
            ),
            "timeout": self.http_timeout,
            "success": (self.http_success_path, self.http_success_value or ""),
            "ref_path": self.http_ref_path,
            "error_path": self.http_error_path,
            "repeatable": self.http_repeatable,
        }

    @api.model
    def _prepare_sms_sender(self, request):
        if request["provider"] != "http":
            return super()._prepare_sms_sender(request)
        return send_http

    def _repeats_safely(self):
        if self.code != "http":
            return super()._repeats_safely()
        return self.http_repeatable

    def _read_sms_receipt(self, payload):
        if self.code != "http":
            return super()._read_sms_receipt(payload)
        rows = payload
        if self.receipt_list_path:
            rows = template.read_path(payload, self.receipt_list_path)
        if not isinstance(rows, list):
            rows = [rows]
        receipts = []
        for row in rows:
            ref = template.read_path(row, self.receipt_ref_path or "reference")
            state = template.read_path(row, self.receipt_state_path or "state")
            if ref is None or state is None:
                continue
            delivered = template.matches(state, self.receipt_delivered_value or "")
            reason = self.receipt_error_path and template.read_path(
                row, self.receipt_error_path
            )
            receipts.append(
                {
                    "ref": str(ref)[:128],
                    "state": "delivered" if delivered else "failed",
                    "error": False if delivered else str(reason or state)[:200],
                }
            )
        return receipts


def send_http(request):
    """Send one prepared request; runs in a thread of the outbox.

    :raise TransientError: certainly not accepted, or accepted once however often it is
        repeated
    :raise SmsFailure: refused, or nobody knows and a repetition could be a second
        message
    """
    method, payload = request["method"], request["data"]
    if method == "GET":
        place = "params"
    else:
        place = "json" if request["format"] == "json" else "data"
    try:
        response = requests.request(
            method,
            request["url"],
            headers=request["headers"],
            timeout=request["timeout"],
            allow_redirects=False,  # a redirect would carry the secrets elsewhere
            stream=True,
            **{place: payload},
        )
        with response:
            content = response.raw.read(_MAX_ANSWER, decode_content=True)
    except requests.exceptions.ConnectTimeout as error:
        raise TransientError("no connection: timeout") from error
    except requests.exceptions.Timeout as error:
        raise _fate_unknown(request, "no answer in time") from error
    except requests.exceptions.ConnectionError as error:
        if never_connected(error):
            raise TransientError("no connection") from error
        raise _fate_unknown(request, "connection lost") from error
    except (requests.exceptions.RequestException, OSError) as error:
        raise _fate_unknown(request, type(error).__name__) from error
    return _read_answer(request, response, content)


def _fate_unknown(request, reason):
    if request["repeatable"]:
        return TransientError(reason)
    return SmsFailure("unknown", reason)


def _read_answer(request, response, content):
    status = response.status_code
    if status == 429 or status == 503:
        raise TransientError(f"HTTP {status}")
    if status >= 500:
        raise _fate_unknown(request, f"HTTP {status}")
    data = _parse_json(content)
    if not 200 <= status < 300:
        raise SmsFailure("refused", _explain(request, data, f"HTTP {status}"))
    path, expected = request["success"]
    if path and not template.matches(template.read_path(data, path), expected):
        found = template.read_path(data, path)
        raise SmsFailure("refused", _explain(request, data, f"{path}: {found}"))
    ref = request["ref_path"] and template.read_path(data, request["ref_path"])
    return {
        "ref": str(ref)[:128] if ref is not None else request["ref"],
        "state": "sent",
    }


def _parse_json(content):
    try:
        return json.loads(content)
    except ValueError:
        return None


def _explain(request, data, fallback):
    """Return the provider's own words for a refusal, shortened."""
    words = request["error_path"] and template.read_path(data, request["error_path"])
    return f"{fallback}: {words}"[:300] if words else fallback
