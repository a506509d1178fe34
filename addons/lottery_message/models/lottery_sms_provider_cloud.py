from calendar import timegm
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..clients import aliyun, tencent
from ..exceptions import SmsFailure

CLOUDS = {
    "aliyun": {
        "endpoint": "https://dysmsapi.aliyuncs.com",
        "region": "cn-hangzhou",
        "secrets": ["ACCESS_KEY_ID", "ACCESS_KEY_SECRET"],
        "parameters": dict,
        "sender": aliyun.send,
        "receipt_answer": {"code": 0, "msg": "OK"},
    },
    "tencent": {
        "endpoint": "https://sms.tencentcloudapi.com",
        "region": "ap-guangzhou",
        "secrets": ["SECRET_ID", "SECRET_KEY"],
        "parameters": list,
        "sender": tencent.send,
        "receipt_answer": {"result": 0, "errmsg": "OK"},
    },
}
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class LotterySmsProvider(models.Model):
    """Aliyun and Tencent, through their official SDKs (PF-NTF-02)."""

    _inherit = "lottery.sms.provider"

    code = fields.Selection(
        selection_add=[("aliyun", "Aliyun"), ("tencent", "Tencent Cloud")],
        ondelete={"aliyun": "cascade", "tencent": "cascade"},
    )
    cloud_endpoint = fields.Char(
        string="Endpoint",
        help="Empty: the provider's public one. Set it for a private line or a test "
        "server on this machine.",
    )
    cloud_region = fields.Char(string="Region", help="Empty: the provider's default.")
    cloud_sign_name = fields.Char(
        string="Approved Signature",
        help="As approved by the provider, without brackets.",
    )
    cloud_app = fields.Char(
        string="SDK App ID", help="Tencent: number of the application, e.g. 1400006666."
    )
    cloud_timeout = fields.Integer(
        string="Time Limit",
        default=8,
        help="Seconds for connecting and for the answer.",
    )
    template_ids = fields.One2many(
        "lottery.sms.provider.template", "provider_id", string="Templates", copy=True
    )

    # === CONSTRAINTS === #

    @api.constrains("code", "cloud_endpoint", "cloud_timeout", "cloud_app")
    def _check_cloud(self):
        for provider in self.filtered(lambda p: p.code in CLOUDS):
            parts = urlsplit(provider._get_endpoint())
            secure = parts.scheme == "https" or (
                parts.scheme == "http" and parts.hostname in _LOOPBACK
            )
            if not secure or not parts.hostname or parts.path.strip("/"):
                raise ValidationError(
                    self.env._(
                        "Endpoint: an https:// address without a path (http:// for "
                        "this machine)."
                    )
                )
            if not 1 <= provider.cloud_timeout <= 30:
                raise ValidationError(self.env._("Time Limit: 1 to 30 seconds."))
            if provider.code == "tencent" and not provider.cloud_app:
                raise ValidationError(
                    self.env._("SDK App ID: Tencent needs the application's number.")
                )

    @api.constrains("code")
    def _check_cloud_templates(self):
        self.template_ids._check_parameters()

    # === BUSINESS METHODS === #

    def _get_endpoint(self):
        return self.cloud_endpoint or CLOUDS[self.code]["endpoint"]

    def _get_parameter_kind(self):
        """Return the type of a template's parameters: named (dict) or counted."""
        return CLOUDS.get(self.code, {}).get("parameters", dict)

    def _get_secret_names(self):
        if self.code not in CLOUDS:
            return super()._get_secret_names()
        return CLOUDS[self.code]["secrets"]

    def _get_receipt_answer(self):
        if self.code not in CLOUDS:
            return super()._get_receipt_answer()
        return CLOUDS[self.code]["receipt_answer"]

    def _prepare_sms_request(self, message, doubt=None, decided=False):
        request = super()._prepare_sms_request(message, doubt, decided)
        if self.code not in CLOUDS:
            return request
        names = self._get_secret_names()
        if missing := [name for name in names if not self._get_secret(name)]:
            raise SmsFailure("secret", self._get_secret_name(missing[0]))
        parts = urlsplit(self._get_endpoint())
        request |= {
            "phone": message.phone,
            "scheme": parts.scheme,
            "host": parts.netloc,
            "region": self.cloud_region or CLOUDS[self.code]["region"],
            "app": self.cloud_app or "",
            "timeout": self.cloud_timeout,
            "decided": decided,
            "ask_since": timegm(doubt.timetuple()) if doubt else 0,
            "ask_days": aliyun.make_days(doubt, fields.Datetime.now()),
            **self._prepare_template(message),
        }
        secrets = map(self._get_secret, names)
        return request | dict(zip(("key_id", "key_secret"), secrets, strict=True))

    def _prepare_template(self, message):
        """Return template, signature and parameters for a message.

        :raise SmsFailure: no row of ``template_ids`` fits, or a value is missing
        """
        kind = message.notification_id.template_id
        rows = self.template_ids.filtered(lambda row: row.purpose == message.purpose)
        row = (
            rows.filtered(lambda r: r.notification_template_id == kind)[:1]
            or (rows.filtered(lambda r: not r.notification_template_id)[:1])
        )
        if not row:
            raise SmsFailure("template", kind.code or message.purpose)
        try:
            filled = row._fill(message._open_values())
        except KeyError as error:
            raise SmsFailure("template", f"{row.code}: {error.args[0]}") from error
        return {
            "template": row.code,
            "sign_name": row.sign_name or self.cloud_sign_name or "",
            "parameters": filled,
        }

    @api.model
    def _prepare_sms_sender(self, request):
        if request["provider"] not in CLOUDS:
            return super()._prepare_sms_sender(request)
        return CLOUDS[request["provider"]]["sender"]

    def _read_sms_receipt(self, payload):
        if self.code not in CLOUDS:
            return super()._read_sms_receipt(payload)
        rows = payload if isinstance(payload, list) else [payload]
        read = _read_aliyun if self.code == "aliyun" else _read_tencent
        receipts = [read(row) for row in rows if isinstance(row, dict)]
        return [receipt for receipt in receipts if receipt["ref"]]


def _read_aliyun(row):
    """One row of a SmsReport push."""
    delivered = row.get("success") in (True, "true")
    return _make_receipt(
        row.get("out_id") or row.get("biz_id"),
        delivered,
        row.get("err_code"),
        row.get("err_msg"),
    )


def _read_tencent(row):
    """One row of the status callback."""
    delivered = row.get("report_status") == "SUCCESS"
    return _make_receipt(
        row.get("sid"), delivered, row.get("errmsg"), row.get("description")
    )


def _make_receipt(ref, delivered, *words):
    reason = ": ".join(str(word) for word in words if word)
    return {
        "ref": str(ref)[:128] if ref else "",
        "state": "delivered" if delivered else "failed",
        "error": False if delivered else reason[:200],
    }
