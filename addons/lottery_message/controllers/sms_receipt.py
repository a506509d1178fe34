import json

from werkzeug.exceptions import BadRequest, Forbidden, RequestEntityTooLarge

from odoo import http
from odoo.http import request

_MAX_BODY = 65536


class SmsReceiptController(http.Controller):
    @http.route(
        "/lottery/sms/receipt/<string:key>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,  # the caller is a machine that proves itself by token or signature
        save_session=False,
    )
    def receipt(self, key, **_params):
        """Take a provider's delivery receipts in; the same one counts once.

        Answers 200 also for messages it does not know: a provider that gets errors
        repeats for days.
        """
        http_request = request.httprequest
        if (http_request.content_length or 0) > _MAX_BODY:
            raise RequestEntityTooLarge()
        # Providers are the administrators' records; the caller proves itself below.
        provider_sudo = (
            request.env["lottery.sms.provider"]
            .sudo()
            .search([("key", "=", key)], limit=1)
        )
        body = self._get_body()
        token = http_request.headers.get("X-Lottery-Token") or http_request.args.get(
            "token", ""
        )
        signature = http_request.headers.get("X-Lottery-Signature", "")
        if not provider_sudo or not provider_sudo._check_receipt_token(
            token, signature, body
        ):
            raise Forbidden()
        for receipt in provider_sudo._read_sms_receipt(self._parse(body)):
            self._accept(provider_sudo, receipt)
        answer = provider_sudo._get_receipt_answer()
        if isinstance(answer, dict):
            return request.make_json_response(answer)
        return request.make_response(answer, [("Content-Type", "text/plain")])

    def _get_body(self):
        # Odoo has read form fields out of the stream already; they are put together
        # again for reading, and can't be signed.
        http_request = request.httprequest
        if http_request.form:
            return json.dumps(http_request.form.to_dict()).encode()
        return http_request.get_data(cache=True)

    def _parse(self, body):
        try:
            return json.loads(body)
        except ValueError as error:
            raise BadRequest() from error

    def _accept(self, provider_sudo, receipt):
        new = (
            request.env["lottery.inbox"]
            .sudo()  # written by machines only
            ._accept(
                f"sms:{provider_sudo.key}",
                f"{receipt['ref']}:{receipt['state']}",
                receipt,
            )
        )
        if new:
            request.env["lottery.sms.message"]._apply_receipt(provider_sudo, receipt)
